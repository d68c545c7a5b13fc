import type { Logger } from "pino";
import type { Policies } from "../resilience/policies";
import type { MailValues } from "./configuration";
import { createFileMailer } from "./file";
import type { Mailer } from "./mailer";
import { createNoMailer } from "./none";
import { createSesClient, createSesMailer } from "./ses";

/** The sender of mails on one machine, whose mails go nowhere. */
const LOCAL_SENDER = "shop@headroom.invalid";

/** The mailer that the settings name; undefined where there should be a sender and is none. */
export function openMailer(
    values: MailValues,
    { policies, log }: { policies: Policies; log: Logger },
): Mailer | undefined {
    switch (values.MAIL_TRANSPORT) {
        case "file":
            return createFileMailer({ folder: values.MAIL_FOLDER, from: values.MAIL_FROM || LOCAL_SENDER });
        case "none":
            return createNoMailer({ log });
        case "ses":
            if (values.MAIL_FROM !== "") {
                return createSesMailer({ from: values.MAIL_FROM }, { ses: createSesClient(), policies });
            }
            log.warn("MAIL_FROM is not set: mails that are asked for become dead letters");
            return undefined;
    }
}
