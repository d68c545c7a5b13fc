import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** What Kubernetes takes where it is not set. */
const DEFAULT_MINIMUM = 1;

export const k8sHpaMin = defineResourceRule({
    id: "k8s-hpa-min",
    title: "A HorizontalPodAutoscaler leaves at least two pods",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01", "REL07-BP01"] },
    why: "in quiet hours it scales to one pod, whose failure is an outage, whatever number the workload itself asks for",
    fix: "set `spec.minReplicas` to at least 2",
    url: "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
    tokens: TOKENS.horizontalPodAutoscaler,
    guards: ["spec.minReplicas"],
    settings: {
        minimum: { type: "integer", minimum: 1, default: 2, description: "The fewest pods that scaling may leave." },
    },
    check: ({ inputs }, report, settings) => {
        const minimum = settings["minimum"] as number;
        const given = inputs.num("spec.minReplicas");
        if (given === UNKNOWN) {
            report.undetermined("spec.minReplicas");
        } else if ((given ?? DEFAULT_MINIMUM) < minimum) {
            const is = given === undefined ? `is not set and so ${DEFAULT_MINIMUM}` : `is ${given}`;
            report.violation(
                "spec.minReplicas",
                `${is}, below ${minimum}`,
                `set \`spec.minReplicas\` to at least ${minimum}`,
            );
        }
    },
});
