import { type SendEmailCommandInput, SESv2Client } from "@aws-sdk/client-sesv2";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { createSesMailer } from "../../../app/src/mail/ses";
import { createPolicies, DEFAULT_RESILIENCE } from "../../../app/src/resilience/policies";
import { meter } from "../support/backing-servers";
import { recordingLog } from "../support/recording-log";

/** Stands where SES would: what the SDK sends over HTTP is what counts. */
let endpoint: Server;
let requests: { path: string; body: SendEmailCommandInput }[] = [];
let status = 200;

beforeAll(async () => {
    endpoint = createServer((request, response) => {
        let body = "";
        request.on("data", (chunk: Buffer) => (body += chunk.toString()));
        request.on("end", () => {
            requests.push({ path: request.url ?? "", body: JSON.parse(body) as SendEmailCommandInput });
            response.writeHead(status, { "content-type": "application/json" });
            response.end(JSON.stringify(status === 200 ? { MessageId: "ses-1" } : { message: "failed" }));
        });
    }).listen(0, "127.0.0.1");
    await once(endpoint, "listening");
});

beforeEach(() => {
    requests = [];
    status = 200;
});

afterAll(() => {
    endpoint.closeAllConnections();
    endpoint.close();
});

function mailer() {
    const ses = new SESv2Client({
        region: "eu-central-1",
        endpoint: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`,
        credentials: { accessKeyId: "id", secretAccessKey: "secret" },
        maxAttempts: 1,
    });
    const policies = createPolicies(DEFAULT_RESILIENCE, { log: recordingLog().log, metrics: meter });
    return createSesMailer({ from: "shop@example.com" }, { ses, policies });
}

const MAIL = { to: "ann@example.com", subject: "Your order", text: "Grüße", messageId: "m-1" };

test("sends one mail to one customer, with the id of its message as a tag", async () => {
    await mailer().send(MAIL);
    expect(requests).toEqual([
        {
            path: "/v2/email/outbound-emails",
            body: {
                FromEmailAddress: "shop@example.com",
                Destination: { ToAddresses: ["ann@example.com"] },
                Content: {
                    Simple: {
                        Subject: { Data: "Your order", Charset: "UTF-8" },
                        Body: { Text: { Data: "Grüße", Charset: "UTF-8" } },
                    },
                },
                EmailTags: [{ Name: "message-id", Value: "m-1" }],
            },
        },
    ]);
});

test("does not repeat a mail whose fate is not known: the message's next delivery decides", async () => {
    status = 500;
    await expect(mailer().send(MAIL)).rejects.toMatchObject({ name: "DependencyUnavailable", dependency: "mail" });
    expect(requests).toHaveLength(1);
});
