import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { currentAccount } from "../account";
import { Component, ComponentArgs } from "../component";
import { Compute, JobArgs, ServiceArgs, WorkerArgs } from "../compute";
import { KeyReference } from "../key-reference";
import { requireLogRetention } from "../log-retention";
import { NetworkReference } from "../network-reference";
import { policyDocument } from "../policy-document";
import { Problems } from "../problems";
import { Signal } from "../signal";
import { EcsCluster, logGroupPrefix } from "./ecs-cluster";
import { EcsJob } from "./ecs-job";
import { fargateQuotaUse } from "./ecs-metrics";
import { EcsService } from "./ecs-service";
import { EcsWorker } from "./ecs-worker";

export interface EcsComputeArgs extends ComponentArgs {
    /** Where the tasks run: in its private subnets, spread over all of their zones. */
    network: NetworkReference;
    /** Customer key that encrypts all logs, and the sessions of ECS Exec. Its policy must admit CloudWatch Logs. */
    logsKey: KeyReference;
    /** Days that the cluster's own logs are kept: metrics of Container Insights, shells, events. Default 30. */
    logRetentionDays?: number;
    /**
     * Customer key that encrypts the tasks' ephemeral storage. Its policy must admit `fargate.amazonaws.com` with
     * `kms:GenerateDataKeyWithoutPlaintext` and `kms:CreateGrant`. Default: a key that AWS owns.
     */
    storageKey?: KeyReference;
    /**
     * Whether an update waits until each deployment has come to rest, and fails when it was rolled back. A plain boolean.
     * Default true. Write false for a first update that happens before any image was pushed.
     */
    waitForSteadyState?: boolean;
}

/**
 * Containers on ECS with Fargate: a cluster with Container Insights, and the factory of the services, workers and jobs on it.
 *
 * - Services and workers are spread over the zones of the network's private subnets, without public addresses.
 * - A deployment keeps the full capacity, is rolled back when its tasks do not become healthy or when one of the given
 *   alarms fires, and then fails the update too.
 * - Containers get a read-only root file system, an unprivileged user, no capabilities, `/tmp` to write to, and exactly
 *   the permissions, ports and secrets of the bindings that they use. An image whose unprivileged user writes to `/tmp`
 *   declares `VOLUME ["/tmp"]`: Fargate takes owner and mode of the empty volume from it.
 * - A job runs to its end in the update, whenever what it runs changed, before the services and workers that name it. Where it
 *   fails, they are not touched.
 * - Everything that is logged lies in log groups that belong to the component, encrypted and with an end.
 *
 * Nothing in it holds state. Moving to other sizes and counts replaces no service; a new task definition is a rolling
 * deployment. The cluster itself costs nothing; Container Insights costs about 0.07 USD per metric and month, some
 * 10 USD a service.
 *
 * ```ts
 * import { EcsCompute } from "./ecs/ecs-compute";
 * import { EncryptionKey } from "./encryption-key";
 * import { Network } from "./network";
 * import { WorkQueue } from "./work-queue";
 *
 * const region = "eu-central-1";
 * const logsKey = new EncryptionKey("logs", { purpose: "logs", users: ["logs", "ecs-exec"] });
 * const messagesKey = new EncryptionKey("messages", { purpose: "messages", users: ["sqs"] });
 * const network = new Network("network", {
 *     region,
 *     cidrBlock: "10.0.0.0/16",
 *     zoneIds: ["euc1-az1", "euc1-az2", "euc1-az3"],
 *     natGateways: "per-zone",
 *     flowLogs: { retentionDays: 30, keyArn: logsKey.arn },
 * });
 * const jobs = new WorkQueue("jobs", { key: messagesKey, visibilityTimeoutSeconds: 60 });
 * const compute = new EcsCompute("compute", { network, logsKey });
 * const image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1.4.2";
 * const migrations = compute.job("migrate", {
 *     image,
 *     command: ["migrate"],
 *     size: { cpu: 0.25, memory: 512 },
 *     logRetentionDays: 30,
 * });
 * const worker = compute.worker("worker", {
 *     image,
 *     command: ["worker"],
 *     size: { cpu: 0.5, memory: 1024 },
 *     uses: [jobs.consumer],
 *     source: jobs,
 *     after: [migrations],
 *     scaling: { minimum: 2, maximum: 20, acceptableLatencySeconds: 30, processingSeconds: 2, concurrency: 5 },
 *     logRetentionDays: 30,
 * });
 * export const workerName = worker.workloadName;
 * ```
 */
