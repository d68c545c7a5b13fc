import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "./component";
import { ServiceTarget } from "./compute";
import { LoadBalancerTargetMetrics } from "./load-balancer-metrics";
import { isWhole, Problems } from "./problems";
import { Signal, SignalSource } from "./signal";

export interface LoadBalancerTargetArgs extends ComponentArgs {
    /** Port that the containers listen on, a plain number. Another port makes another target group. */
    port: number;
    /**
     * What the containers speak. Default `HTTPS`; their certificate is not verified, so a self-signed one made at start will
     * do. Containers must speak TLS 1.2 too: the balancer's health checks do not speak 1.3 only.
     */
    protocol?: "HTTPS" | "HTTP";
    /**
     * Path that answers 200 while a container takes requests: `/health/accepting`. It should not fail for what all containers
     * share, such as a database: ECS replaces the tasks that fail it, which would be all of them.
     */
    healthCheckPath: string;
    /** Order among the listener's rules, 1 to 50000, the lowest first; unique. Leave gaps of 100. A plain number. */
    priority: number;
    /** Paths that lead here, up to five with `*` and `?`. Default `["/*"]`, everything. */
    pathPatterns?: readonly string[];
    /**
     * Seconds that a container which is leaving still gets to finish its requests. Default 60, twice the longest that
     * CloudFront waits for an answer; AWS's own 300 makes each deployment five minutes longer.
     */
    deregistrationDelaySeconds?: number;
    /**
     * Seconds over which a new container's share of requests rises, 30 to 900; 0 is off. Default 0. When on, requests go round
     * in turn, otherwise to the container with the fewest open ones.
     */
    slowStartSeconds?: number;
    /**
     * Seconds that 99 of 100 requests stay under. Default 1: beyond it a person's train of thought is broken (Nielsen, 1993).
     */
    slowResponseSeconds?: number;
}

/** What a target needs from its balancer. */
export interface TargetBalancer {
    readonly listenerArn: pulumi.Input<string>;
    readonly balancerArnSuffix: pulumi.Output<string>;
    readonly securityGroupId: pulumi.Output<string>;
    readonly vpcId: pulumi.Input<string>;
    /** Lets the balancer connect to the target's port. */
    readonly egressRule: () => pulumi.Resource;
}

/** AWS names: 32 characters; autonaming adds eight of its own. */
const longestName = 24;

/**
 * A service's place behind a load balancer: a target group for the addresses of containers, and the rule that leads to it.
 * Made by `LoadBalancer.addTarget`.
 *
 * Its signals depend on the balancer and the target group alone, not on the service, so that they can undo a deployment of
 * the service. `port` and `protocol` replace the target group: the new one is made and the rule is moved to it before the
 * old one goes. Costs nothing by itself.
 *
 * ```ts
 * import { LoadBalancer } from "./load-balancer";
 * import { LoadBalancerTarget } from "./load-balancer-target";
 *
 * declare const balancer: LoadBalancer;
 *
 * const target: LoadBalancerTarget = balancer.addTarget("web", {
 *     port: 8443,
 *     healthCheckPath: "/health/accepting",
 *     priority: 100,
 * });
 * export const label = target.requestCountLabel;
 * ```
 */
export class LoadBalancerTarget extends Component implements ServiceTarget, SignalSource {
    readonly port: number;
    readonly protocol: "HTTPS" | "HTTP";
    readonly healthCheckPath: string;
    readonly sourceSecurityGroupId: pulumi.Output<string>;
    readonly targetGroupArn: pulumi.Output<string>;
    readonly requestCountLabel: pulumi.Output<string>;
    readonly metricDimensions: Readonly<Record<string, pulumi.Input<string>>>;
    readonly ready: readonly pulumi.Resource[];
    readonly metrics: LoadBalancerTargetMetrics;

    readonly tier: string;
    readonly signals: readonly Signal[];

    constructor(
        name: string,
        args: LoadBalancerTargetArgs,
        balancer: TargetBalancer,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("LoadBalancerTarget", name, args, opts);
        checkArgs(name, args);
        this.port = args.port;
        this.protocol = args.protocol ?? "HTTPS";
        this.healthCheckPath = args.healthCheckPath;
        const group = this.createTargetGroup(args, balancer);
        const rule = this.createListenerRule(args, balancer, group);

        this.sourceSecurityGroupId = balancer.securityGroupId;
        this.targetGroupArn = group.arn;
        this.requestCountLabel = pulumi.interpolate`${balancer.balancerArnSuffix}/${group.arnSuffix}`;
        this.metricDimensions = { LoadBalancer: balancer.balancerArnSuffix, TargetGroup: group.arnSuffix };
        this.ready = [rule, balancer.egressRule()];
        this.metrics = new LoadBalancerTargetMetrics(this.metricDimensions);
        this.tier = name;
        this.signals = this.declareSignals(args);
        this.registerOutputs({ targetGroupArn: this.targetGroupArn });
    }

