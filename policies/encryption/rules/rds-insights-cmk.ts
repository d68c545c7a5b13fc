import type { Node, ResourceGraph } from "../../shared/graph";
import { isNode, keyReference, requireKey, single } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

const KEY = "performanceInsightsKmsKeyId";

export const rdsInsightsCmk = defineStackRule({
    id: "rds-insights-cmk",
    title: "Performance Insights are encrypted with a key of one's own",
    severity: "medium",
    frameworks: { checkov: ["CKV_AWS_354"], wellArchitected: ["SEC08-BP01", "SEC08-BP02"] },
    why: "they hold the texts of queries, and access to them cannot be limited or followed through the key, which cannot be changed later",
    fix: `set \`${KEY}\` to the ARN of a key of your own`,
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.access-control.html",
    tokens: tokensOf("rdsInstance", "rdsCluster", "rdsClusterInstance"),
    guards: [KEY],
    check: (graph, on) => {
        for (const database of graph.all("rdsInstance", "rdsCluster", "rdsClusterInstance")) {
            const enabled = (database.inputs ?? database).bool("performanceInsightsEnabled");
            if (enabled === true && !hasKeyOfCluster(graph, database)) {
                requireKey(graph, database, KEY, on(database));
            } else if (enabled === UNKNOWN && keyReference(graph, database, KEY) !== "set") {
                on(database).undetermined("performanceInsightsEnabled");
            }
        }
    },
});

/** Whether an instance that names no key has the one that its cluster is set up with. */
function hasKeyOfCluster(graph: ResourceGraph, database: Node): boolean {
    if (!database.is("rdsClusterInstance") || keyReference(graph, database, KEY) !== "unset") {
        return false;
    }
    const cluster = single(graph, database, "clusterIdentifier", "rdsCluster");
    return isNode(cluster) && keyReference(graph, cluster, KEY) === "set";
}
