import { autoScalingTiers } from "../../shared/relations/compute-tiers";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/**
 * Groups that ECS scales with the tasks on them (a capacity provider with managed scaling) are left out: what always runs
 * there is decided by the services, which ecs-min-tasks looks at.
 */
export const asgMinTwo = defineStackRule({
    id: "asg-min-two",
    title: "An Auto Scaling group never runs fewer than two instances",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01", "REL07-BP01"] },
    why: "the failure of one instance is an outage until another has started",
    fix: "set `minSize`, and that of each schedule, to at least 2",
    url: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-capacity-limits.html",
    tokens: TOKENS.autoScalingGroup,
    guards: [
        "minSize",
        { tokens: TOKENS.autoScalingSchedule, property: "minSize" },
        {
            tokens: TOKENS.ecsCapacityProvider,
            property: "autoScalingGroupProvider.managedScaling.status",
        },
    ],
    settings: {
        minimum: { type: "integer", minimum: 1, default: 2, description: "The fewest instances of a group." },
    },
    check: (graph, on, { minimum }) => {
        for (const { node, floor, floorProperty, floorUncountable } of autoScalingTiers(graph)) {
            if (floorUncountable) {
                on(node).open(floorProperty, "is no number of instances: how many it means, EC2 decides");
            } else if (floor === UNKNOWN) {
                on(node).undetermined(floorProperty);
            } else if (floor < (minimum as number)) {
                on(node).violation(floorProperty, `is ${floor}, below ${String(minimum)}`);
            }
        }
    },
});