    private createTargetGroup(args: LoadBalancerTargetArgs, { vpcId }: TargetBalancer): aws.lb.TargetGroup {
        const name = this.componentName;
        const { protocol } = this;
        const slowStart = args.slowStartSeconds ?? 0;
        return new aws.lb.TargetGroup(
            name,
            {
                vpcId,
                targetType: "ip",
                port: args.port,
                protocol,
                deregistrationDelay: args.deregistrationDelaySeconds ?? 60,
                // The two exclude each other.
                slowStart,
                loadBalancingAlgorithmType: slowStart > 0 ? "round_robin" : "least_outstanding_requests",
                healthCheck: {
                    enabled: true,
                    protocol,
                    path: args.healthCheckPath,
                    matcher: "200",
                    // A container is out after 30 s of failing and in after 20 s of answering.
                    interval: 10,
                    timeout: 5,
                    unhealthyThreshold: 3,
                    healthyThreshold: 2,
                },
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    private createListenerRule(
        args: LoadBalancerTargetArgs,
        balancer: TargetBalancer,
        group: aws.lb.TargetGroup,
    ): aws.lb.ListenerRule {
        const name = this.componentName;
        return new aws.lb.ListenerRule(
            name,
            {
                listenerArn: balancer.listenerArn,
                priority: args.priority,
                actions: [{ type: "forward", targetGroupArn: group.arn }],
                conditions: [{ pathPattern: { values: [...(args.pathPatterns ?? ["/*"])] } }],
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    private declareSignals(args: LoadBalancerTargetArgs): Signal[] {
        const name = this.componentName;
        return [
            {
                name: `${name}-errors`,
                title: `Requests that ${name} answered with 5xx (%)`,
                metric: this.metrics.errorPercent(),
                comparison: "above",
                // Ten times the error budget of 99.9 %: three minutes of it are no single bad request any more.
                threshold: 1,
                evaluationPeriods: 5,
                datapointsToAlarm: 3,
                severity: "page",
                runbook: "target-errors",
            },
            {
                name: `${name}-unhealthy`,
                title: `Containers of ${name} that fail their health check`,
                metric: this.metrics.unhealthyHosts(),
                comparison: "above",
                // The scheduler replaces an unhealthy container within two minutes: if one is there for five, replacing
                // does not help.
                threshold: 0,
                evaluationPeriods: 5,
                severity: "page",
                runbook: "target-unhealthy",
            },
            {
                name: `${name}-slow`,
                title: `Response time of ${name}, 99th percentile (s)`,
                metric: this.metrics.responseTime("p99"),
                comparison: "above",
                threshold: args.slowResponseSeconds ?? 1,
                evaluationPeriods: 10,
                datapointsToAlarm: 7,
                severity: "page",
                runbook: "target-slow",
                growthStep: "add-tasks",
            },
        ];
    }
}

function checkArgs(name: string, args: LoadBalancerTargetArgs): void {
    const problems = new Problems();
    const patterns = args.pathPatterns ?? ["/*"];
    const slowStart = args.slowStartSeconds ?? 0;
    const delay = args.deregistrationDelaySeconds ?? 60;
    const slow = args.slowResponseSeconds ?? 1;
    problems.require(name.length <= longestName, "name", name, `up to ${String(longestName)} characters`, "web");
    problems.require(isWhole(args.port, 1, 65535), "port", args.port, "a port from 1 to 65535", "8443");
    problems.require(isWhole(args.priority, 1, 50000), "priority", args.priority, "a number from 1 to 50000", "100");
    problems.require(
        args.healthCheckPath.startsWith("/"),
        "healthCheckPath",
        args.healthCheckPath,
        "a path that begins with /",
        "/health/accepting",
    );
    problems.require(
        patterns.length >= 1 && patterns.length <= 5,
        "pathPatterns",
        patterns,
        "one to five paths (AWS's limit for a rule)",
        '["/*"]',
    );
    problems.require(
        isWhole(delay, 0, 3600),
        "deregistrationDelaySeconds",
        delay,
        "a whole number of seconds from 0 to 3600",
        "60",
    );
    problems.require(
        slowStart === 0 || isWhole(slowStart, 30, 900),
        "slowStartSeconds",
        slowStart,
        "0, or a whole number of seconds from 30 to 900",
        "60",
    );
    problems.require(slow > 0, "slowResponseSeconds", slow, "a number of seconds above 0", "1");
    problems.throwIfAny(`LoadBalancerTarget "${name}"`);
}
