import type { Reference } from "../../shared/graph";
import { requireZones } from "../../shared/relations/zones";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const endpointMultiAz = defineStackRule({
    id: "endpoint-multi-az",
    title: "An interface endpoint is in two availability zones at least",
    severity: "medium",
    frameworks: { wellArchitected: ["REL02-BP01", "REL10-BP01"] },
    why: "when its zone fails, no zone reaches the service behind it",
    fix: "give `subnetIds` one subnet in each zone that uses the endpoint",
    url: "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
    tokens: TOKENS.vpcEndpoint,
    guards: [
        "subnetIds",
        { tokens: TOKENS.subnet, property: "availabilityZone" },
        { tokens: TOKENS.vpcEndpointSubnetAssociation, property: "vpcEndpointId" },
        { tokens: TOKENS.vpcEndpointSubnetAssociation, property: "subnetId" },
    ],
    check: (graph, on) => {
        for (const endpoint of graph.all("vpcEndpoint")) {
            // Gateway endpoints are entries of route tables and belong to no zone.
            const associations = graph.referring(endpoint, "vpcEndpointSubnetAssociation", "vpcEndpointId");
            const type = endpoint.str("vpcEndpointType");
            if (type === UNKNOWN) {
                on(endpoint).undetermined("vpcEndpointType");
            } else if (type === "Interface") {
                const own = graph.resolve(endpoint, "subnetIds", "subnet");
                const all = [own, ...associations.map((each) => graph.resolve(each, "subnetId", "subnet"))];
                requireZones(graph.zonesReached(union(all)), 2, "subnetIds", on(endpoint));
            }
        }
    },
});

/** All that several properties refer to. The cloud may list in the first what the others add: nothing counts twice. */
function union(references: readonly Reference[]): Reference {
    const nodes = [...new Set(references.flatMap((reference) => reference.nodes))];
    const known = references.every(({ count }) => count !== undefined);
    const outside = references.reduce((sum, reference) => sum + reference.outside, 0);
    return {
        nodes,
        outside,
        count: known ? references.reduce((sum, { count = 0 }) => sum + count, 0) : undefined,
        exact: references.every(({ exact }) => exact),
    };
}
