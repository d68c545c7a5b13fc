import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "./component";
import { FailureDomain, FailureTier } from "./failure-domain";
import { LoadBalancerMetrics } from "./load-balancer-metrics";
import { LoadBalancerTarget, LoadBalancerTargetArgs } from "./load-balancer-target";
import { LogBucket } from "./log-bucket";
import { NetworkReference } from "./network-reference";
import { Problems } from "./problems";
import { Signal, SignalSource } from "./signal";

export interface LoadBalancerArgs extends ComponentArgs {
    network: NetworkReference;
    /**
     * Certificate of the listener, in the balancer's region. Default: none, and the listener speaks plain HTTP, which is for
     * development without a domain only; the policy packs report it. A plain choice: with or without decides the listener.
     */
    certificateArn?: pulumi.Input<string>;
    /** Where access and connection logs go. Same region. */
    logs: LogBucket;
    /** Whether the balancer refuses to be deleted. True wherever users are. */
    deletionProtection: boolean;
}

/**
 * Closes idle connections after this many seconds. CloudFront closes after 30 (`Cdn`) and containers after 65 to 75, so
 * that in each pair the one who sends requests closes first, and no request meets a closed connection.
 */
export const balancerIdleTimeoutSeconds = 60;

/**
 * TLS 1.3 and 1.2 with forward secrecy and authenticated encryption only. 1.2 stays, since CloudFront speaks no newer
 * one to origins; older ciphers are of no use with CloudFront as the only client.
 */
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06";

/** AWS names: 32 characters; autonaming adds eight of its own. */
const longestName = 24;

/**
 * An internal Application Load Balancer over all zones of a network, with one listener and nothing open: what may connect
 * is opened by who connects (see `Cdn`), what it connects to by {@link addTarget}.
 *
 * Requests that no target takes get a 404. Invalid headers are dropped, ambiguous requests are refused by the defensive
 * mode's rules, access and connection logs are kept, a zone in trouble can be shifted away from (zonal shift).
 *
 * Costs 16 USD a month, and about 6 USD a month for each LCU that is used (25 new connections a second, or 1 GB an hour).
 * Everything but the component's name and network changes in place.
 *
 * ```ts
 * import { LoadBalancer } from "./load-balancer";
 * import { LogBucket } from "./log-bucket";
 * import { NetworkReference } from "./network-reference";
 *
 * declare const network: NetworkReference;
 * declare const certificateArn: string;
 *
 * const logs = new LogBucket("access-logs", { retentionDays: 90 });
 * const balancer = new LoadBalancer("balancer", { network, certificateArn, logs, deletionProtection: true });
 * const target = balancer.addTarget("web", {
 *     port: 8443,
 *     healthCheckPath: "/health/accepting",
 *     priority: 100,
 *     pathPatterns: ["/*"],
 * });
 * export const targetGroup = target.targetGroupArn;
 * ```
 */
export class LoadBalancer extends Component implements SignalSource, FailureTier {
    readonly arn: pulumi.Output<string>;
    /** The last part of the ARN, which CloudWatch knows the balancer by: `app/name/id`. */
    readonly arnSuffix: pulumi.Output<string>;
    /** The name inside the VPC. */
    readonly dnsName: pulumi.Output<string>;
    /** Hosted zone of `dnsName`, for alias records. */
    readonly dnsZoneId: pulumi.Output<string>;
    readonly securityGroupId: pulumi.Output<string>;
    readonly listenerArn: pulumi.Output<string>;
    /** What the listener speaks. */
    readonly protocol: "HTTPS" | "HTTP";
    /** Port of the listener. */
    readonly port: 443 | 80;
    readonly network: NetworkReference;
    readonly metrics: LoadBalancerMetrics;

    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly failureDomain: FailureDomain;

    private readonly priorities = new Map<number, string>();
    private readonly egressRules = new Map<number, aws.vpc.SecurityGroupEgressRule>();

    constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("LoadBalancer", name, args, opts);
        checkArgs(name, args);
        this.network = args.network;
        this.protocol = args.certificateArn === undefined ? "HTTP" : "HTTPS";
        this.port = this.protocol === "HTTPS" ? 443 : 80;

        const group = this.createSecurityGroup();
        this.securityGroupId = group.id;
        const balancer = this.createBalancer(args);
        const listener = this.createListener(args, balancer);

