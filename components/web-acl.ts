import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Component, ComponentArgs } from "./component";
import { edgeRegion } from "./edge";
import { KeyReference } from "./key-reference";
import { Problems } from "./problems";
import { Metric, MetricMath, Signal, SignalSource } from "./signal";

export interface WebAclSettings {
    /**
     * Requests that one address may send in five minutes, 10 to 2,000,000,000; more get a 403. Default 2000: about 7 a second
     * for five minutes on end, more than a person and less than an attack. Whole offices share an address: raise it for
     * such users.
     */
    rateLimit?: number;
    /** Days that records of blocked and counted requests are kept. Default 90. */
    logRetentionDays?: number;
}

export interface WebAclArgs extends WebAclSettings, ComponentArgs {
    /** Customer key in us-east-1 for the log group. Its policy must admit CloudWatch Logs. */
    logsKey: KeyReference;
}

/** A rule group that AWS writes and keeps up to date. */
interface ManagedGroup {
    readonly key: string;
    readonly group: string;
    /** Rules of the group that only count. */
    readonly counted?: readonly string[];
}

/**
 * In the order in which they are asked, the cheapest first. Capacity: 25 + 700 + 200 + 200 and 2 for the rate, of the 1500 that
 * are included in a web ACL's price.
 */
const managedGroups: readonly ManagedGroup[] = [
    { key: "reputation", group: "AWSManagedRulesAmazonIpReputationList" },
    {
        key: "common",
        group: "AWSManagedRulesCommonRuleSet",
        // It refuses bodies above 8 KB, which every uploaded image has. Counted, it still shows in the metrics.
        counted: ["SizeRestrictions_BODY"],
    },
    { key: "known-bad-inputs", group: "AWSManagedRulesKnownBadInputsRuleSet" },
    { key: "sql", group: "AWSManagedRulesSQLiRuleSet" },
];

/** Metrics of a web ACL of CloudFront. */
export class WebAclMetrics {
    constructor(private readonly metricName: pulumi.Input<string>) {}

    allowed(): Metric {
        return this.metric("AllowedRequests", "allowed");
    }

    blocked(): Metric {
        return this.metric("BlockedRequests", "blocked");
    }

    /** Share of the requests that were blocked, 0 below a thousand in five minutes: a single scanner is no news. */
    blockedPercent(): MetricMath {
        return {
            expression:
                "IF(FILL(blocked, 0) + FILL(allowed, 0) > 1000, 100 * FILL(blocked, 0) / (FILL(blocked, 0) + FILL(allowed, 0)), 0)",
            metrics: { blocked: this.blocked(), allowed: this.allowed() },
            label: "blocked requests (%)",
        };
    }

    private metric(metricName: string, label: string): Metric {
        return {
            namespace: "AWS/WAFV2",
            metricName,
            // Global web ACLs have no dimension for the region.
            dimensions: { WebACL: this.metricName, Rule: "ALL" },
            statistic: "Sum",
            period: 300,
            region: edgeRegion,
            label,
        };
    }
}

/**
 * The web ACL of a CloudFront distribution, in us-east-1: an address that sends too much, known bad addresses, common
 * attacks and SQL injection are blocked; what was blocked or counted is logged, without credentials.
 *
 * Costs 10 USD a month (the ACL and five rules) and 0.60 USD per million requests. Changes in place.
 *
 * ```ts
 * import { EncryptionKey } from "./encryption-key";
 * import { WebAcl } from "./web-acl";
 *
 * const logsKey = new EncryptionKey("edge-logs", { purpose: "edge logs", users: ["logs"], region: "us-east-1" });
 * const webAcl = new WebAcl("cdn", { logsKey, rateLimit: 2000 });
 * export const arn = webAcl.arn;
 * ```
 */
export class WebAcl extends Component implements SignalSource {
    readonly arn: pulumi.Output<string>;
    readonly logGroupName: pulumi.Output<string>;
    readonly metrics: WebAclMetrics;
    readonly tier: string;
    readonly signals: readonly Signal[];

    constructor(name: string, args: WebAclArgs, opts?: pulumi.ComponentResourceOptions) {
        super("WebAcl", name, args, opts);
        checkArgs(name, args);
        const suffix = this.createSuffix();
        // CloudWatch knows a web ACL by this text alone: two stacks with the same one would share their figures.
        const metricName = pulumi.interpolate`${name}-${suffix.hex}`;
        const acl = this.createAcl(args, metricName);
        const group = this.createLogGroup(args, suffix);
        this.createLogging(acl, group);

        this.arn = acl.arn;
        this.logGroupName = group.name;
        this.metrics = new WebAclMetrics(metricName);
        this.tier = name;
        this.signals = this.declareSignals();
        this.registerOutputs({ arn: this.arn, logGroupName: this.logGroupName });
    }

