/**
 * The steps by which the system grows, each the answer to a measured bottleneck. A signal names the step that it calls
 * for; the runbook says how to take it. Order is the usual order in which they fall due.
 */
export const growthSteps = {
    "add-tasks": "Raise the service's maximum, so that autoscaling can go on.",
    "larger-tasks": "Give each task more CPU or memory.",
    "add-workers": "Raise the worker's maximum, or its concurrency.",
    "larger-cache-nodes": "Move the cache to a larger node type.",
    "add-cache-shards": "Add a shard to the cache.",
    "add-read-replicas": "Move reads to replicas, or add one.",
    "larger-database": "Move the database to a larger instance class.",
    "more-database-storage": "Raise the storage ceiling, the provisioned IOPS or the throughput.",
    "larger-network": "Add address space, NAT gateways or endpoints.",
    "cache-at-edge": "Cache more at the CDN.",
    "move-to-aurora": "Move to Aurora: more than the largest single writer with its replicas can give.",
    "add-region": "Serve from a second region.",
} as const;

/** The name of a step of growth. */
export type GrowthStep = keyof typeof growthSteps;
