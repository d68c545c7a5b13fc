import { CacheShardMetrics } from "./cache-metrics";
import { Signal } from "./signal";

/** A node accepts 65000 connections, whatever its type. */
const mostConnections = 65_000;

/**
 * The vital signs of one shard.
 *
 * @param name of the shard: `cache-shard-1`
 * @param evicting whether the cache is meant to throw entries out when it is full
 */
export function shardSignals(name: string, metrics: CacheShardMetrics, replicas: number, evicting: boolean): Signal[] {
    return [
        nodesSignal(name, metrics),
        ...loadSignals(name, metrics),
        ...memorySignals(name, metrics, evicting),
        ...(replicas > 0 ? [lagSignal(name, metrics)] : []),
    ];
}

/**
 * A node that fails is replaced within minutes, and its shard goes on with the others. Ten minutes without one, or all of
 * them silent, is no replacement any more.
 */
function nodesSignal(name: string, metrics: CacheShardMetrics): Signal {
    return {
        name: `${name}-nodes`,
        title: `A node of ${name} is down`,
        metric: metrics.nodesAlive(),
        comparison: "below",
        threshold: 100,
        evaluationPeriods: 10,
        severity: "page",
        missingData: "breaching",
        runbook: "cache-node-down",
    };
}

function loadSignals(name: string, metrics: CacheShardMetrics): Signal[] {
    return [
        {
            name: `${name}-engine-cpu`,
            title: `Engine CPU of ${name}`,
            metric: metrics.engineCpu(),
            comparison: "above",
            // Commands run on one thread: at 70 % of it they wait more than twice as long as they run.
            threshold: 70,
            evaluationPeriods: 15,
            severity: "ticket",
            runbook: "cache-engine-cpu",
            growthStep: "add-cache-shards",
        },
        {
            name: `${name}-engine-cpu-saturated`,
            title: `Engine CPU of ${name} is used up`,
            metric: metrics.engineCpu(),
            comparison: "above",
            // AWS' own recommendation for the engine's CPU.
            // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html
            threshold: 90,
            evaluationPeriods: 5,
            severity: "page",
            runbook: "cache-engine-cpu",
            growthStep: "add-cache-shards",
        },
        {
            name: `${name}-connections`,
            title: `Connections to ${name}`,
            metric: metrics.connections(),
            comparison: "above",
            // Half of the limit: after a failover the clients of one node come to another that has its own already.
            threshold: mostConnections / 2,
            evaluationPeriods: 5,
            severity: "ticket",
            runbook: "cache-connections",
            growthStep: "add-cache-shards",
        },
    ];
}

function memorySignals(name: string, metrics: CacheShardMetrics, evicting: boolean): Signal[] {
    const memory: Signal = {
        name: `${name}-memory`,
        title: `Memory of ${name}`,
        metric: metrics.memoryUsage(),
        comparison: "above",
        // From 80 % on there is little room for a burst. Where entries are not thrown out, writes fail at 100 %.
        threshold: 80,
        evaluationPeriods: 15,
        severity: evicting ? "ticket" : "page",
        runbook: "cache-memory",
        growthStep: "larger-cache-nodes",
    };
    const evictions: Signal = {
        name: `${name}-evictions`,
        title: `Entries that ${name} throws out`,
        metric: metrics.evictions(),
        comparison: "above",
        // A thousand a minute for half an hour: what is used no longer fits, and the database pays for it.
        threshold: 1000,
        evaluationPeriods: 30,
        severity: "ticket",
        runbook: "cache-memory",
        growthStep: "larger-cache-nodes",
    };
    const hitRate: Signal = {
        name: `${name}-hit-rate`,
        title: `Hit rate of ${name}`,
        metric: metrics.hitRate(),
        comparison: "below",
        // Below four in five, the database sees a fifth of all reads, and a cold cache after a failure multiplies its load
        // by less than five: a cache that saves so little is either too small or has keys that expire too soon.
        threshold: 80,
        evaluationPeriods: 12,
        severity: "ticket",
        runbook: "cache-hit-rate",
        growthStep: "larger-cache-nodes",
    };
    return [memory, ...(evicting ? [evictions] : []), hitRate];
}

function lagSignal(name: string, metrics: CacheShardMetrics): Signal {
    return {
        name: `${name}-replication-lag`,
        title: `Replication lag of ${name}`,
        metric: metrics.replicationLag(),
        comparison: "above",
        // What is lost when the primary fails now. It is well below a second when all is well.
        threshold: 10,
        evaluationPeriods: 10,
        severity: "ticket",
        runbook: "cache-replication-lag",
        growthStep: "larger-cache-nodes",
    };
}
