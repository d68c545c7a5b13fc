/** Caches that hold a copy of another's data: nodes of a replication group, secondaries of a global datastore. */
import type { Node, ResourceGraph } from "../graph";
import { single } from "./reference";

/** Whether a cluster is a node of a replication group: "open" where that is not known yet. */
export function inReplicationGroup(graph: ResourceGraph, cluster: Node): boolean | "open" {
    if (!isWritten(cluster, "replicationGroupId")) {
        return false;
    }
    return single(graph, cluster, "replicationGroupId", "elasticacheReplicationGroup") === "ambiguous" ? "open" : true;
}

/** Whether a replication group is a secondary of a global datastore. */
export function isSecondary(group: Node): boolean {
    return isWritten(group, "globalReplicationGroupId");
}

/** Whether the program sets a property that the provider fills in where it is left out. */
function isWritten(node: Node, property: string): boolean {
    return (node.inputs ?? node).str(property) !== undefined;
}
