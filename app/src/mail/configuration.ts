import { z } from "zod";
import { oneOf, type Setting } from "../setting";

/** Every variable of the mails. */
export const MAIL_SETTINGS = {
    /** `ses` sends; `file` writes to MAIL_FOLDER, for one machine; `none` sends nothing, where there is no domain to send from. */
    MAIL_TRANSPORT: oneOf(["ses", "file", "none"], "ses"),
    /** The sender; with SES an address that it has verified. Empty with SES: mails that are asked for become dead letters. */
    MAIL_FROM: {
        schema: z.union([z.literal(""), z.email()]),
        fallback: "",
        allowed: "an e-mail address",
        example: "orders@example.com",
    } as Setting<string>,
    /** With MAIL_TRANSPORT=file. */
    MAIL_FOLDER: {
        schema: z.string().max(4_096),
        fallback: "",
        allowed: "the path of a folder",
        example: "/tmp/mails",
    } as Setting<string>,
} satisfies Record<string, Setting<string>>;

/** The values of `MAIL_SETTINGS`, as read. */
export type MailValues = {
    readonly [K in keyof typeof MAIL_SETTINGS]: (typeof MAIL_SETTINGS)[K] extends Setting<infer T> ? T : never;
};

/** What is wrong between two values; empty where nothing is. */
export function mailProblems(values: MailValues): string[] {
    if (values.MAIL_TRANSPORT === "file" && values.MAIL_FOLDER === "") {
        return [
            "MAIL_FOLDER is not set, and MAIL_TRANSPORT=file needs it. Example: MAIL_FOLDER=/tmp/mails, or send by SES: " +
                "MAIL_TRANSPORT=ses MAIL_FROM=orders@example.com",
        ];
    }
    return [];
}
