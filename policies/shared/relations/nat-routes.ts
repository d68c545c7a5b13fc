/** Which subnets leave through which NAT gateway, and which zones a gateway serves. */
import type { Node, ResourceGraph } from "../graph";
import { append } from "../multimap";
import { elements, UNKNOWN, type Readable } from "../unknown";
import { isNode, single } from "./reference";

const EVERYWHERE = "0.0.0.0/0";

/** The zones that a gateway keeps serving when any other zone fails. */
export function zonesServed(graph: ResourceGraph, gateway: Node): ReadonlySet<string> | "everywhere" | typeof UNKNOWN {
    const mode = gateway.str("availabilityMode");
    if (mode === UNKNOWN) {
        return UNKNOWN;
    }
    if (mode === "regional") {
        const addresses =
            gateway.inputs?.list("availabilityZoneAddresses") ?? gateway.list("availabilityZoneAddresses");
        if (addresses === undefined || (addresses !== UNKNOWN && addresses.length === 0)) {
            // Automatic: the gateway grows into every zone that has network interfaces.
            return "everywhere";
        }
        const zones =
            addresses === UNKNOWN
                ? [UNKNOWN]
                : addresses.map((address) => address.str("availabilityZone") ?? address.str("availabilityZoneId"));
        const known = zones.filter((zone) => typeof zone === "string");
        return known.length === zones.length ? new Set(known) : UNKNOWN;
    }
    const subnet = single(graph, gateway, "subnetId", "subnet");
    const zone = isNode(subnet) ? graph.zoneOf(subnet) : UNKNOWN;
    return zone === UNKNOWN ? UNKNOWN : new Set([zone]);
}

/**
 * The subnets whose default route goes to each gateway. `unclear` hears of every property that leads to a gateway that cannot
 * be told.
 */
export function subnetsByGateway(
    graph: ResourceGraph,
    unclear: (node: Node, property: string) => void,
): ReadonlyMap<Node, readonly Node[]> {
    const gatewaysByTable = new Map<Node, Set<Node>>();
    const add = (table: Node, from: Node, property: string, route: Readable): void => {
        const value = route.str("natGatewayId");
        if (value === undefined) {
            return;
        }
        const { nodes, outside } = graph.resolveOne(from, property, value, "natGateway");
        const [gateway] = nodes;
        if (gateway === undefined || nodes.length > 1) {
            // A gateway of another stack is that stack's to judge only if it is surely one.
            if (outside === 0 || nodes.length > 1) {
                unclear(from, property);
            }
            return;
        }
        gatewaysByTable.set(table, (gatewaysByTable.get(table) ?? new Set()).add(gateway));
    };

    for (const route of graph.all("route")) {
        const destination = route.str("destinationCidrBlock");
        if (destination !== EVERYWHERE && destination !== UNKNOWN) {
            continue;
        }
        // A VPC stands for its main table, where that is no resource of its own.
        const { nodes } = graph.resolve(route, "routeTableId", "routeTable", "vpc");
        const tables = nodes.filter((node) => node.is("routeTable"));
        const [table, ...others] = tables.length > 0 ? tables : nodes;
        if (table !== undefined && others.length === 0) {
            add(table, route, "natGatewayId", route);
        } else if (route.str("natGatewayId") !== undefined && (others.length > 0 || isUnknown(route, "routeTableId"))) {
            unclear(route, "routeTableId");
        }
    }
    for (const table of graph.all("routeTable")) {
        const routes = table.inputs?.list("routes") ?? table.list("routes");
        if (routes === UNKNOWN) {
            unclear(table, "routes");
        }
        for (const route of elements(routes)) {
            const destination = route.str("cidrBlock");
            if (destination === EVERYWHERE || destination === UNKNOWN) {
                add(table, table, "routes", route);
            }
        }
    }

    const users = new Map<Node, Node[]>();
    const use = (table: Node, subnet: Node): void => {
        for (const gateway of gatewaysByTable.get(table) ?? []) {
            append(users, gateway, subnet);
        }
    };
    const associated = new Set<Node>();
    for (const association of graph.all("routeTableAssociation")) {
        const table = single(graph, association, "routeTableId", "routeTable");
        const subnet = single(graph, association, "subnetId", "subnet");
        graph.resolve(association, "subnetId", "subnet").nodes.forEach((node) => associated.add(node));
        if (!isNode(table) || !gatewaysByTable.has(table)) {
            continue;
        }
        if (isNode(subnet)) {
            use(table, subnet);
        } else if (subnet === "ambiguous") {
            unclear(association, "subnetId");
        }
    }
    for (const vpc of graph.all("vpc")) {
        for (const table of mainTables(graph, vpc, unclear)) {
            graph
                .referring(vpc, "subnet", "vpcId")
                .filter((subnet) => !associated.has(subnet))
                .forEach((subnet) => {
                    use(table, subnet);
                });
        }
    }
    return users;
}

function isUnknown(node: Node, property: string): boolean {
    return node.get(property) === UNKNOWN;
}

/** What stands for the main table of a VPC, which serves every subnet without a table of its own. */
function mainTables(graph: ResourceGraph, vpc: Node, unclear: (node: Node, property: string) => void): readonly Node[] {
    const associations = graph.referring(vpc, "mainRouteTableAssociation", "vpcId");
    if (associations.length === 0) {
        return [vpc, ...graph.referring(vpc, "routeTable", "defaultRouteTableId")];
    }
    return associations.flatMap((association) => {
        const table = single(graph, association, "routeTableId", "routeTable");
        if (table === "ambiguous") {
            unclear(association, "routeTableId");
        }
        return isNode(table) ? [table] : [];
    });
}
