import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { combineBindings } from "../binding";
import { Component } from "../component";
import { ServiceTarget, Workload } from "../compute";
import { FailureDomain } from "../failure-domain";
import { Signal } from "../signal";
import { ScaledWorkloadArgs } from "../check-workload";
import { workloadEnvironment } from "../workload-environment";
import { WorkloadFacts, workloadSignals } from "../workload-signals";
import { EcsCluster } from "./ecs-cluster";
import { EcsMetrics, ecsMetrics, ecsReadings } from "./ecs-metrics";
import { EcsSecurityGroup } from "./ecs-security-group";
import { EcsTask } from "./ecs-task";
import { rollbackProblem } from "./rollback";

/** What tells a service from a worker. */
export interface EcsWorkloadKind {
    /** The class's name. */
    readonly kind: "EcsService" | "EcsWorker";
    /** What balances the load; nothing does for a worker. */
    readonly target?: ServiceTarget;
    readonly healthCheckGraceSeconds?: number;
    readonly growthStep: WorkloadFacts["growthStep"];
}

/** A deployment of hundreds of tasks, 200 % at a time, takes its time; so does the rollback that follows a bad one. */
const deploymentTimeout = "40m";

/**
 * What a service and a worker on ECS have in common: a task definition, a closed security group, an ECS service that
 * spreads over the zones and rolls back what does not work, and the range in which it scales. How it scales is the
 * subclass's part.
 */
export abstract class EcsWorkload extends Component implements Workload {
    readonly securityGroupId: pulumi.Output<string>;
    /** The name of the ECS service. */
    readonly workloadName: pulumi.Output<string>;
    /** The log group of the containers. */
    readonly logGroupName: pulumi.Output<string>;
    /** ARN of the task definition that runs. Fails when the deployment of a new one was rolled back. */
    readonly runningDefinitionArn: pulumi.Output<string>;
    readonly metrics: EcsMetrics;
    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly failureDomain: FailureDomain;
    /** The range in which the workload scales; policies refer to it. */
    protected readonly scalingTarget: aws.appautoscaling.Target;

    protected constructor(
        name: string,
        protected readonly cluster: EcsCluster,
        args: ScaledWorkloadArgs,
        private readonly kind: EcsWorkloadKind,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super(kind.kind, name, args, opts);
        const binding = combineBindings(args.uses ?? [], workloadEnvironment(args, "emf"));

        const group = new EcsSecurityGroup(
            name,
            {
                network: cluster.network,
                target: kind.target,
                connections: binding.connections,
                internet: args.internet ?? "https",
                tags: args.tags,
            },
            this.child(),
        );
        const task = new EcsTask(
            name,
            {
                cluster,
                workload: args,
                binding,
                port: kind.target?.port,
                protectsItself: kind.kind === "EcsWorker",
                tags: args.tags,
            },
            this.child(),
        );
        const service = this.createService(args, task, group);
        const failedDeployments = this.watchDeployments(service);
        this.scalingTarget = this.createScalingTarget(service, args.scaling);

        this.securityGroupId = group.securityGroupId;
        this.workloadName = service.name;
        this.logGroupName = task.logGroupName;
        this.runningDefinitionArn = this.refuseRollback(task, service);
        this.metrics = ecsMetrics(cluster.name, service.name, failedDeployments.name);
        this.tier = name;
        this.signals = workloadSignals(ecsReadings(this.metrics), {
            name,
            ...args.scaling,
            growthStep: kind.growthStep,
        });
        this.failureDomain = {
            tier: name,
            unit: "task",
            units: args.scaling.minimum,
            zones: new Set(cluster.network.privateSubnets.map((subnet) => subnet.zone.id)).size,
            needed: args.neededTasks ?? 1,
        };
    }

