/** The zones of a load balancer: by its subnets, or by its mappings of them to addresses. */
import type { Node, ResourceGraph, Zones } from "../graph";
import { UNKNOWN } from "../unknown";

/** The zones of a load balancer, and the property that sets them. */
export function loadBalancerZones(
    graph: ResourceGraph,
    balancer: Node,
): { readonly zones: Zones; readonly property: string } {
    const mappings = balancer.inputs?.list("subnetMappings") ?? undefined;
    const byMapping = balancer.get("subnets") === undefined && mappings !== undefined;
    const property = byMapping ? "subnetMappings" : "subnets";
    const values = byMapping
        ? mappings === UNKNOWN
            ? UNKNOWN
            : mappings.map((mapping) => mapping.str("subnetId") ?? UNKNOWN)
        : balancer.strings("subnets");
    return { zones: graph.zonesReached(graph.resolveValues(balancer, property, values, "subnet")), property };
}
