import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { createFileMailer, formatMail } from "../../../app/src/mail/file";

let folder: string;
beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "headroom-mail-"));
});
afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
});

const mail = (messageId: string = randomUUID()) => ({
    to: "ann@example.com",
    subject: "Your order",
    text: "Grüße",
    messageId,
});

test("a mail is one file under the id of its message, also if it is sent many times at once", async () => {
    const mailer = createFileMailer({ folder, from: "shop@example.com" });
    const sent = mail();
    await Promise.all(Array.from({ length: 20 }, () => mailer.send(sent)));
    expect(readdirSync(folder)).toEqual([`${sent.messageId}.eml`]);
    const text = readFileSync(path.join(folder, `${sent.messageId}.eml`), "utf8");
    expect(text).toContain("To: ann@example.com\r\n");
    expect(Buffer.from(text.split("\r\n\r\n")[1] ?? "", "base64").toString()).toBe("Grüße");
});

test("a mail that was sent is not changed by another one of the same id", async () => {
    const mailer = createFileMailer({ folder, from: "shop@example.com" });
    const sent = mail();
    await mailer.send(sent);
    const before = readFileSync(path.join(folder, `${sent.messageId}.eml`), "utf8");
    await mailer.send({ ...sent, text: "something else" });
    expect(readFileSync(path.join(folder, `${sent.messageId}.eml`), "utf8")).toBe(before);
});

test("an id that is none cannot choose another folder", async () => {
    const mailer = createFileMailer({ folder, from: "shop@example.com" });
    await expect(mailer.send(mail("../../etc/passwd"))).rejects.toThrow("must be a UUID");
});

test("no text becomes a header of its own", () => {
    fc.assert(
        fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (subject, text) => {
            const [head = ""] = formatMail({ ...mail(), subject, text }, "shop@example.com", new Date(0)).split(
                "\r\n\r\n",
            );
            expect(head.split(/\r\n|\r|\n/)).toHaveLength(8);
        }),
    );
    expect(() =>
        formatMail({ ...mail(), to: "a@example.com\r\nBcc: b@example.com" }, "s@example.com", new Date(0)),
    ).toThrow("one line");
});
