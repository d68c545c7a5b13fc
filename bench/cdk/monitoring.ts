import { Dashboard, GraphWidget, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { WatchedAlarm, watch } from "./alarms";
import { Balancer } from "./balancer";
import { Compute } from "./compute";
import { Cache, Database, WorkQueue } from "./data";
import { Network } from "./network";

export interface MonitoringProps {
    topic: ITopic;
    network: Network;
    balancer: Balancer;
    compute: Compute;
    database: Database;
    cache: Cache;
    jobs: WorkQueue;
}

/** A metric's name, its statistic, its threshold, and whether less is worse. */
type Row = readonly [metricName: string, statistic: string, threshold: number, below?: "below"];

function rows(
    tier: string,
    namespace: string,
    dimensions: Record<string, string>,
    list: readonly Row[],
): WatchedAlarm[] {
    return list.map(([metricName, statistic, threshold, below]) => ({
        name: `${tier}-${metricName}`,
        namespace,
        metricName,
        dimensions,
        statistic,
        threshold,
        below: below === "below",
    }));
}

/** Alarms on every tier, and one dashboard of the same metrics. */
export class Monitoring extends Construct {
    constructor(scope: Construct, id: string, props: MonitoringProps) {
        super(scope, id);
        const tiers: Record<string, WatchedAlarm[]> = {
            network: network(props),
            balancer: balancer(props),
            services: services(props),
            database: database(props),
            cache: cache(props),
            jobs: jobs(props),
        };
        watch(this, props.topic, Object.values(tiers).flat());
        const dashboard = new Dashboard(this, "dashboard", { dashboardName: "headroom" });
        for (const [title, watched] of Object.entries(tiers)) {
            dashboard.addWidgets(
                ...watched.map(
                    (one) =>
                        new GraphWidget({
                            title: `${title}: ${one.metricName}`,
                            left: [
                                new Metric({
                                    namespace: one.namespace,
                                    metricName: one.metricName,
                                    dimensionsMap: one.dimensions,
                                    statistic: one.statistic,
                                }),
                            ],
                        }),
                ),
            );
        }
    }
}

function network({ network }: MonitoringProps): WatchedAlarm[] {
    return network.vpc.publicSubnets.flatMap((subnet, place) =>
        rows(`nat-az${place + 1}`, "AWS/NATGateway", { NatGatewayId: subnet.node.id }, [
            ["ErrorPortAllocation", "Sum", 1],
            ["PacketsDropCount", "Sum", 100],
        ]),
    );
}

function balancer({ balancer }: MonitoringProps): WatchedAlarm[] {
    const whole = { LoadBalancer: balancer.balancer.loadBalancerFullName };
    return [
        ...rows("balancer", "AWS/ApplicationELB", whole, [
            ["HTTPCode_ELB_5XX_Count", "Sum", 10],
            ["RejectedConnectionCount", "Sum", 1],
            ["ClientTLSNegotiationErrorCount", "Sum", 100],
        ]),
        ...rows("target", "AWS/ApplicationELB", { ...whole, TargetGroup: balancer.target.targetGroupFullName }, [
            ["HTTPCode_Target_5XX_Count", "Sum", 10],
            ["TargetResponseTime", "p99", 1],
            ["HealthyHostCount", "Minimum", 6, "below"],
            ["UnHealthyHostCount", "Maximum", 1],
            ["TargetConnectionErrorCount", "Sum", 10],
        ]),
    ];
}

function services({ compute }: MonitoringProps): WatchedAlarm[] {
    return [compute.web, compute.worker].flatMap((service) =>
        rows(
            service.node.id,
            "ECS/ContainerInsights",
            { ClusterName: compute.cluster.clusterName, ServiceName: service.serviceName },
            [
                ["CpuUtilized", "Average", 85],
                ["MemoryUtilized", "Average", 85],
                ["RunningTaskCount", "Minimum", 2, "below"],
                ["RestartCount", "Sum", 3],
                ["TaskCpuUtilization", "Maximum", 95],
            ],
        ),
    );
}

function database({ database }: MonitoringProps): WatchedAlarm[] {
    const primary = rows("database", "AWS/RDS", { DBInstanceIdentifier: database.primary.instanceIdentifier }, [
        ["CPUUtilization", "Average", 70],
        ["FreeableMemory", "Minimum", 2 ** 31, "below"],
        ["DatabaseConnections", "Maximum", 2900],
        ["FreeStorageSpace", "Minimum", 40 * 2 ** 30, "below"],
        ["WriteIOPS", "Average", 2400],
        ["DiskQueueDepth", "Average", 10],
        ["MaximumUsedTransactionIDs", "Maximum", 1e9],
        ["OldestReplicationSlotLag", "Maximum", 1e10],
    ]);
    const replicas = database.replicas.flatMap((replica) =>
        rows(replica.node.id, "AWS/RDS", { DBInstanceIdentifier: replica.instanceIdentifier }, [
            ["ReplicaLag", "Maximum", 30],
            ["CPUUtilization", "Average", 70],
            ["FreeableMemory", "Minimum", 2 ** 31, "below"],
            ["DatabaseConnections", "Maximum", 2900],
        ]),
    );
    return [...primary, ...replicas];
}

function cache({ cache }: MonitoringProps): WatchedAlarm[] {
    return ["0001", "0002"].flatMap((shard) =>
        rows(`cache-${shard}`, "AWS/ElastiCache", { ReplicationGroupId: cache.name, NodeGroupId: shard }, [
            ["EngineCPUUtilization", "Average", 70],
            ["DatabaseMemoryUsagePercentage", "Maximum", 80],
            ["Evictions", "Sum", 1000],
            ["CurrConnections", "Maximum", 50_000],
            ["ReplicationLag", "Maximum", 10],
        ]),
    );
}

function jobs({ jobs }: MonitoringProps): WatchedAlarm[] {
    return [
        ...rows("jobs", "AWS/SQS", { QueueName: jobs.queue.queueName }, [
            ["ApproximateAgeOfOldestMessage", "Maximum", 300],
            ["ApproximateNumberOfMessagesVisible", "Maximum", 10_000],
        ]),
        ...rows("dead-letters", "AWS/SQS", { QueueName: jobs.deadLetters.queueName }, [
            ["ApproximateNumberOfMessagesVisible", "Maximum", 1],
        ]),
    ];
}
