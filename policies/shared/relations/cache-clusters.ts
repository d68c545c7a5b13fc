/** Clusters of ElastiCache that stand alone, rather than being nodes of a replication group. */
import type { Node, ResourceGraph } from "../graph";
import { single } from "./reference";

/** Whether a cluster is a node of a replication group: "open" where that is not known yet. */
export function inReplicationGroup(graph: ResourceGraph, cluster: Node): boolean | "open" {
    const group = single(graph, cluster, "replicationGroupId", "elasticacheReplicationGroup");
    return group === "unset" ? false : group === "ambiguous" ? "open" : true;
}
