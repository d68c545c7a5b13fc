import type { Meter } from "@opentelemetry/api";
import type { Database } from "../database/database";
import type { Mailer } from "../mail/mailer";
import { type Handlers, inTwoSteps } from "../queue/handler";
import { writeMail } from "./mail-text";
import { markMailAsSent, readMailFacts } from "./statements";

export interface MailJobParts {
    readonly database: Database;
    readonly mailer: Mailer;
    readonly metrics: Meter;
}

interface MailRow {
    readonly email: string | null;
    readonly total_cents: string | number;
    readonly currency: string;
}

/**
 * Sends the mails that were asked for. A mail is sent before it is marked as sent: it may come twice, if the worker dies
 * between the two and the mailer does not know it by its id, but it is never left out.
 */
export function mailHandlers({ database, mailer, metrics }: MailJobParts): Handlers {
    const mails = metrics.createCounter("shop.mails", { description: "Mails, by template", unit: "{mail}" });
    return {
        "mail.requested": inTwoSteps(
            async ({ id, payload: { orderId, template } }, { log }) => {
                const [row] = await database.read((q) => q.query<MailRow>({ ...readMailFacts, values: [orderId] }), {
                    consistency: "writer",
                });
                if (row === undefined) throw new Error("there is no such order");
                if (row.email === null) {
                    log.info("the customer has no address: no mail");
                    return false;
                }
                const facts = { orderId, totalCents: Number(row.total_cents), currency: row.currency };
                await mailer.send({ to: row.email, messageId: id, ...writeMail(template, facts) });
                return true;
            },
            async ({ id, payload: { template } }, { tx, afterCommit }, sent) => {
                if (!sent) return;
                await tx.query({ ...markMailAsSent, values: [id] });
                afterCommit(() => {
                    mails.add(1, { template });
                    return Promise.resolve();
                });
            },
        ),
    };
}
