import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ServiceBinding, statementPrefix, variablePrefix } from "./binding";
import { Component, ComponentArgs } from "./component";
import { Domain } from "./domain";
import { dkimDomain } from "./mail-regions";
import { Problems } from "./problems";
import { MetricMath, Signal, SignalSource } from "./signal";

export interface MailSenderArgs extends ComponentArgs {
    /** The domain that mails come from. Without one (`none`, development) nothing is made, and no mail is sent. */
    domain: Domain;
    /** Region whose SES sends, a plain string. */
    region: string;
    /** What stands before the `@` of the sender's address, a plain string. Default `orders`. */
    sender?: string;
    /**
     * What receivers are asked to do with mails in the domain's name that are not signed by it (DMARC), in a record that large
     * mailbox providers demand of whoever sends many. `unmanaged` makes no record, for a domain that has one already. Default
     * `quarantine`: into the spam folder.
     */
    dmarc?: "none" | "quarantine" | "reject" | "unmanaged";
}

/** Metrics of what receivers think of the mails. Percents. */
export class MailSenderMetrics {
    constructor(private readonly configurationSetName: pulumi.Input<string>) {}

    /** Mails to addresses that do not exist. */
    bouncePercent(): MetricMath {
        return this.percent("Reputation.BounceRate", "bounces (%)");
    }

    /** Mails that their receivers call spam. */
    complaintPercent(): MetricMath {
        return this.percent("Reputation.ComplaintRate", "complaints (%)");
    }

    /** SES publishes shares from 0 to 1. */
    private percent(metricName: string, label: string): MetricMath {
        return {
            expression: "100 * share",
            metrics: {
                share: {
                    namespace: "AWS/SES",
                    metricName,
                    dimensions: { "ses:configuration-set": this.configurationSetName },
                    statistic: "Average",
                    // Published when something is sent, over a window of SES's own choice; its guide takes an hour.
                    period: 3_600,
                    label,
                },
            },
            label,
        };
    }
}

/**
 * Sends the application's mails by SES, in the name of the domain: the identity with its signing records (Easy DKIM, RSA
 * 2048), a subdomain for bounces with its own SPF record, so that both ways of proof are aligned with the sender's address,
 * a DMARC record, and a configuration set that demands TLS of the receiving server, keeps away from addresses that bounced or
 * complained, and measures how often that happens.
 *
 * The binding lets its user send from one address through this identity and configuration set, and nothing else. Without a
 * domain it tells the application that mails are not sent (`MAIL_TRANSPORT=none`).
 *
 * A new account's SES is in the sandbox: it sends to verified addresses only, until AWS grants production access
 * (`aws sesv2 put-account-details --production-access-enabled …`). SES believes the records some minutes after they are made;
 * mails that are asked for before that are tried again by the queue. Costs 0.10 USD per thousand mails. Another domain
 * replaces identity and records; nothing is kept in them.
 *
 * ```ts
 * import { Domain } from "./domain";
 * import { MailSender } from "./mail-sender";
 *
 * const region = "eu-central-1";
 * const domain = new Domain("domain", { name: "shop.example.com", region });
 * const mail = new MailSender("mail", { domain, region });
 * // In the container: MAIL_TRANSPORT=ses and MAIL_FROM=orders@shop.example.com.
 * export const uses = [mail];
 * ```
 */
export class MailSender extends Component implements SignalSource {
    /** The sender's address; undefined without a domain. */
    readonly from?: string;
    /** Lets the application send. */
    readonly binding: ServiceBinding;
    /** Undefined without a domain. */
    readonly metrics?: MailSenderMetrics;
    readonly tier: string;
    readonly signals: readonly Signal[];

    private readonly region: string;

    constructor(name: string, args: MailSenderArgs, opts?: pulumi.ComponentResourceOptions) {
        super("MailSender", name, args, opts);
        checkArgs(name, args);
        this.tier = name;
        this.region = args.region;
        const { domainName, hostedZoneId } = args.domain;
        if (domainName === undefined || hostedZoneId === undefined) {
            this.binding = this.bindNothing();
            this.signals = [];
            this.registerOutputs({});
            return;
        }
        const configurationSet = this.createConfigurationSet();
        const identity = this.createIdentity(domainName, configurationSet);
        this.createSigningRecords(domainName, hostedZoneId, identity);
        this.createBounceDomain(domainName, hostedZoneId, identity);
        this.createDmarcRecord(domainName, hostedZoneId, args.dmarc ?? "quarantine");

        this.from = `${args.sender ?? defaultSender}@${domainName}`;
        this.binding = this.bindSender(this.from, identity, configurationSet);
        this.metrics = new MailSenderMetrics(configurationSet.configurationSetName);
        this.signals = this.declareSignals(this.metrics);
        this.registerOutputs({ from: this.from, identityArn: identity.arn });
    }

