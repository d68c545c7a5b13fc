import { loadBalancerZones } from "../../shared/relations/load-balancer-zones";
import { requireZones } from "../../shared/relations/zones";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const lbMultiAz = defineStackRule({
    id: "lb-multi-az",
    title: "A load balancer is in two availability zones at least",
    severity: "high",
    frameworks: { fsbp: ["ELB.13"], wellArchitected: ["REL02-BP01", "REL10-BP01"] },
    why: "when its only zone fails, nothing behind it can be reached",
    fix: "give `subnets` one subnet in each of two zones or more",
    url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html#availability-zones",
    tokens: TOKENS.loadBalancer,
    guards: ["subnets", "subnetMappings", { tokens: TOKENS.subnet, property: "availabilityZone" }],
    check: (graph, on) => {
        for (const balancer of graph.all("loadBalancer")) {
            const { zones, property } = loadBalancerZones(graph, balancer);
            requireZones(zones, 2, property, on(balancer));
        }
    },
});
