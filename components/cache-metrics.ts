import * as pulumi from "@pulumi/pulumi";
import { MetricMath, Statistic } from "./signal";

/** A node of a cluster, by shard and place in it, both from 1 on. */
export interface CacheNode {
    readonly shard: number;
    readonly node: number;
}

/** What ElastiCache calls a node: `<group>-0001-002` is the second one of the first shard. */
export function nodeSuffix({ shard, node }: CacheNode): string {
    return `${String(shard).padStart(4, "0")}-${String(node).padStart(3, "0")}`;
}

/** The nodes of a shard: its primary and its replicas, whichever of them is the primary at the moment. */
export function shardNodes(shard: number, replicas: number): CacheNode[] {
    return Array.from({ length: replicas + 1 }, (_, index) => ({ shard, node: index + 1 }));
}

/** A formula over two metrics of each node can look at so many nodes, since an alarm reads ten metrics at the most. */
const nodesForPairs = 5;

/**
 * The CloudWatch metrics of one shard of a Valkey cluster.
 *
 * ElastiCache publishes them for each node, and alarms cannot search for nodes. The nodes' names follow from the group's,
 * so the metrics of a shard are formulas over its nodes: they hold after a failover, whichever node is the primary, and
 * there is one alarm for each shard and vital sign, not for each node.
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
 */
export class CacheShardMetrics {
    private readonly nodes: readonly CacheNode[];

    /**
     * @param replicationGroupId the group's id
     * @param shard from 1 on
     * @param replicas of the shard
     * @param label how dashboards name the shard
     */
    constructor(
        private readonly replicationGroupId: pulumi.Input<string>,
        shard: number,
        replicas: number,
        private readonly label: string,
    ) {
        this.nodes = shardNodes(shard, replicas);
    }

    /** Percent of the one CPU that runs commands, on the busiest node. */
    engineCpu(): MetricMath {
        return this.overNodes("MAX", "EngineCPUUtilization", "Average");
    }

    /** Percent of the memory for data that is in use, on the fullest node. */
    memoryUsage(): MetricMath {
        return this.overNodes("MAX", "DatabaseMemoryUsagePercentage", "Maximum");
    }

    /** Entries a minute that were thrown out to make room. */
    evictions(): MetricMath {
        return this.overNodes("SUM", "Evictions", "Sum");
    }

    /** Client connections, on the node that has most. */
    connections(): MetricMath {
        return this.overNodes("MAX", "CurrConnections", "Maximum");
    }

    /** Seconds by which the slowest replica is behind the primary. */
    replicationLag(): MetricMath {
        return this.overNodes("MAX", "ReplicationLag", "Maximum");
    }

    /** Connections a minute that failed to authenticate, by a wrong name or password. */
    authenticationFailures(): MetricMath {
        return this.overNodes("SUM", "AuthenticationFailures", "Sum");
    }

    /** Percent of the nodes that sent a sign of life. */
    nodesAlive(): MetricMath {
        const alive = this.overNodes("SUM", "EngineCPUUtilization", "SampleCount", "nodes alive");
        const terms = Object.keys(alive.metrics).map((id) => `FILL(${id}, 0)`);
        return {
            ...alive,
            expression: `100 * (${terms.map((term) => `IF(${term} > 0, 1, 0)`).join(" + ")}) / ${String(terms.length)}`,
        };
    }

    /**
     * Percent of reads that found their key, 100 while there are fewer than a thousand in five minutes, where the figure
     * says nothing. Looks at five nodes at the most.
     */
    hitRate(): MetricMath {
        const nodes = this.nodes.slice(0, nodesForPairs);
        const metrics = Object.fromEntries(
            nodes.flatMap((node) => [
                [`hits${String(node.node)}`, { ...this.metric(node, "CacheHits", "Sum"), period: 300 }],
                [`misses${String(node.node)}`, { ...this.metric(node, "CacheMisses", "Sum"), period: 300 }],
            ]),
        );
        const sum = (what: string) => nodes.map((node) => `FILL(${what}${String(node.node)}, 0)`).join(" + ");
        const [hits, misses] = [sum("hits"), sum("misses")];
        return {
            expression: `IF(${hits} + ${misses} < 1000, 100, 100 * (${hits}) / (${hits} + ${misses}))`,
            metrics,
            label: `${this.label} hit rate`,
        };
    }

    private overNodes(reduce: "MAX" | "SUM", metricName: string, statistic: Statistic, what = metricName): MetricMath {
        const ids = this.nodes.map((node) => `node${String(node.node)}`);
        return {
            // A node that is being replaced, and a primary that has no lag, send nothing: zero stands in for them.
            expression: `${reduce}([${ids.map((id) => `FILL(${id}, 0)`).join(", ")}])`,
            metrics: Object.fromEntries(
                this.nodes.map((node) => [`node${String(node.node)}`, this.metric(node, metricName, statistic)]),
            ),
            label: `${this.label} ${what}`,
        };
    }

    private metric(node: CacheNode, metricName: string, statistic: Statistic) {
        const suffix = nodeSuffix(node);
        return {
            namespace: "AWS/ElastiCache",
            metricName,
            dimensions: { CacheClusterId: pulumi.interpolate`${this.replicationGroupId}-${suffix}` },
            statistic,
            label: `${suffix} ${metricName}`,
        };
    }
}