export class EcsCompute extends Component implements Compute {
    readonly clusterArn: pulumi.Output<string>;
    readonly clusterName: pulumi.Output<string>;
    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly targetTags = {};
    private readonly cluster: EcsCluster;

    constructor(
        name: string,
        private readonly args: EcsComputeArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("EcsCompute", name, args, opts);
        checkArgs(name, args);

        const suffix = this.createSuffix();
        const shells = this.createLogGroup("shells", pulumi.interpolate`${logGroupPrefix(name)}shells/${suffix}`);
        const events = this.createLogGroup("events", pulumi.interpolate`${logGroupPrefix(name)}events/${suffix}`);
        const insights = this.createInsightsLogGroup(suffix);
        const cluster = this.createCluster(suffix, shells, insights);
        const capacity = this.createCapacity(cluster);
        this.logEvents(cluster, events);

        this.cluster = {
            arn: cluster.arn,
            name: cluster.name,
            account: currentAccount(this),
            network: args.network,
            logsKey: args.logsKey,
            shellLogGroupArn: shells.arn,
            eventLogGroupArn: events.arn,
            waitForSteadyState: args.waitForSteadyState ?? true,
            ready: [capacity],
        };
        this.clusterArn = cluster.arn;
        this.clusterName = cluster.name;
        this.tier = name;
        this.signals = [quotaSignal(name)];
        this.registerOutputs({ clusterArn: this.clusterArn, clusterName: this.clusterName });
    }

    service(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions): EcsService {
        return new EcsService(name, this.cluster, this.withTags(args), this.workloadOptions(opts));
    }

    worker(name: string, args: WorkerArgs, opts?: pulumi.ComponentResourceOptions): EcsWorker {
        return new EcsWorker(name, this.cluster, this.withTags(args), this.workloadOptions(opts));
    }

    job(name: string, args: JobArgs, opts?: pulumi.ComponentResourceOptions): EcsJob {
        return new EcsJob(name, this.cluster, this.withTags(args), this.workloadOptions(opts));
    }

    private withTags<A extends ComponentArgs>(args: A): A {
        return { ...args, tags: { ...this.inheritedTags, ...args.tags } };
    }

    private workloadOptions(opts?: pulumi.ComponentResourceOptions): pulumi.ComponentResourceOptions {
        return pulumi.mergeOptions({ parent: this }, opts);
    }

    /** The cluster has a name of its own because the log group of Container Insights is named after it. */
    private createSuffix(): pulumi.Output<string> {
        return new random.RandomId(this.componentName, { byteLength: 4 }, this.child()).hex;
    }

    private createLogGroup(kind: string, groupName: pulumi.Input<string>): aws.cloudwatch.LogGroup {
        const childName = `${this.componentName}-${kind}`;
        return new aws.cloudwatch.LogGroup(
            childName,
            {
                name: groupName,
                retentionInDays: this.args.logRetentionDays ?? 30,
                kmsKeyId: this.args.logsKey.arn,
                tags: this.tags(childName),
            },
            this.child(),
        );
    }

    /** ECS would create this group itself, without an end, a key or tags, were it not there before the cluster. */
    private createInsightsLogGroup(suffix: pulumi.Output<string>): aws.cloudwatch.LogGroup {
        const clusterName = this.physicalClusterName(suffix);
        return this.createLogGroup(
            "insights",
            pulumi.interpolate`/aws/ecs/containerinsights/${clusterName}/performance`,
        );
    }

    private physicalClusterName(suffix: pulumi.Output<string>): pulumi.Output<string> {
        return pulumi.interpolate`${this.componentName}-${suffix}`;
    }

