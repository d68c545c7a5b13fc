import { ecsTiers } from "../../shared/relations/compute-tiers";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const ecsMinTasks = defineStackRule({
    id: "ecs-min-tasks",
    title: "A service never runs fewer than two tasks",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01", "REL07-BP01"] },
    why: "the failure of one task, or of the host under it, is an outage until another has started",
    fix: "set the scaling target's `minCapacity` and that of its scheduled actions, or `desiredCount` where the service does not scale, to at least 2",
    url: "https://docs.aws.amazon.com/AmazonECS/latest/bestpracticesguide/availability.html",
    tokens: TOKENS.ecsService,
    guards: [
        { tokens: TOKENS.scalingTarget, property: "minCapacity" },
        { tokens: TOKENS.scalingTarget, property: "resourceId" },
        { tokens: TOKENS.scalingScheduledAction, property: "scalableTargetAction.minCapacity" },
    ],
    settings: {
        minimum: { type: "integer", minimum: 1, default: 2, description: "The fewest tasks of a service." },
    },
    check: (graph, on, { minimum }) => {
        for (const { node, floor, floorProperty } of ecsTiers(graph)) {
            if (floor === UNKNOWN) {
                on(node).undetermined(floorProperty);
            } else if (floor < (minimum as number)) {
                on(node).violation(floorProperty, `is ${floor}, below ${String(minimum)}`);
            }
        }
    },
});
