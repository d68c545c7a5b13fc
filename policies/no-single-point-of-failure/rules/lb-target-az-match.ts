import {
    placementOfBalancer,
    placementOfTarget,
    targetGroupsByLoadBalancer,
    targetsByGroup,
} from "../../shared/relations/targets";
import { uncovered, zoneNames } from "../../shared/relations/zone-coverage";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const lbTargetAzMatch = defineStackRule({
    id: "lb-target-az-match",
    title: "A load balancer is in every availability zone in which its targets run",
    severity: "medium",
    frameworks: { wellArchitected: ["REL10-BP01"] },
    why: "targets in a zone that is not enabled get no requests, so capacity that is counted on is not there",
    fix: "give `subnets` one subnet in every zone in which targets run, or keep the targets out of the other zones",
    url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html#availability-zones",
    tokens: TOKENS.loadBalancer,
    guards: [
        "subnets",
        "subnetMappings",
        { tokens: TOKENS.subnet, property: "availabilityZone" },
        { tokens: TOKENS.ecsService, property: "networkConfiguration.subnets" },
        { tokens: TOKENS.autoScalingGroup, property: "vpcZoneIdentifiers" },
        { tokens: TOKENS.autoScalingGroup, property: "availabilityZones" },
        { tokens: TOKENS.instance, property: "subnetId" },
    ],
    check: (graph, on) => {
        const targets = targetsByGroup(graph);
        for (const [balancer, groups] of targetGroupsByLoadBalancer(graph)) {
            const { property, placement } = placementOfBalancer(graph, balancer);
            const registered = new Set([...groups].flatMap((group) => [...(targets.get(group) ?? [])]));
            const elsewhere: string[] = [];
            const open: string[] = [];
            for (const target of registered) {
                const own = placementOfTarget(graph, target);
                if (own === undefined) {
                    continue;
                }
                const result = uncovered(graph, own, placement);
                if (result.missing.length > 0) {
                    elsewhere.push(`${target.name} (${result.missing.join(", ")})`);
                } else if (result.open) {
                    open.push(target.name);
                }
            }
            if (elsewhere.length > 0) {
                const zones = zoneNames(graph, placement);
                on(balancer).violation(
                    property,
                    `are in ${zones}, but targets run in other zones: ${elsewhere.sort().join(", ")}`,
                );
            }
            if (open.length > 0) {
                on(balancer).undetermined(
                    property,
                    `or those of targets are in zones that are not known: ${open.sort().join(", ")}`,
                );
            }
        }
    },
});
