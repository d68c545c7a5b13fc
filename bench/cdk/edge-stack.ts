import { RemovalPolicy, Stack, StackProps } from "aws-cdk-lib";
import { Certificate, CertificateValidation } from "aws-cdk-lib/aws-certificatemanager";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { HostedZone } from "aws-cdk-lib/aws-route53";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { CfnLoggingConfiguration, CfnWebACL } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";
import { encryptionKey } from "./keys";
import { WatchedAlarm, watch } from "./alarms";

export interface EdgeStackProps extends StackProps {
    domainName: string;
}

/** What CloudFront takes from us-east-1 only: the viewers' certificate, the web ACL and its log, and the edge's alarms. */
export class EdgeStack extends Stack {
    readonly certificate: Certificate;
    readonly webAcl: CfnWebACL;
    readonly alerts: Topic;

    constructor(scope: Construct, id: string, props: EdgeStackProps) {
        super(scope, id, props);
        const zone = HostedZone.fromHostedZoneAttributes(this, "zone", {
            hostedZoneId: "Z0123456789ABCDEFGHIJ",
            zoneName: "example.com",
        });
        this.certificate = new Certificate(this, "viewer-certificate", {
            domainName: props.domainName,
            validation: CertificateValidation.fromDns(zone),
        });
        const logsKey = encryptionKey(this, "edge-logs", ["logs.us-east-1.amazonaws.com"]);
        const messagesKey = encryptionKey(this, "edge-messages", ["cloudwatch.amazonaws.com"]);
        this.webAcl = this.createWebAcl();
        this.createWebAclLog(logsKey);
        this.alerts = new Topic(this, "alerts", { masterKey: messagesKey, enforceSSL: true });
        this.alerts.addSubscription(new EmailSubscription("on-call@example.com"));
        watch(this, this.alerts, [blocked(this.webAcl.attrId)]);
    }

    private createWebAcl(): CfnWebACL {
        const managed = ["CommonRuleSet", "KnownBadInputsRuleSet", "AmazonIpReputationList", "SQLiRuleSet"];
        const visibility = (metricName: string) => ({
            cloudWatchMetricsEnabled: true,
            sampledRequestsEnabled: true,
            metricName,
        });
        return new CfnWebACL(this, "web-acl", {
            scope: "CLOUDFRONT",
            defaultAction: { allow: {} },
            visibilityConfig: visibility("web-acl"),
            rules: [
                {
                    name: "rate-limit",
                    priority: 0,
                    action: { block: {} },
                    statement: { rateBasedStatement: { limit: 2000, aggregateKeyType: "IP" } },
                    visibilityConfig: visibility("rate-limit"),
                },
                ...managed.map((name, place) => ({
                    name,
                    priority: place + 1,
                    overrideAction: { none: {} },
                    statement: { managedRuleGroupStatement: { vendorName: "AWS", name: `AWSManagedRules${name}` } },
                    visibilityConfig: visibility(name),
                })),
            ],
        });
    }

    private createWebAclLog(key: ReturnType<typeof encryptionKey>): void {
        const log = new LogGroup(this, "web-acl-log", {
            // The web ACL writes to log groups of this prefix only.
            logGroupName: "aws-waf-logs-headroom",
            encryptionKey: key,
            retention: RetentionDays.THREE_MONTHS,
            removalPolicy: RemovalPolicy.RETAIN,
        });
        new CfnLoggingConfiguration(this, "web-acl-logging", {
            resourceArn: this.webAcl.attrArn,
            logDestinationConfigs: [log.logGroupArn],
        });
    }
}

function blocked(webAclId: string): WatchedAlarm {
    return {
        name: "web-acl-blocked",
        namespace: "AWS/WAFV2",
        metricName: "BlockedRequests",
        dimensions: { WebACL: webAclId, Rule: "ALL" },
        statistic: "Sum",
        threshold: 1000,
    };
}
