import { Domain } from "../../components/domain";
import { dkimDomain } from "../../components/mail-regions";
import { MailSender, MailSenderArgs } from "../../components/mail-sender";
import { outputs } from "./edge-fixture";
import { record, Registered, valueOf } from "./harness";
import { missingRunbooks } from "./runbooks";

const recordType = "aws:route53/record:Record";
const withSes: Parameters<typeof record>[1] = {
    ...outputs,
    "aws:sesv2/emailIdentity:EmailIdentity": () => ({ dkimSigningAttributes: { tokens: ["one", "two", "three"] } }),
};

async function make(
    domainName: string,
    args: Partial<MailSenderArgs> = {},
): Promise<{ mail: MailSender; registered: Registered }> {
    let mail: MailSender | undefined;
    const registered = await record(() => {
        const domain = new Domain("domain", { name: domainName, hostedZoneId: "Z0", region: "eu-central-1" });
        mail = new MailSender("mail", { domain, region: "eu-central-1", ...args });
    }, withSes);
    return { mail: mail as MailSender, registered };
}

/** The records of the mails, by name and type. */
function recordsOf(registered: Registered): Record<string, unknown> {
    return Object.fromEntries(
        registered
            .ofType(recordType)
            .filter(({ name }) => name.startsWith("mail-"))
            .map(({ inputs }) => [`${String(inputs["type"])} ${String(inputs["name"])}`, inputs["records"]]),
    );
}

describe("the mail sender of a domain", () => {
    it("proves by DKIM, SPF and DMARC that mails come from the domain", async () => {
        const { registered } = await make("shop.example.com");
        expect(recordsOf(registered)).toEqual({
            "CNAME one._domainkey.shop.example.com": ["one.dkim.amazonses.com"],
            "CNAME two._domainkey.shop.example.com": ["two.dkim.amazonses.com"],
            "CNAME three._domainkey.shop.example.com": ["three.dkim.amazonses.com"],
            "MX bounce.shop.example.com": ["10 feedback-smtp.eu-central-1.amazonses.com"],
            "TXT bounce.shop.example.com": ["v=spf1 include:amazonses.com -all"],
            "TXT _dmarc.shop.example.com": ["v=DMARC1; p=quarantine"],
        });
        expect(
            registered.one("aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes").inputs,
        ).toMatchObject({ emailIdentity: "shop.example.com", mailFromDomain: "bounce.shop.example.com" });
    });

    it("can be left out of an update with --target, which knows no signing keys then", async () => {
        const registered = await record(() => {
            const domain = new Domain("domain", {
                name: "shop.example.com",
                hostedZoneId: "Z0",
                region: "eu-central-1",
            });
            new MailSender("mail", { domain, region: "eu-central-1" });
        }, outputs);
        expect(recordsOf(registered)).toHaveProperty(["MX bounce.shop.example.com"]);
    });

    it("leaves a DMARC record alone that somebody else keeps", async () => {
        const { registered } = await make("shop.example.com", { dmarc: "unmanaged" });
        expect(Object.keys(recordsOf(registered)).filter((name) => name.includes("_dmarc"))).toEqual([]);
    });

    it("sends over TLS only, measures, and keeps away from who bounced or complained", async () => {
        const { registered } = await make("shop.example.com");
        const set = registered.one("aws:sesv2/configurationSet:ConfigurationSet").inputs;
        expect(set).toMatchObject({
            configurationSetName: "mail-0a1b2c3d",
            deliveryOptions: { tlsPolicy: "REQUIRE" },
            reputationOptions: { reputationMetricsEnabled: true },
            suppressionOptions: { suppressedReasons: ["BOUNCE", "COMPLAINT"] },
        });
        expect(registered.one("aws:sesv2/emailIdentity:EmailIdentity").inputs).toMatchObject({
            emailIdentity: "shop.example.com",
            configurationSetName: "mail-0a1b2c3d",
            dkimSigningAttributes: { nextSigningKeyLength: "RSA_2048_BIT" },
        });
    });

    it("lets its user send from its one address, and nothing else", async () => {
        const { mail } = await make("shop.example.com", { sender: "hello" });
        expect(mail.binding.environment).toEqual({ MAIL_TRANSPORT: "ses", MAIL_FROM: "hello@shop.example.com" });
        expect(mail.binding.permissions).toHaveLength(1);
        const [{ actions, resources, conditions } = { actions: [], resources: [], conditions: [] }] =
            mail.binding.permissions;
        expect(actions).toEqual(["ses:SendEmail"]);
        expect(resources).toHaveLength(2);
        for (const resource of resources) {
            await expect(valueOf(resource)).resolves.toMatch(/^arn:aws:.*:mail$/);
        }
        expect(conditions).toEqual([
            { test: "StringEquals", variable: "ses:FromAddress", values: ["hello@shop.example.com"] },
        ]);
    });

    it("speaks up at the shares at which SES looks into an account, in percent", async () => {
        const { mail } = await make("shop.example.com");
        expect(mail.signals.map(({ name, threshold }) => [name, threshold])).toEqual([
            ["mail-bounces", 5],
            ["mail-complaints", 0.1],
        ]);
        for (const { metric } of mail.signals) {
            expect(metric).toMatchObject({ expression: "100 * share" });
        }
        expect(missingRunbooks(mail.signals)).toEqual([]);
    });

    it.each(["", "Orders", "orders@shop", "a b"])("refuses %j before the @", async (sender) => {
        await record(() => {
            const domain = new Domain("domain", { name: "none", region: "eu-central-1" });
            expect(() => new MailSender("mail", { domain, region: "eu-central-1", sender })).toThrow("sender");
        }, withSes);
    });
});

describe("the mail sender without a domain", () => {
    it("makes nothing, and tells the application that mails are not sent", async () => {
        const { mail, registered } = await make("none");
        expect(registered.resources.filter(({ component }) => !component)).toEqual([]);
        expect(mail.binding).toMatchObject({ environment: { MAIL_TRANSPORT: "none" }, permissions: [] });
        expect([mail.from, mail.signals]).toEqual([undefined, []]);
    });
});

describe("the domain of DKIM's keys", () => {
    it("is shared by the older regions, and a newer one's own", () => {
        expect(dkimDomain("eu-central-1")).toBe("dkim.amazonses.com");
        expect(dkimDomain("eu-south-1")).toBe("dkim.eu-south-1.amazonses.com");
    });
});
