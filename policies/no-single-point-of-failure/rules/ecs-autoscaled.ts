import { ecsTiers } from "../../shared/relations/compute-tiers";
import { scalingOf } from "../../shared/relations/ecs-scaling";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const ecsAutoscaled = defineStackRule({
    id: "ecs-autoscaled",
    title: "A service grows with its load",
    severity: "low",
    frameworks: { wellArchitected: ["REL07-BP03"] },
    why: "load beyond what the fixed number of tasks carries is turned away until a person changes the number",
    fix: "add an `aws.appautoscaling.Target` for the service and an `aws.appautoscaling.Policy` for the target, for example target tracking of `ECSServiceAverageCPUUtilization`",
    url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html",
    tokens: TOKENS.ecsService,
    guards: [
        { tokens: TOKENS.scalingTarget, property: "resourceId" },
        { tokens: TOKENS.scalingPolicy, property: "resourceId" },
    ],
    check: (graph, on) => {
        for (const { node } of ecsTiers(graph)) {
            const { targets, causes, targetsOpen, causesOpen } = scalingOf(graph, node);
            const [target] = targets;
            if (target === undefined && targetsOpen) {
                on(node).undetermined("resourceId of a scaling target");
            } else if (target === undefined) {
                on(node).violation("desiredCount", "is fixed: no scaling target is for the service");
            } else if (causes.length === 0 && causesOpen) {
                on(node).undetermined("resourceId of a scaling policy");
            } else if (causes.length === 0) {
                on(node).violation(
                    "desiredCount",
                    `is fixed: the scaling target ${target.name} has no policy and no scheduled action`,
                );
            }
        }
    },
});
