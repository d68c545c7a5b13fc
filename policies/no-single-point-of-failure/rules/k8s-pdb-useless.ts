import type { ResourceGraph } from "../../shared/graph";
import { budgets, demandOf, evictable, type Budget } from "../../shared/relations/kubernetes-budgets";
import { guardedPods } from "../../shared/relations/kubernetes-guarded-pods";
import { shown } from "../../shared/relations/kubernetes-int-or-percent";
import { namespaceOf } from "../../shared/relations/kubernetes-names";
import { hasPodsOfOthers, podOwners } from "../../shared/relations/kubernetes-pods";
import { defineStackRule, type ReportOn } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/**
 * A budget is useless where it selects no pods, where there is never more than one pod and it may be evicted, or where
 * it lets all pods that always run be evicted at once.
 */
export const k8sPdbUseless = defineStackRule({
    id: "k8s-pdb-useless",
    title: "A PodDisruptionBudget selects pods and keeps at least one of them",
    severity: "medium",
    frameworks: { wellArchitected: ["REL11-BP02"] },
    why: "it looks like protection, and drains take every pod as if it were not there",
    fix: "give it the workload's own `matchLabels` in the workload's namespace, and `maxUnavailable: 1` for at least two pods",
    url: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
    tokens: TOKENS.podDisruptionBudget,
    guards: [
        "spec.selector",
        "spec.maxUnavailable",
        "spec.minAvailable",
        { tokens: tokensOf("deployment", "statefulSet", "replicaSet"), property: "spec.template.metadata.labels" },
    ],
    check: (graph, on) => {
        const namespaces = new Set(podOwners(graph).map(({ namespace }) => namespace));
        const others = hasPodsOfOthers(graph);
        for (const budget of budgets(graph)) {
            const { node, guarded } = budget;
            if (guarded.sure.length > 0) {
                checkDemand(graph, budget, on);
            } else if (guarded.unsure.length > 0) {
                on(node).undetermined(
                    "spec.selector",
                    "selects pods whose labels or namespace are not known in preview",
                );
            } else if (node.get("spec.selector") === undefined) {
                on(node).violation("spec.selector", "is not set, so it selects no pods");
            } else {
                const namespace = namespaceOf(graph, node);
                const beside = namespace === UNKNOWN ? namespaces.size > 0 : namespaces.has(namespace);
                // Pods of an add-on, a chart's release or an operator are in no stack.
                const elsewhere = others || !beside;
                on(node)[elsewhere ? "open" : "violation"]("spec.selector", "selects no pods of this stack");
            }
        }
    },
});

function checkDemand(graph: ResourceGraph, budget: Budget, on: ReportOn): void {
    const { node } = budget;
    const demand = demandOf(node);
    if (demand === UNKNOWN) {
        on(node).undetermined("spec", "holds a minAvailable or maxUnavailable that is not known in preview");
        return;
    }
    const { known, all, uncountable, ceiling, off } = guardedPods(graph, budget);
    // More pods than are known of are never worse off, once one of two stays.
    if (demand === undefined || off || (known > 1 && evictable(demand, known) < known)) {
        return;
    }
    const { property, amount } = demand;
    if (uncountable) {
        on(node).open(property, "is for pods whose number no property says");
    } else if (!all || ceiling === UNKNOWN) {
        on(node).undetermined(property, "is for a number of pods that is not known");
    } else if (ceiling <= 1 && evictable(demand, 1) > 0) {
        on(node).violation(
            property,
            `is ${shown(amount)}: there is never more than one pod, and it may be evicted`,
            "run at least two pods, or remove the budget",
        );
    } else if (known > 1) {
        on(node).violation(property, `is ${shown(amount)}: all ${known} pods that always run may be evicted at once`);
    }
}