    /** SES demands a name: ours, and a random part. */
    private createConfigurationSet(): aws.sesv2.ConfigurationSet {
        const name = this.componentName;
        const suffix = new random.RandomId(name, { byteLength: 4 }, this.child());
        return new aws.sesv2.ConfigurationSet(
            name,
            {
                configurationSetName: pulumi.interpolate`${name}-${suffix.hex}`,
                region: this.region,
                // A receiving server without TLS gets nothing: the mail names a customer and what they bought.
                deliveryOptions: { tlsPolicy: "REQUIRE" },
                reputationOptions: { reputationMetricsEnabled: true },
                sendingOptions: { sendingEnabled: true },
                // Who does not exist or does not want mails is not written to again, which is what reputation is made of.
                suppressionOptions: { suppressedReasons: ["BOUNCE", "COMPLAINT"] },
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    private createIdentity(domainName: string, configurationSet: aws.sesv2.ConfigurationSet): aws.sesv2.EmailIdentity {
        return new aws.sesv2.EmailIdentity(
            this.componentName,
            {
                emailIdentity: domainName,
                region: this.region,
                // For every mail of the domain: the application need not name it.
                configurationSetName: configurationSet.configurationSetName,
                dkimSigningAttributes: { nextSigningKeyLength: "RSA_2048_BIT" },
                tags: this.tags(this.componentName),
            },
            this.child(),
        );
    }

    /** Easy DKIM has three keys, always, so that SES can change them without anybody's help. */
    private createSigningRecords(
        domainName: string,
        zoneId: pulumi.Output<string>,
        identity: aws.sesv2.EmailIdentity,
    ): void {
        const { tokens } = identity.dkimSigningAttributes;
        for (const [index, key] of ["first", "second", "third"].entries()) {
            // There are none yet while an update with --target leaves the identity out.
            const token = tokens.apply((all: string[] | undefined) => all?.[index] ?? "");
            this.createRecord(`dkim-${key}`, zoneId, {
                name: pulumi.interpolate`${token}._domainkey.${domainName}`,
                type: "CNAME",
                records: [pulumi.interpolate`${token}.${dkimDomain(this.region)}`],
            });
        }
    }

    /** Where bounces go: a name of the domain instead of Amazon's own, which receivers compare with the sender's (SPF). */
    private createBounceDomain(
        domainName: string,
        zoneId: pulumi.Output<string>,
        identity: aws.sesv2.EmailIdentity,
    ): void {
        const bounceDomain = `bounce.${domainName}`;
        this.createRecord("bounce-mx", zoneId, {
            name: bounceDomain,
            type: "MX",
            records: [`10 feedback-smtp.${this.region}.amazonses.com`],
        });
        this.createRecord("bounce-spf", zoneId, {
            name: bounceDomain,
            type: "TXT",
            records: ["v=spf1 include:amazonses.com -all"],
        });
        new aws.sesv2.EmailIdentityMailFromAttributes(
            this.componentName,
            {
                emailIdentity: identity.emailIdentity,
                region: this.region,
                mailFromDomain: bounceDomain,
                // While SES does not find the record it uses its own name: better than no mail, DKIM still proves it.
                behaviorOnMxFailure: "USE_DEFAULT_VALUE",
            },
            this.child(),
        );
    }

    private createDmarcRecord(
        domainName: string,
        zoneId: pulumi.Output<string>,
        policy: NonNullable<MailSenderArgs["dmarc"]>,
    ): void {
        if (policy !== "unmanaged") {
            this.createRecord("dmarc", zoneId, {
                name: `_dmarc.${domainName}`,
                type: "TXT",
                records: [`v=DMARC1; p=${policy}`],
            });
        }
    }

    private createRecord(
        key: string,
        zoneId: pulumi.Output<string>,
        record: { name: pulumi.Input<string>; type: string; records: pulumi.Input<string>[] },
    ): void {
        new aws.route53.Record(
            `${this.componentName}-${key}`,
            // Short, so that a mistake in the zone can be mended soon.
            { zoneId, ttl: 300, ...record },
            this.child(),
        );
    }

    private bindSender(
        from: string,
        identity: aws.sesv2.EmailIdentity,
        configurationSet: aws.sesv2.ConfigurationSet,
    ): ServiceBinding {
        const prefix = variablePrefix(this.componentName);
        return {
            name: this.componentName,
            environment: { [`${prefix}_TRANSPORT`]: "ses", [`${prefix}_FROM`]: from },
            secrets: [],
            connections: [],
            permissions: [
                {
                    sid: `${statementPrefix(this.componentName)}Send`,
                    actions: ["ses:SendEmail"],
                    resources: [identity.arn, configurationSet.arn],
                    conditions: [{ test: "StringEquals", variable: "ses:FromAddress", values: [from] }],
                },
            ],
        };
    }

    private bindNothing(): ServiceBinding {
        return {
            name: this.componentName,
            environment: { [`${variablePrefix(this.componentName)}_TRANSPORT`]: "none" },
            secrets: [],
            connections: [],
            permissions: [],
        };
    }

    /** SES puts an account under review at these shares and stops it at 10 % and 0.5 % (developer guide, "Reputation"). */
    private declareSignals(metrics: MailSenderMetrics): Signal[] {
        const name = this.componentName;
        const common = {
            comparison: "above",
            evaluationPeriods: 1,
            severity: "ticket",
            // Nothing is published while nothing is sent: what was wrong is wrong still.
            missingData: "ignore",
        } as const;
        return [
            {
                ...common,
                name: `${name}-bounces`,
                title: `Mails of ${name} that bounce (%)`,
                metric: metrics.bouncePercent(),
                threshold: 5,
                runbook: "mail-bounces",
            },
            {
                ...common,
                name: `${name}-complaints`,
                title: `Mails of ${name} that are called spam (%)`,
                metric: metrics.complaintPercent(),
                threshold: 0.1,
                runbook: "mail-complaints",
            },
        ];
    }
}

const defaultSender = "orders";

function checkArgs(name: string, { sender = defaultSender }: MailSenderArgs): void {
    const problems = new Problems();
    problems.require(
        /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/.test(sender),
        "sender",
        sender,
        "1 to 64 lower-case letters, digits and . _ -, a letter or digit at both ends: the part before the @",
        defaultSender,
    );
    problems.throwIfAny(`MailSender "${name}"`);
}
