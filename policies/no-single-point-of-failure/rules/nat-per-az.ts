import type { Node, ResourceGraph } from "../../shared/graph";
import { isNode, single } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { elements, UNKNOWN, type Readable } from "../../shared/unknown";

const EVERYWHERE = "0.0.0.0/0";

export const natPerAz = defineStackRule({
    id: "nat-per-az",
    title: "A subnet reaches the internet through a NAT gateway in its own availability zone",
    severity: "high",
    frameworks: { wellArchitected: ["REL02-BP01", "REL10-BP01"] },
    why: "when that one zone fails, every zone behind it loses its way out, and traffic between zones is billed",
    fix: 'create one NAT gateway for each zone and give each zone\'s private subnets a route table of their own, or use a regional NAT gateway (`availabilityMode: "regional"`)',
    url: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
    tokens: TOKENS.natGateway,
    guards: [
        "subnetId",
        "availabilityMode",
        "availabilityZoneAddresses",
        { tokens: TOKENS.route, property: "natGatewayId" },
        { tokens: TOKENS.routeTable, property: "routes" },
        { tokens: TOKENS.routeTableAssociation, property: "routeTableId" },
        { tokens: TOKENS.mainRouteTableAssociation, property: "routeTableId" },
        { tokens: TOKENS.subnet, property: "availabilityZone" },
    ],
    check: (graph, on) => {
        const users = subnetsByGateway(graph, (node, property) => {
            on(node).undetermined(property, "leads to a NAT gateway that cannot be told from this stack's resources");
        });
        for (const gateway of graph.all("natGateway")) {
            const subnets = users.get(gateway) ?? [];
            if (subnets.length === 0) {
                continue;
            }
            const report = on(gateway);
            const served = zonesServed(graph, gateway);
            if (served === "everywhere") {
                continue;
            }
            if (served === UNKNOWN) {
                report.undetermined("subnetId", "is in an availability zone that is not known");
                continue;
            }
            const zones = subnets.map((subnet) => ({
                name: subnet.name,
                zone: graph.zoneOf(subnet),
                inside: graph.isInZone(subnet, served),
            }));
            const elsewhere = zones.filter(({ inside }) => inside === false);
            if (elsewhere.length > 0) {
                const list = elsewhere.map(({ name, zone }) => `${name} (${String(zone)})`).sort();
                const property = gateway.get("subnetId") === undefined ? "availabilityZoneAddresses" : "subnetId";
                report.violation(
                    property,
                    `is in ${[...served].sort().join(", ")}, but subnets in other zones route through it: ${list.join(", ")}`,
                );
            }
            const open = zones.filter(({ inside }) => inside === UNKNOWN).map(({ name }) => name);
            if (open.length > 0) {
                report.undetermined("subnetId", `serves subnets whose zone is not known: ${open.sort().join(", ")}`);
            }
        }
    },
});

/** The zones that a gateway keeps serving when any other zone fails. */
function zonesServed(graph: ResourceGraph, gateway: Node): ReadonlySet<string> | "everywhere" | typeof UNKNOWN {
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

/** The subnets whose default route goes to each gateway. */
function subnetsByGateway(
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
            users.set(gateway, [...(users.get(gateway) ?? []), subnet]);
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
