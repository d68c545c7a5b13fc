import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const ecsMinHealthy = defineResourceRule({
    id: "ecs-min-healthy",
    title: "A deployment keeps half of a service's tasks running at least",
    severity: "medium",
    frameworks: { wellArchitected: ["REL08-BP05"] },
    why: "each deployment takes away capacity that the load of that moment needs",
    fix: "set `deploymentMinimumHealthyPercent: 100` (with `deploymentMaximumPercent: 200`)",
    url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html",
    tokens: TOKENS.ecsService,
    guards: ["deploymentMinimumHealthyPercent"],
    settings: {
        minimumPercent: {
            type: "integer",
            minimum: 0,
            maximum: 100,
            default: 50,
            description: "Percent of tasks that keep running.",
        },
    },
    check: ({ inputs }, report, { minimumPercent }) => {
        // Unset is 100 for replicas; a daemon runs one task per host and has to stop it first.
        const percent = inputs.num("deploymentMinimumHealthyPercent");
        if (percent === undefined || inputs.str("schedulingStrategy") === "DAEMON") {
            return;
        }
        if (percent === UNKNOWN) {
            report.undetermined("deploymentMinimumHealthyPercent");
        } else if (percent < (minimumPercent as number)) {
            report.violation("deploymentMinimumHealthyPercent", `is ${percent}, below ${String(minimumPercent)}`);
        }
    },
});
