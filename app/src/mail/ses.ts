import { SendEmailCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import type { Policies } from "../resilience/policies";
import type { Mailer } from "./mailer";

export interface SesSettings {
    /** A verified address, or one of a verified domain. */
    readonly from: string;
}

const CONNECT_TIMEOUT_MS = 3_000;

/** The client of SES. Region and credentials come from the environment, as the AWS SDK reads it. */
export function createSesClient(): SESv2Client {
    return new SESv2Client({
        // A mail is not sent again here: SES may have taken it. The message comes again, and its handler decides.
        maxAttempts: 1,
        requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS },
    });
}

/**
 * Sends by SES. SES knows no idempotency key: a mail whose answer was lost may be sent twice, by the message's next
 * delivery. The mark that it was sent makes that rare; no mail service can rule it out. The message's id goes along as a tag,
 * to be found in the events of SES.
 */
export function createSesMailer(
    { from }: SesSettings,
    { ses, policies }: { ses: SESv2Client; policies: Policies },
): Mailer {
    return {
        async send({ to, subject, text, messageId }) {
            await policies.for("mail").run((abortSignal) =>
                ses.send(
                    new SendEmailCommand({
                        FromEmailAddress: from,
                        Destination: { ToAddresses: [to] },
                        Content: {
                            Simple: {
                                Subject: { Data: subject, Charset: "UTF-8" },
                                Body: { Text: { Data: text, Charset: "UTF-8" } },
                            },
                        },
                        EmailTags: [{ Name: "message-id", Value: messageId }],
                    }),
                    { abortSignal },
                ),
            );
        },
    };
}
