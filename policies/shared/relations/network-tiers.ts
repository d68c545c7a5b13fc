/** The tiers that carry traffic: load balancers and NAT gateways. */
import type { Node, ResourceGraph } from "../graph";
import { append } from "../multimap";
import type { Part } from "../survival";
import { UNKNOWN } from "../unknown";
import { zonesOfParts, type DataTier } from "./data-tier";
import { loadBalancerZones } from "./load-balancer-zones";
import { subnetsByGateway, zonesServed } from "./nat-routes";
import { isNode, single } from "./reference";

/** A load balancer has nodes of its own in each of its zones. */
export function loadBalancerTier(graph: ResourceGraph, node: Node): DataTier {
    const { zones, property } = loadBalancerZones(graph, node);
    const known = zones.atLeast === zones.atMost;
    const atMost = zones.atMost === Infinity ? null : zones.atMost;
    const floor = zones.atLeast;
    return {
        node,
        members: [node],
        kind: "load-balancer",
        units: "load balancer nodes",
        floor: known ? floor : UNKNOWN,
        floorProperty: property,
        zonesProperty: property,
        zones,
        parts: [{ floor, zones: { names: [...zones.names], atLeast: zones.atLeast, atMost } }],
        need: 1,
    };
}

/** The NAT gateways of a stack by VPC. A gateway of one zone that serves others takes them with it. */
export function natTiers(graph: ResourceGraph): readonly DataTier[] {
    const gateways = [...graph.all("natGateway")]
        .filter((gateway) => zonesServed(graph, gateway) !== "everywhere")
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    const users = subnetsByGateway(graph, () => undefined);
    const byVpc = new Map<string, Node[]>();
    for (const gateway of gateways) {
        const subnet = single(graph, gateway, "subnetId", "subnet");
        const vpc = isNode(subnet) ? single(graph, subnet, "vpcId", "vpc") : "unset";
        const key = isNode(vpc) ? vpc.urn : isNode(subnet) ? String(subnet.str("vpcId")) : gateway.urn;
        append(byVpc, key, gateway);
    }
    return [...byVpc.values()].map((members): DataTier => {
        const parts = members.map((gateway): Part => {
            const served = zonesServed(graph, gateway);
            const names = typeof served === "object" ? [...served] : [];
            return {
                floor: 1,
                zones: { names, atLeast: Math.max(1, names.length), atMost: Math.max(1, names.length) },
            };
        });
        const elsewhere = members.flatMap((gateway) => {
            const served = zonesServed(graph, gateway);
            return typeof served === "object"
                ? (users.get(gateway) ?? []).filter((subnet) => graph.isInZone(subnet, served) === false)
                : [];
        });
        return {
            node: members[0] as Node,
            members,
            kind: "nat-gateways",
            units: "NAT gateways",
            floor: members.length,
            floorProperty: "the number of gateways",
            zonesProperty: "subnetId",
            zones: zonesOfParts(parts),
            parts,
            need: 1,
            ...(elsewhere.length === 0
                ? {}
                : { beyond: `${elsewhere.length} of the subnets behind them leave through a gateway in another zone` }),
        };
    });
}
