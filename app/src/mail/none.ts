import type { Logger } from "pino";
import type { Mailer } from "./mailer";

/**
 * Sends nothing, for an environment that has no domain to send from. It says so once, at the start, and for each mail in a line
 * that names its message and nobody's address: what asked for the mail is done with, and no dead letter tells of it.
 */
export function createNoMailer({ log }: { log: Logger }): Mailer {
    log.warn("MAIL_TRANSPORT=none: no mail is sent from here");
    return {
        send({ messageId }) {
            log.info({ messageId }, "a mail is not sent");
            return Promise.resolve();
        },
    };
}
