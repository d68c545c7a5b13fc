import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { elements, UNKNOWN, type Maybe, type Readable } from "../../shared/unknown";

export const elasticacheMultiAz = defineResourceRule({
    id: "elasticache-multi-az",
    title: "A cache fails over by itself to a replica in another availability zone",
    severity: "high",
    frameworks: { fsbp: ["ElastiCache.3"], checkov: ["CKV2_AWS_50"], wellArchitected: ["REL10-BP01", "REL11-BP02"] },
    why: "when a node or its zone fails, its part of the cache is gone and its load falls on the database",
    fix: "set `multiAzEnabled: true`, `automaticFailoverEnabled: true` and one replica per shard at least (`replicasPerNodeGroup: 1`)",
    url: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html",
    tokens: TOKENS.elasticacheReplicationGroup,
    guards: [
        "multiAzEnabled",
        "automaticFailoverEnabled",
        "replicasPerNodeGroup",
        "numCacheClusters",
        "nodeGroupConfigurations",
    ],
    check: ({ inputs }, report) => {
        for (const property of ["multiAzEnabled", "automaticFailoverEnabled"]) {
            const value = inputs.bool(property);
            if (value === UNKNOWN) {
                report.undetermined(property);
            } else if (value !== true) {
                report.violation(property, value === false ? "is false" : "is not set", `set \`${property}: true\``);
            }
        }
        const { property, nodes } = nodesPerShard(inputs);
        if (nodes === UNKNOWN) {
            report.undetermined(property);
        } else if (nodes < 2) {
            report.violation(property, "leaves a shard without a replica", "give each shard one replica at least");
        }
    },
});

/** The fewest nodes of any shard: the primary and its replicas. One where nothing is said. */
function nodesPerShard(inputs: Readable): { property: string; nodes: number | typeof UNKNOWN } {
    const plusPrimary = (replicas: Maybe<number>): number | typeof UNKNOWN =>
        replicas === UNKNOWN ? UNKNOWN : 1 + (replicas ?? 0);
    if (inputs.get("replicasPerNodeGroup") !== undefined) {
        return { property: "replicasPerNodeGroup", nodes: plusPrimary(inputs.num("replicasPerNodeGroup")) };
    }
    const list = inputs.list("nodeGroupConfigurations");
    if (list === UNKNOWN) {
        return { property: "nodeGroupConfigurations", nodes: UNKNOWN };
    }
    const groups = elements(list);
    if (groups.length > 0) {
        const counts = groups.map((group) => plusPrimary(group.num("replicaCount")));
        const known = counts.filter((count) => count !== UNKNOWN);
        const fewest = Math.min(...known);
        return {
            property: "nodeGroupConfigurations",
            nodes: known.length < counts.length && fewest >= 2 ? UNKNOWN : fewest,
        };
    }
    const clusters = inputs.num("numCacheClusters");
    return { property: "numCacheClusters", nodes: clusters === UNKNOWN ? UNKNOWN : (clusters ?? 1) };
}
