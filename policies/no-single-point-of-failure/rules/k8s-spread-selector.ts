import type { ResourceGraph } from "../../shared/graph";
import { podsSelectedBy } from "../../shared/relations/kubernetes-pods";
import { kubernetesWorkloads, type Workload } from "../../shared/relations/kubernetes-workloads";
import type { SpreadTerm } from "../../shared/relations/kubernetes-zone-spread";
import { defineStackRule, type ReportOn } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const k8sSpreadSelector = defineStackRule({
    id: "k8s-spread-selector",
    title: "What spreads a workload's pods selects these pods",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01", "REL11-BP02"] },
    why: "the scheduler counts other pods or none, and the workload's own may all run in one place although it looks spread",
    fix: "give it the `matchLabels` of the workload's own `spec.template.metadata.labels`",
    url: "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
    tokens: tokensOf("deployment", "statefulSet", "replicaSet"),
    guards: [
        "spec.template.spec.topologySpreadConstraints",
        "spec.template.spec.affinity",
        "spec.template.metadata.labels",
    ],
    check: (graph, on) => {
        for (const workload of kubernetesWorkloads(graph)) {
            const { node, floor, spread } = workload;
            if (spread.open !== undefined) {
                on(node).undetermined(spread.open);
            }
            const spreadsItself = spread.terms.some(({ selectsOwn }) => selectsOwn === true);
            for (const term of spread.terms) {
                if (term.kind === "constraint") {
                    checkConstraint(workload, term, on);
                } else if (!spreadsItself && (floor === UNKNOWN || floor > 1)) {
                    checkAntiAffinity(graph, workload, term, on);
                }
            }
        }
    },
});

/** A constraint counts the pods that its selector selects wherever this workload's pods go: it is about them. */
function checkConstraint({ node }: Workload, term: SpreadTerm, on: ReportOn): void {
    if (term.selectsOwn === UNKNOWN) {
        on(node).undetermined(term.selectorPath);
    } else if (!term.selectsOwn) {
        const problem =
            term.selector === undefined
                ? "is not set, so it selects no pods"
                : "selects none of the workload's own pods";
        on(node).violation(term.selectorPath, problem);
    }
}

/**
 * An anti-affinity may well be about others, to keep away from them. It is a mistake where it selects nobody at all of the
 * stack, and the workload is spread by nothing else.
 */
function checkAntiAffinity(graph: ResourceGraph, { node, namespace }: Workload, term: SpreadTerm, on: ReportOn): void {
    if (term.selectsOwn === UNKNOWN) {
        on(node).undetermined(term.selectorPath);
        return;
    }
    const others = podsSelectedBy(graph, term.selector, namespace);
    if (term.selectsOwn || others.sure.some((owner) => owner.node !== node)) {
        return;
    }
    if (others.unsure.length > 0) {
        on(node).undetermined(term.selectorPath, "selects pods whose labels are not known in preview");
    } else {
        const problem =
            term.selector === undefined
                ? "is not set, so it selects no pods"
                : "selects neither the workload's own pods nor others of this stack, and nothing else spreads them";
        on(node).violation(term.selectorPath, problem);
    }
}
