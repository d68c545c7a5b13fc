import type { Meter } from "@opentelemetry/api";
import type { Database, Statement } from "../database/database";
import type { Mailer } from "../mail/mailer";
import { type Handlers, inTwoSteps } from "../queue/handler";
import { writeMail } from "./mail-text";
import { claimMail, forgetMails, giveMailBack, markMailAsSent, readMailFacts } from "./statements";

export interface MailJobSettings {
    /**
     * For how long a worker has a mail for itself: longer than sending takes, and shorter than a message is hidden, so that the
     * next worker may send what one that died has had in hand.
     */
    readonly claimSeconds: number;
}

export interface MailJobParts {
    readonly database: Database;
    readonly mailer: Mailer;
    readonly metrics: Meter;
}

/** As long as the inbox knows the message: it can come again from the dead letters for 4 + 14 days. */
const KEEP_MAILS_SECONDS = 30 * 86_400;

/** Forgets a portion of the mails that no message can ask for any more. */
export const FORGET_OLD_MAILS = { ...forgetMails, values: [KEEP_MAILS_SECONDS] };

interface MailRow {
    readonly email: string | null;
    readonly total_cents: string | number;
    readonly currency: string;
}

/**
 * Sends the mails that were asked for. Mails cannot be taken back, so a worker claims one before it sends it: of two that have
 * the same message at the same time, one sends, and the other one tries again later and finds it done.
 *
 * ```
 * claim ── A ── sent ── B ── marked as done, in one transaction ── C ── message deleted
 * ```
 *
 * - Dies at A: the message comes again when it is visible again; by then the claim has run out.
 * - Dies at B, or the mailer's answer is lost: the mail is sent a second time, where the mailer does not know it by its id. It
 *   is never left out: of the two mistakes that no mail service can rule out, this is the smaller one.
 * - Dies at C: the message comes again, is found done, and is deleted.
 */
export function mailHandlers({ claimSeconds }: MailJobSettings, parts: MailJobParts): Handlers {
    const { database, mailer, metrics } = parts;
    const mails = metrics.createCounter("shop.mails", { description: "Mails, by template", unit: "{mail}" });
    const run = async (statement: Statement & { values: readonly unknown[] }): Promise<number> =>
        (await database.write((tx) => tx.query(statement))).value.length;

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
                if ((await run({ ...claimMail, values: [id, claimSeconds] })) === 0) {
                    throw new Error("another worker sends it, or has died with it in hand");
                }
                try {
                    await mailer.send({ to: row.email, messageId: id, ...writeMail(template, facts) });
                } catch (error) {
                    // Where this fails too, the claim runs out by itself.
                    await run({ ...giveMailBack, values: [id] }).catch(() => undefined);
                    throw error;
                }
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
