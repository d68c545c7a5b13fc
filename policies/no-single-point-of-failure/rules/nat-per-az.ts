import { subnetsByGateway, zonesServed } from "../../shared/relations/nat-routes";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

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
        { tokens: TOKENS.route, property: "routeTableId" },
        { tokens: TOKENS.routeTable, property: "routes" },
        { tokens: TOKENS.routeTableAssociation, property: "routeTableId" },
        { tokens: TOKENS.routeTableAssociation, property: "subnetId" },
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
