import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const ecsCircuitBreaker = defineResourceRule({
    id: "ecs-circuit-breaker",
    title: "A deployment that fails is stopped and rolled back by itself",
    severity: "low",
    frameworks: { wellArchitected: ["REL08-BP05", "OPS06-BP04"] },
    why: "tasks that cannot start are started over and over until a person notices",
    fix: "set `deploymentCircuitBreaker: { enable: true, rollback: true }`",
    url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html",
    tokens: TOKENS.ecsService,
    guards: ["deploymentCircuitBreaker"],
    check: ({ inputs }, report) => {
        // Only ECS's own deployments have it.
        const controller = inputs.str("deploymentController.type");
        if (controller !== undefined && controller !== UNKNOWN && controller !== "ECS") {
            return;
        }
        for (const property of ["deploymentCircuitBreaker.enable", "deploymentCircuitBreaker.rollback"]) {
            const value = inputs.bool(property);
            if (value === UNKNOWN) {
                report.undetermined(property);
            } else if (value !== true) {
                report.violation(property, value === false ? "is false" : "is not set");
                return;
            }
        }
    },
    remediate: (inputs) => {
        const controller = inputs["deploymentController"] as { type?: unknown } | undefined;
        if (controller === undefined || controller.type === "ECS") {
            inputs["deploymentCircuitBreaker"] = { enable: true, rollback: true };
        }
    },
});