        this.arn = balancer.arn;
        this.arnSuffix = balancer.arnSuffix;
        this.dnsName = balancer.dnsName;
        this.dnsZoneId = balancer.zoneId;
        this.listenerArn = listener.arn;
        this.metrics = new LoadBalancerMetrics(this.arnSuffix);
        this.tier = name;
        this.signals = this.declareSignals();
        const zones = args.network.zones.length;
        this.failureDomain = { tier: name, unit: "balancer node", units: zones, zones };
        this.registerOutputs({ arn: this.arn, dnsName: this.dnsName, listenerArn: this.listenerArn });
    }

    /**
     * Adds a target group with a rule that leads to it.
     *
     * @param name logical name, unique among the balancer's targets: the target's signals are named after it
     * @throws InvalidSettingsError when the priority is taken, or an argument is out of range
     */
    addTarget(name: string, args: LoadBalancerTargetArgs): LoadBalancerTarget {
        const problems = new Problems();
        const holder = this.priorities.get(args.priority);
        problems.require(
            holder === undefined,
            "priority",
            args.priority,
            `a number that no other target has (${holder ?? ""} has this one)`,
            String(Math.max(...this.priorities.keys(), 0) + 100),
        );
        problems.throwIfAny(`target "${name}" of LoadBalancer "${this.componentName}"`);
        this.priorities.set(args.priority, name);
        return new LoadBalancerTarget(
            name,
            { ...args, tags: { ...this.inheritedTags, ...args.tags } },
            {
                listenerArn: this.listenerArn,
                balancerArnSuffix: this.arnSuffix,
                securityGroupId: this.securityGroupId,
                vpcId: this.network.vpcId,
                egressRule: () => this.openEgress(args.port),
            },
            { parent: this },
        );
    }

    /** Without rules: closed in both directions. Rules are resources of their own, made by who needs them. */
    private createSecurityGroup(): aws.ec2.SecurityGroup {
        const name = this.componentName;
        return new aws.ec2.SecurityGroup(
            name,
            { vpcId: this.network.vpcId, description: `Load balancer ${name}`, tags: this.tags(name) },
            this.child(),
        );
    }

    private createBalancer(args: LoadBalancerArgs): aws.lb.LoadBalancer {
        const name = this.componentName;
        const logsTo = (prefix: string) => ({ bucket: args.logs.bucketName, prefix, enabled: true });
        return new aws.lb.LoadBalancer(
            name,
            {
                internal: true,
                loadBalancerType: "application",
                subnets: this.network.privateSubnets.map((subnet) => subnet.id),
                securityGroups: [this.securityGroupId],
                idleTimeout: balancerIdleTimeoutSeconds,
                dropInvalidHeaderFields: true,
                // Serves what is ambiguous but harmless, and closes the connection after what could be smuggled.
                desyncMitigationMode: "defensive",
                enableZonalShift: true,
                enableDeletionProtection: args.deletionProtection,
                accessLogs: logsTo(`${name}/requests`),
                connectionLogs: logsTo(`${name}/connections`),
                tags: this.tags(name),
            },
            // The balancer writes a test file when logging is switched on, and fails where it may not.
            this.child({ dependsOn: [...args.logs.ready] }),
        );
    }

    private createListener(args: LoadBalancerArgs, balancer: aws.lb.LoadBalancer): aws.lb.Listener {
        const name = this.componentName;
        const tls =
            args.certificateArn === undefined ? {} : { certificateArn: args.certificateArn, sslPolicy: tlsPolicy };
        return new aws.lb.Listener(
            name,
            {
                loadBalancerArn: balancer.arn,
                port: this.port,
                protocol: this.protocol,
                ...tls,
                defaultActions: [
                    {
                        type: "fixed-response",
                        fixedResponse: { statusCode: "404", contentType: "text/plain", messageBody: "Not found" },
                    },
                ],
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    /** One rule for each port, however many targets have it: EC2 refuses a second one. */
    private openEgress(port: number): aws.vpc.SecurityGroupEgressRule {
        const existing = this.egressRules.get(port);
        if (existing !== undefined) {
            return existing;
        }
        const name = `${this.componentName}-to-port-${String(port)}`;
        const rule = new aws.vpc.SecurityGroupEgressRule(
            name,
            {
                securityGroupId: this.securityGroupId,
                // By range, since the containers' group does not exist yet when the target is made. They admit this
                // group alone.
                description: `To targets on port ${String(port)}`,
                cidrIpv4: this.network.cidrBlock,
                ipProtocol: "tcp",
                fromPort: port,
                toPort: port,
                tags: this.tags(name),
            },
            this.child(),
        );
        this.egressRules.set(port, rule);
        return rule;
    }

    private declareSignals(): Signal[] {
        const name = this.componentName;
        return [
            {
                name: `${name}-errors`,
                title: `Requests that ${name} could not hand to a target (%)`,
                metric: this.metrics.balancerErrorPercent(),
                comparison: "above",
                // An availability objective of 99.9 % a month is 43 minutes of outage: at 1 % of failing requests, three
                // days use it up; sooner alarms would fire on every single refused connection.
                threshold: 1,
                evaluationPeriods: 5,
                datapointsToAlarm: 3,
                severity: "page",
                runbook: "load-balancer-errors",
                growthStep: "add-tasks",
            },
            {
                name: `${name}-rejected-connections`,
                title: `Connections that ${name} rejected`,
                metric: this.metrics.rejectedConnections(),
                comparison: "above",
                // The balancer rejects only when it has reached its own limit: any is too many.
                threshold: 0,
                evaluationPeriods: 3,
                datapointsToAlarm: 2,
                severity: "page",
                runbook: "load-balancer-rejected-connections",
                growthStep: "cache-at-edge",
            },
            ...(this.protocol === "HTTPS" ? [this.tlsErrors()] : []),
        ];
    }

    private tlsErrors(): Signal {
        const name = this.componentName;
        return {
            name: `${name}-tls-errors`,
            title: `TLS connections to ${name} that failed`,
            metric: this.metrics.tlsErrors(),
            comparison: "above",
            // CloudFront is the only client: a certificate that no longer fits fails every connection, tens a minute on the
            // smallest site; a broken connection now and then is normal.
            threshold: 10,
            evaluationPeriods: 5,
            datapointsToAlarm: 3,
            severity: "page",
            runbook: "load-balancer-tls-errors",
        };
    }
}

function checkArgs(name: string, args: LoadBalancerArgs): void {
    const problems = new Problems();
    problems.require(
        name.length <= longestName,
        "name",
        name,
        `up to ${String(longestName)} characters (AWS allows 32, of which eight keep names unique)`,
        "balancer",
    );
    problems.require(
        args.network.zones.length >= 2,
        "network.zones",
        args.network.zones.map((zone) => zone.id),
        "two zones or more: AWS makes no Application Load Balancer in one",
        '["euc1-az1", "euc1-az2", "euc1-az3"]',
    );
    problems.throwIfAny(`LoadBalancer "${name}"`);
}
