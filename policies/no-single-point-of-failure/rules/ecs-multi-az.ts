import { ecsTiers } from "../../shared/relations/compute-tiers";
import { requireZones } from "../../shared/relations/zones";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const ecsMultiAz = defineStackRule({
    id: "ecs-multi-az",
    title: "The tasks of a service run in two availability zones at least",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01"] },
    why: "when their zone fails, all tasks fail, and new ones may start nowhere else",
    fix: "give `networkConfiguration.subnets`, or `vpcZoneIdentifiers` of the instances under it, one subnet in each of two zones or more",
    url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html",
    tokens: TOKENS.ecsService,
    guards: [
        "networkConfiguration.subnets",
        { tokens: TOKENS.autoScalingGroup, property: "vpcZoneIdentifiers" },
        { tokens: TOKENS.subnet, property: "availabilityZone" },
    ],
    check: (graph, on) => {
        for (const { node, zones, zonesProperty, zonesOfHosts, fewerZones } of ecsTiers(graph)) {
            if (zonesOfHosts) {
                on(node).open(zonesProperty, "is not set, so the zones are those of the cluster's instances");
            } else if (fewerZones !== undefined && zones.atLeast < 2 && zones.atMost >= 2) {
                on(node).open(fewerZones.property, fewerZones.problem);
            } else {
                requireZones(zones, 2, zonesProperty, on(node));
            }
        }
    },
});
