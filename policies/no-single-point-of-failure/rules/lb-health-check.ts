import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const lbHealthCheck = defineResourceRule({
    id: "lb-health-check",
    title: "A target group checks the health of its targets as the service defines it",
    severity: "medium",
    frameworks: { checkov: ["CKV_AWS_261"], wellArchitected: ["REL11-BP01"] },
    why: "requests go to targets that answer a port or `/` but cannot serve",
    fix: "set `healthCheck` with the `path` on which the service says that it is ready",
    url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
    tokens: TOKENS.targetGroup,
    guards: ["healthCheck"],
    check: ({ inputs }, report) => {
        // A function is called, and its errors are its answer. A load balancer behind another is asked as any target is.
        if (inputs.str("targetType") === "lambda") {
            return;
        }
        const healthCheck = inputs.get("healthCheck");
        const enabled = inputs.bool("healthCheck.enabled");
        if (healthCheck === UNKNOWN || enabled === UNKNOWN) {
            report.undetermined("healthCheck");
        } else if (healthCheck === undefined) {
            report.violation("healthCheck", "is not set");
        } else if (enabled === false) {
            report.violation("healthCheck.enabled", "is false", "remove `enabled: false`");
        }
    },
});