    private createService(args: ScaledWorkloadArgs, task: EcsTask, group: EcsSecurityGroup): aws.ecs.Service {
        const { cluster, kind } = this;
        const rollbackAlarms = args.rollbackAlarms ?? [];
        return new aws.ecs.Service(
            this.componentName,
            {
                cluster: cluster.arn,
                taskDefinition: task.definitionArn,
                // Where scaling starts. From then on the count belongs to scaling, see ignoreChanges.
                desiredCount: args.scaling.minimum,
                capacityProviderStrategies: [{ capacityProvider: "FARGATE", base: 1, weight: 1 }],
                // Another capacity provider would otherwise replace the service. A deployment happens on changes only.
                forceNewDeployment: true,
                networkConfiguration: {
                    subnets: cluster.network.privateSubnets.map((subnet) => subnet.id),
                    securityGroups: [group.securityGroupId],
                    assignPublicIp: false,
                },
                availabilityZoneRebalancing: "ENABLED",
                // New tasks first, old ones go when they are healthy: capacity never drops during a deployment.
                deploymentMinimumHealthyPercent: 100,
                deploymentMaximumPercent: 200,
                deploymentCircuitBreaker: { enable: true, rollback: true },
                ...(rollbackAlarms.length === 0
                    ? {}
                    : { alarms: { alarmNames: [...rollbackAlarms], enable: true, rollback: true } }),
                ...(kind.target === undefined ? {} : this.loadBalancerArgs(kind.target)),
                enableExecuteCommand: args.interactiveAccess ?? false,
                enableEcsManagedTags: true,
                propagateTags: "SERVICE",
                waitForSteadyState: cluster.waitForSteadyState,
                // What the policy az-loss-capacity holds the floor against.
                tags: this.tags(this.componentName, { NeededCapacity: String(args.neededTasks ?? 1) }),
            },
            this.child({
                ignoreChanges: ["desiredCount"],
                customTimeouts: { create: deploymentTimeout, update: deploymentTimeout },
                dependsOn: [
                    ...cluster.ready,
                    ...cluster.network.egressReady,
                    ...task.ready,
                    ...group.ready,
                    ...(kind.target?.ready ?? []),
                    ...(args.after ?? []).flatMap((job) => job.completed),
                ],
            }),
        );
    }

    private loadBalancerArgs(target: ServiceTarget): Partial<aws.ecs.ServiceArgs> {
        return {
            loadBalancers: [
                {
                    targetGroupArn: target.targetGroupArn,
                    containerName: this.componentName,
                    containerPort: target.port,
                },
            ],
            healthCheckGracePeriodSeconds: this.kind.healthCheckGraceSeconds ?? 60,
        };
    }

    /** An error in here fails the update, though every resource was updated. Without waiting there is nothing to compare. */
    private refuseRollback(task: EcsTask, service: aws.ecs.Service): pulumi.Output<string> {
        return pulumi
            .all([task.definitionArn, service.taskDefinition, service.name])
            .apply(([wanted, running, serviceName]) => {
                const problem = rollbackProblem({ name: this.componentName, serviceName, wanted, running });
                if (this.cluster.waitForSteadyState && problem !== undefined) {
                    throw new Error(problem);
                }
                return wanted;
            });
    }

    /** ECS publishes no metric of failed deployments, but EventBridge counts what a rule matches. */
    private watchDeployments(service: aws.ecs.Service): aws.cloudwatch.EventRule {
        const childName = `${this.componentName}-deployment-failed`;
        const rule = new aws.cloudwatch.EventRule(
            childName,
            {
                description: `Failed deployments of ${this.componentName}`,
                eventPattern: pulumi.jsonStringify({
                    source: ["aws.ecs"],
                    "detail-type": ["ECS Deployment State Change"],
                    resources: [service.arn],
                    detail: { eventName: ["SERVICE_DEPLOYMENT_FAILED"] },
                }),
                tags: this.tags(childName),
            },
            this.child(),
        );
        new aws.cloudwatch.EventTarget(
            childName,
            { rule: rule.name, arn: this.cluster.eventLogGroupArn },
            this.child(),
        );
        return rule;
    }

    private createScalingTarget(
        service: aws.ecs.Service,
        { minimum, maximum }: ScaledWorkloadArgs["scaling"],
    ): aws.appautoscaling.Target {
        return new aws.appautoscaling.Target(
            this.componentName,
            {
                serviceNamespace: "ecs",
                scalableDimension: "ecs:service:DesiredCount",
                resourceId: pulumi.interpolate`service/${this.cluster.name}/${service.name}`,
                minCapacity: minimum,
                maxCapacity: maximum,
                tags: this.tags(this.componentName),
            },
            this.child(),
        );
    }

    /** A policy that keeps one metric at its target. */
    protected trackTarget(
        what: string,
        configuration: aws.types.input.appautoscaling.PolicyTargetTrackingScalingPolicyConfiguration,
    ): aws.appautoscaling.Policy {
        return this.createPolicy(what, {
            policyType: "TargetTrackingScaling",
            targetTrackingScalingPolicyConfiguration: {
                // Out fast: a task takes a minute to start anyway. In slowly: the next peak is near, and tasks are cheap.
                scaleOutCooldown: 60,
                scaleInCooldown: 300,
                ...configuration,
            },
        });
    }

    protected createPolicy(
        what: string,
        policy: Omit<aws.appautoscaling.PolicyArgs, "resourceId" | "scalableDimension" | "serviceNamespace">,
    ): aws.appautoscaling.Policy {
        const { resourceId, scalableDimension, serviceNamespace } = this.scalingTarget;
        return new aws.appautoscaling.Policy(
            `${this.componentName}-${what}`,
            { resourceId, scalableDimension, serviceNamespace, ...policy },
            this.child(),
        );
    }
}
