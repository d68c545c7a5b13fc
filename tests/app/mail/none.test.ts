import { randomUUID } from "node:crypto";
import { MAIL_SETTINGS, type MailValues } from "../../../app/src/mail/configuration";
import { openMailer } from "../../../app/src/mail/open-mailer";
import { createPolicies, DEFAULT_RESILIENCE } from "../../../app/src/resilience/policies";
import { meter } from "../support/backing-servers";
import { recordingLog } from "../support/recording-log";

const values: MailValues = {
    MAIL_TRANSPORT: MAIL_SETTINGS.MAIL_TRANSPORT.fallback,
    MAIL_FROM: MAIL_SETTINGS.MAIL_FROM.fallback,
    MAIL_FOLDER: MAIL_SETTINGS.MAIL_FOLDER.fallback,
};

function open(given: Partial<MailValues>) {
    const recorded = recordingLog();
    const policies = createPolicies(DEFAULT_RESILIENCE, { log: recorded.log, metrics: meter });
    return { mailer: openMailer({ ...values, ...given }, { policies, log: recorded.log }), recorded };
}

test("without a transport, it is said once that mails are not sent, and each is done with", async () => {
    const { mailer, recorded } = open({ MAIL_TRANSPORT: "none" });
    const messageIds = [randomUUID(), randomUUID()];
    for (const messageId of messageIds) {
        await mailer?.send({ to: "ann@example.com", subject: "Your order", text: "of a book", messageId });
    }
    expect(recorded.messages()).toEqual([
        "MAIL_TRANSPORT=none: no mail is sent from here",
        "a mail is not sent",
        "a mail is not sent",
    ]);
    for (const messageId of messageIds) expect(recorded.text()).toContain(messageId);
    expect(recorded.text()).not.toMatch(/ann@|Your order|book/);
});

test("without a sender, a warning says what becomes of mails", () => {
    const { mailer, recorded } = open({});
    expect(mailer).toBeUndefined();
    expect(recorded.messages()).toEqual(["MAIL_FROM is not set: mails that are asked for become dead letters"]);
});