    private createCluster(
        suffix: pulumi.Output<string>,
        shells: aws.cloudwatch.LogGroup,
        insights: aws.cloudwatch.LogGroup,
    ): aws.ecs.Cluster {
        const { logsKey, storageKey } = this.args;
        return new aws.ecs.Cluster(
            this.componentName,
            {
                name: this.physicalClusterName(suffix),
                settings: [{ name: "containerInsights", value: "enhanced" }],
                configuration: {
                    executeCommandConfiguration: {
                        kmsKeyId: logsKey.arn,
                        logging: "OVERRIDE",
                        logConfiguration: {
                            cloudWatchEncryptionEnabled: true,
                            cloudWatchLogGroupName: shells.name,
                        },
                    },
                    ...(storageKey === undefined
                        ? {}
                        : { managedStorageConfiguration: { fargateEphemeralStorageKmsKeyId: storageKey.arn } }),
                },
                tags: this.tags(this.componentName),
            },
            this.child({ dependsOn: [insights] }),
        );
    }

    /** Whatever is started without saying where runs on demand: Spot is taken back at two minutes' notice. */
    private createCapacity(cluster: aws.ecs.Cluster): aws.ecs.ClusterCapacityProviders {
        return new aws.ecs.ClusterCapacityProviders(
            this.componentName,
            {
                clusterName: cluster.name,
                capacityProviders: ["FARGATE", "FARGATE_SPOT"],
                defaultCapacityProviderStrategies: [{ capacityProvider: "FARGATE", base: 1, weight: 1 }],
            },
            this.child(),
        );
    }

    /** Keeps why tasks stopped: ECS itself forgets it after an hour. */
    private logEvents(cluster: aws.ecs.Cluster, events: aws.cloudwatch.LogGroup): void {
        const childName = `${this.componentName}-events`;
        const { partition, id } = currentAccount(this);
        const permission = new aws.cloudwatch.LogResourcePolicy(
            childName,
            {
                policyName: events.name.apply((name) => name.replace(/^\//, "").replaceAll("/", "-")),
                policyDocument: policyDocument([
                    {
                        Sid: "WriteEvents",
                        Effect: "Allow",
                        Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
                        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                        Resource: pulumi.interpolate`arn:${partition}:logs:${this.args.network.region}:${id}:log-group:${logGroupPrefix(this.componentName)}events/*`,
                    },
                ]),
            },
            this.child(),
        );
        const rule = new aws.cloudwatch.EventRule(
            childName,
            {
                description: `Tasks of ${this.componentName} that stopped, and what its services could not do`,
                eventPattern: pulumi.jsonStringify({
                    source: ["aws.ecs"],
                    $or: [
                        {
                            "detail-type": ["ECS Task State Change"],
                            detail: { clusterArn: [cluster.arn], lastStatus: ["STOPPED"] },
                        },
                        {
                            "detail-type": ["ECS Service Action"],
                            detail: { clusterArn: [cluster.arn], eventType: ["WARN", "ERROR"] },
                        },
                    ],
                }),
                tags: this.tags(childName),
            },
            this.child(),
        );
        new aws.cloudwatch.EventTarget(
            childName,
            { rule: rule.name, arn: events.arn },
            this.child({ dependsOn: [permission] }),
        );
    }
}

/** A new account may run 6 virtual CPUs at a time: scaling that hits the quota stops without a word. */
function quotaSignal(name: string): Signal {
    return {
        name: `${name}-fargate-quota`,
        title: `Fargate quota in use, in percent`,
        metric: fargateQuotaUse(),
        comparison: "above",
        // An increase takes days to be granted, and losing a zone may double what two others have to start.
        threshold: 70,
        evaluationPeriods: 3,
        severity: "ticket",
        runbook: "compute-fargate-quota",
        growthStep: "add-tasks",
    };
}

function checkArgs(name: string, args: EcsComputeArgs): void {
    const problems = new Problems();
    requireLogRetention(problems, args.logRetentionDays ?? 30);
    problems.require(
        args.network.privateSubnets.length > 0,
        "network.privateSubnets",
        args.network.privateSubnets,
        "one private subnet a zone",
        "a Network, or a NetworkReference with its privateSubnets",
    );
    problems.throwIfAny(`EcsCompute "${name}"`);
}
