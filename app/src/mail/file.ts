import { randomUUID } from "node:crypto";
import { link, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Mail, Mailer } from "./mailer";

export interface FileMailerSettings {
    readonly folder: string;
    readonly from: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Writes mails to a folder, one file for each message id: what was sent can be read, and counted. A mail that is there is not
 * written again, and a file appears whole or not at all.
 */
export function createFileMailer({ folder, from }: FileMailerSettings): Mailer {
    return {
        async send(mail) {
            if (!UUID.test(mail.messageId)) throw new RangeError("the id of a mail's message must be a UUID");
            await mkdir(folder, { recursive: true });
            const temporary = path.join(folder, `.${mail.messageId}-${randomUUID()}`);
            await writeFile(temporary, formatMail(mail, from, new Date()), { flag: "wx" });
            try {
                // Unlike a rename, a link does not replace what is there.
                await link(temporary, path.join(folder, `${mail.messageId}.eml`));
            } catch (error) {
                if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
            } finally {
                await rm(temporary, { force: true });
            }
        },
    };
}

/** A mail as RFC 5322 has it, with text of any language as base64. */
export function formatMail({ to, subject, text, messageId }: Mail, from: string, date: Date): string {
    const headers = {
        From: header(from),
        To: header(to),
        Subject: encodeWord(subject),
        Date: date.toUTCString().replace("GMT", "+0000"),
        "Message-ID": `<${messageId}@headroom.invalid>`,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "base64",
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const body =
        Buffer.from(text, "utf8")
            .toString("base64")
            .match(/.{1,76}/g) ?? [];
    return [...lines, "", ...body, ""].join("\r\n");
}

/** A line break in an address would begin a header of somebody else's choice. */
function header(value: string): string {
    if (/[\r\n]/.test(value)) throw new RangeError("a header of a mail must be one line");
    return value;
}

/** RFC 2047, for what is not ASCII. */
function encodeWord(value: string): string {
    return /^[\x20-\x7e]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value, "utf8").toString("base64")}?=`;
}
