import type { ResourceGraph } from "../../shared/graph";
import { amountAt, scaled, shown } from "../../shared/relations/kubernetes-int-or-percent";
import { sharedVolumes } from "../../shared/relations/kubernetes-volumes";
import { kubernetesWorkloads, type Workload } from "../../shared/relations/kubernetes-workloads";
import { defineStackRule, type ReportOn } from "../../shared/rule";
import { tokensOf, TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/**
 * A single pod with a volume for one node is left alone: a new pod could not start before the old one has ended, so
 * `Recreate` is right there. That it is a single pod, k8s-min-replicas says.
 */
export const k8sRollingUpdate = defineStackRule({
    id: "k8s-rolling-update",
    title: "An update replaces the pods of a workload by and by",
    severity: "medium",
    frameworks: { wellArchitected: ["REL08-BP05"] },
    why: "every update stops all pods before new ones have started",
    fix: 'set `strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }`',
    url: "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy",
    tokens: tokensOf("deployment", "statefulSet"),
    guards: [
        { tokens: TOKENS.deployment, property: "spec.strategy" },
        { tokens: TOKENS.statefulSet, property: "spec.updateStrategy" },
    ],
    check: (graph, on) => {
        for (const workload of kubernetesWorkloads(graph)) {
            if (workload.off || workload.kind === "ReplicaSet") {
                continue;
            }
            if (workload.kind === "Deployment") {
                const type = workload.node.str("spec.strategy.type");
                if (type === UNKNOWN) {
                    on(workload.node).undetermined("spec.strategy.type");
                    continue;
                }
                if (type === "Recreate") {
                    checkRecreate(graph, workload, on);
                    continue;
                }
                // Kubernetes rounds what a Deployment may lack down, and what a StatefulSet may lack up.
                checkUnavailable(workload, "spec.strategy.rollingUpdate.maxUnavailable", "down", on);
            } else {
                checkUnavailable(workload, "spec.updateStrategy.rollingUpdate.maxUnavailable", "up", on);
            }
        }
    },
});

function checkRecreate(graph: ResourceGraph, workload: Workload, on: ReportOn): void {
    const volumes = sharedVolumes(graph, workload);
    const single = workload.ceiling === 1;
    if (single && volumes !== UNKNOWN && volumes.some(({ singleNode }) => singleNode === true)) {
        return;
    }
    if (single && (volumes === UNKNOWN || volumes.some(({ singleNode }) => singleNode === UNKNOWN))) {
        on(workload.node).undetermined(
            "spec.strategy.type",
            "is Recreate, and whether a volume asks for that is not known",
        );
    } else {
        on(workload.node).violation("spec.strategy.type", "is Recreate");
    }
}

function checkUnavailable({ node, floor }: Workload, property: string, rounding: "up" | "down", on: ReportOn): void {
    const amount = amountAt(node, property);
    if (amount === undefined || (floor !== UNKNOWN && floor < 2)) {
        return;
    }
    const fix = `set \`${property}\` to ${rounding === "up" ? "1" : "0, with a `maxSurge` of 1"}`;
    if (amount === UNKNOWN) {
        on(node).undetermined(property);
    } else if (amount.percent && amount.value >= 100) {
        on(node).violation(property, `is ${shown(amount)}, so all pods may be replaced at once`, fix);
    } else if (floor === UNKNOWN) {
        if (!amount.percent && amount.value > 1) {
            on(node).undetermined(property, `is ${shown(amount)}, of a number of pods that is not known`);
        }
    } else if (scaled(amount, floor, rounding) >= floor) {
        on(node).violation(property, `is ${shown(amount)}, so all ${floor} pods may be replaced at once`, fix);
    }
}
