import { kubernetesWorkloads } from "../../shared/relations/kubernetes-workloads";
import { selectorProblems } from "../../shared/relations/kubernetes-spread-selectors";
import { defineStackRule } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";

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
            const { node, spread } = workload;
            if (spread.open !== undefined) {
                on(node).undetermined(spread.open);
            }
            for (const { term, kind, problem } of selectorProblems(graph, workload)) {
                if (problem === undefined) {
                    on(node).undetermined(term.selectorPath);
                } else {
                    on(node)[kind](term.selectorPath, problem);
                }
            }
        }
    },
});