    private createSuffix(): random.RandomId {
        return new random.RandomId(`${this.componentName}-web-acl`, { byteLength: 4 }, this.child());
    }

    private createAcl(args: WebAclArgs, metricName: pulumi.Output<string>): aws.wafv2.WebAcl {
        const name = this.componentName;
        return new aws.wafv2.WebAcl(
            name,
            {
                region: edgeRegion,
                scope: "CLOUDFRONT",
                description: `Web ACL of ${name}`,
                defaultAction: { allow: {} },
                rules: [
                    this.rateRule(args),
                    ...managedGroups.map((group, place) => this.managedRule(group, place + 1)),
                ],
                visibilityConfig: { cloudwatchMetricsEnabled: true, sampledRequestsEnabled: true, metricName },
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    private rateRule(args: WebAclArgs): aws.types.input.wafv2.WebAclRule {
        return {
            name: "rate",
            priority: 0,
            action: { block: {} },
            statement: {
                rateBasedStatement: {
                    limit: args.rateLimit ?? defaultRateLimit,
                    aggregateKeyType: "IP",
                    evaluationWindowSec: 300,
                },
            },
            visibilityConfig: { cloudwatchMetricsEnabled: true, sampledRequestsEnabled: true, metricName: "rate" },
        };
    }

    private managedRule({ key, group, counted }: ManagedGroup, priority: number): aws.types.input.wafv2.WebAclRule {
        return {
            name: key,
            priority,
            // The group's rules decide by themselves.
            overrideAction: { none: {} },
            statement: {
                managedRuleGroupStatement: {
                    vendorName: "AWS",
                    name: group,
                    ruleActionOverrides: (counted ?? []).map((rule) => ({ name: rule, actionToUse: { count: {} } })),
                },
            },
            visibilityConfig: { cloudwatchMetricsEnabled: true, sampledRequestsEnabled: true, metricName: key },
        };
    }

    /** WAF writes to groups of this name only. */
    private createLogGroup(args: WebAclArgs, suffix: random.RandomId): aws.cloudwatch.LogGroup {
        const name = `${this.componentName}-web-acl`;
        return new aws.cloudwatch.LogGroup(
            name,
            {
                name: pulumi.interpolate`aws-waf-logs-${this.componentName}-${suffix.hex}`,
                region: edgeRegion,
                retentionInDays: args.logRetentionDays ?? 90,
                kmsKeyId: args.logsKey.arn,
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    /**
     * Keeps what was blocked or counted; the rest is in CloudFront's access log. Credentials are left out.
     *
     * The resource policy by which WAF may write is WAF's own: it adds one for all its groups of an account, which has room
     * for ten such policies only.
     */
    private createLogging(acl: aws.wafv2.WebAcl, group: aws.cloudwatch.LogGroup): void {
        new aws.wafv2.WebAclLoggingConfiguration(
            this.componentName,
            {
                region: edgeRegion,
                resourceArn: acl.arn,
                logDestinationConfigs: [group.arn],
                redactedFields: [{ singleHeader: { name: "authorization" } }, { singleHeader: { name: "cookie" } }],
                loggingFilter: {
                    defaultBehavior: "DROP",
                    filters: [
                        {
                            behavior: "KEEP",
                            requirement: "MEETS_ANY",
                            conditions: [
                                { actionCondition: { action: "BLOCK" } },
                                { actionCondition: { action: "COUNT" } },
                            ],
                        },
                    ],
                },
            },
            this.child(),
        );
    }

    private declareSignals(): Signal[] {
        const name = this.componentName;
        return [
            {
                name: `${name}-blocked-requests`,
                title: `Requests that the web ACL of ${name} blocked (%)`,
                metric: this.metrics.blockedPercent(),
                comparison: "above",
                // Everyday scanning is a few percent. A quarter of an hour of a tenth is an attack, or a rule that blocks
                // users: both want a look, and neither can wait for the next report.
                threshold: 10,
                evaluationPeriods: 3,
                severity: "ticket",
                runbook: "cdn-blocked-requests",
            },
        ];
    }
}

const defaultRateLimit = 2000;

function checkArgs(name: string, args: WebAclArgs): void {
    const problems = new Problems();
    const limit = args.rateLimit ?? defaultRateLimit;
    problems.require(
        Number.isInteger(limit) && limit >= 10 && limit <= 2_000_000_000,
        "rateLimit",
        limit,
        "a whole number of requests from 10 to 2000000000",
        String(defaultRateLimit),
    );
    problems.throwIfAny(`WebAcl "${name}"`);
}
