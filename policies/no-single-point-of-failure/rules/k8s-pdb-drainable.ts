import type { ResourceGraph } from "../../shared/graph";
import { budgets, demandOf, evictable, forbidsAll, type Budget } from "../../shared/relations/kubernetes-budgets";
import { guardedPods } from "../../shared/relations/kubernetes-guarded-pods";
import { shown } from "../../shared/relations/kubernetes-int-or-percent";
import { listedNames } from "../../shared/relations/kubernetes-names";
import { kubernetesWorkloads } from "../../shared/relations/kubernetes-workloads";
import { defineStackRule, type ReportOn } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const k8sPdbDrainable = defineStackRule({
    id: "k8s-pdb-drainable",
    title: "A PodDisruptionBudget lets at least one pod be evicted",
    severity: "high",
    frameworks: { wellArchitected: ["REL08-BP05"] },
    why: "no node with such a pod can be drained, so upgrades of nodes wait for ever or end by force",
    fix: "set `maxUnavailable: 1` in place of `minAvailable`, and run at least two pods",
    url: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
    tokens: TOKENS.podDisruptionBudget,
    guards: [
        "spec.maxUnavailable",
        "spec.minAvailable",
        { tokens: TOKENS.horizontalPodAutoscaler, property: "spec.minReplicas" },
        { tokens: TOKENS.scaledObject, property: "spec.minReplicaCount" },
        { tokens: tokensOf("deployment", "statefulSet", "replicaSet"), property: "spec.template.metadata.labels" },
    ],
    check: (graph, on) => {
        for (const budget of budgets(graph)) {
            checkBudget(graph, budget, on);
        }
        checkOverlaps(graph, on);
    },
});

function checkBudget(graph: ResourceGraph, budget: Budget, on: ReportOn): void {
    const { node, guarded } = budget;
    const demand = demandOf(node);
    const guardsNothing = guarded.sure.length === 0 && guarded.unsure.length === 0;
    if (demand === UNKNOWN) {
        if (!guardsNothing) {
            on(node).undetermined("spec", "holds a minAvailable or maxUnavailable that is not known in preview");
        }
        return;
    }
    if (demand !== undefined && forbidsAll(demand)) {
        on(node).violation(demand.property, `is ${shown(demand.amount)}, so no pod may ever be evicted`);
        return;
    }
    const pods = guardedPods(graph, budget);
    if (guardsNothing || pods.off || evictable(demand, pods.known) > 0) {
        return;
    }
    if (demand === undefined) {
        on(node).violation("spec", "sets neither maxUnavailable nor minAvailable, and then no pod may be evicted");
    } else if (pods.uncountable) {
        on(node).open(demand.property, "is for pods whose number no property says");
    } else if (!pods.all) {
        on(node).undetermined(demand.property, "is for a number of pods that is not known");
    } else {
        const always = pods.known === 1 ? "the one pod that always runs" : `the ${pods.known} pods that always run`;
        on(node).violation(demand.property, `is ${shown(demand.amount)}: none of ${always} may be evicted`);
    }
}

/** The eviction API refuses every eviction of a pod that two budgets select. */
function checkOverlaps(graph: ResourceGraph, on: ReportOn): void {
    for (const { node, off, budgets: sure, possibleBudgets: unsure } of kubernetesWorkloads(graph)) {
        if (off || sure.length + unsure.length < 2) {
            continue;
        }
        if (sure.length > 1) {
            on(node).violation(
                "spec.template.metadata.labels",
                `are selected by ${sure.length} PodDisruptionBudgets (${listedNames(sure)}), and then no pod may be evicted`,
                "keep one of the budgets, or narrow their selectors",
            );
        } else {
            const names = [listedNames(sure), listedNames(unsure)].filter((each) => each !== "").join(" and perhaps ");
            on(node).undetermined(
                "spec.template.metadata.labels",
                `may be selected by more than one PodDisruptionBudget (${names})`,
            );
        }
    }
}
