import { zonesOfGroup } from "../../shared/relations/auto-scaling-tiers";
import { requireZones } from "../../shared/relations/zones";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const asgMultiAz = defineStackRule({
    id: "asg-multi-az",
    title: "The instances of an Auto Scaling group are in two availability zones at least",
    severity: "high",
    frameworks: { fsbp: ["AutoScaling.2"], wellArchitected: ["REL10-BP01"] },
    why: "when their zone fails, all instances fail, and the group can start new ones nowhere else",
    fix: "give `vpcZoneIdentifiers` one subnet in each of two zones or more",
    url: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html",
    tokens: TOKENS.autoScalingGroup,
    guards: ["vpcZoneIdentifiers", "availabilityZones", { tokens: TOKENS.subnet, property: "availabilityZone" }],
    check: (graph, on) => {
        for (const group of graph.all("autoScalingGroup")) {
            const { zones, property } = zonesOfGroup(graph, group);
            requireZones(zones, 2, property, on(group));
        }
    },
});
