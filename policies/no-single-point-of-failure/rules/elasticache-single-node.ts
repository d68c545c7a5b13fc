import type { Node } from "../../shared/graph";
import type { Report } from "../../shared/finding";
import { inReplicationGroup } from "../../shared/relations/cache-clusters";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

const REPLICATION_GROUP =
    "create an `aws.elasticache.ReplicationGroup` with `numCacheClusters: 2`, `automaticFailoverEnabled: true` and `multiAzEnabled: true` instead";

export const elasticacheSingleNode = defineStackRule({
    id: "elasticache-single-node",
    title: "A cache is more than one node, in more than one availability zone",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01", "REL11-BP02"] },
    why: "when its node or its zone fails, all of the cache is gone and its load falls on the database",
    fix: REPLICATION_GROUP,
    url: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Replication.html",
    tokens: TOKENS.elasticacheCluster,
    guards: ["engine", "numCacheNodes", "azMode", "replicationGroupId"],
    check: (graph, on) => {
        for (const cluster of graph.all("elasticacheCluster")) {
            const member = inReplicationGroup(graph, cluster);
            const report = on(cluster);
            if (member === "open") {
                report.undetermined("replicationGroupId");
            } else if (!member) {
                judge(cluster, report);
            }
        }
    },
});

function judge(cluster: Node, report: Report): void {
    const engine = cluster.str("engine");
    const nodes = cluster.num("numCacheNodes");
    if (engine === UNKNOWN) {
        report.undetermined("engine");
        return;
    }
    if (engine !== undefined && engine !== "memcached") {
        report.violation("numCacheNodes", `cannot be more than 1 with engine ${known(engine)}`);
        return;
    }
    if (nodes === UNKNOWN) {
        report.undetermined("numCacheNodes");
        return;
    }
    if ((nodes ?? 1) < 2) {
        report.violation(
            "numCacheNodes",
            nodes === undefined ? "is not set" : `is ${nodes}`,
            'set `numCacheNodes` to 2 or more and `azMode: "cross-az"`',
        );
        return;
    }
    // Memcached copies nothing: its nodes' zones decide how much of it is left.
    const mode = cluster.str("azMode");
    if (mode === UNKNOWN) {
        report.undetermined("azMode");
    } else if (mode !== "cross-az") {
        report.violation(
            "azMode",
            `${mode === undefined ? "is not set" : "is single-az"}, which keeps every node in one zone`,
            'set `azMode: "cross-az"`',
        );
    }
}

/** The engines by name; anything else stays unsaid. */
function known(engine: string): string {
    return ["redis", "valkey"].includes(engine) ? engine : "other than memcached";
}
