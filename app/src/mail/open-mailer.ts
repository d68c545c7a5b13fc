import type { Policies } from "../resilience/policies";
import type { MailValues } from "./configuration";
import { createFileMailer } from "./file";
import type { Mailer } from "./mailer";
import { createSesClient, createSesMailer } from "./ses";

/** The sender of mails on one machine, whose mails go nowhere. */
const LOCAL_SENDER = "shop@headroom.invalid";

/** The mailer that the settings name; undefined where there is no sender. */
export function openMailer(values: MailValues, { policies }: { policies: Policies }): Mailer | undefined {
    if (values.MAIL_TRANSPORT === "file") {
        return createFileMailer({ folder: values.MAIL_FOLDER, from: values.MAIL_FROM || LOCAL_SENDER });
    }
    if (values.MAIL_FROM === "") return undefined;
    return createSesMailer({ from: values.MAIL_FROM }, { ses: createSesClient(), policies });
}
