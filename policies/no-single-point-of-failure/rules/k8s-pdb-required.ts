import { listedNames } from "../../shared/relations/kubernetes-names";
import { kubernetesWorkloads } from "../../shared/relations/kubernetes-workloads";
import { defineStackRule } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

const PROPERTY = "spec.template.metadata.labels";

export const k8sPdbRequired = defineStackRule({
    id: "k8s-pdb-required",
    title: "A PodDisruptionBudget guards every workload of several pods",
    severity: "medium",
    frameworks: { wellArchitected: ["REL11-BP02"] },
    why: "an upgrade or a consolidation of nodes may evict all pods at the same time",
    fix: "create a `policy.v1.PodDisruptionBudget` in the workload's namespace, with its `selector` and `maxUnavailable: 1`",
    url: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
    tokens: tokensOf("deployment", "statefulSet", "replicaSet"),
    guards: [PROPERTY, { tokens: TOKENS.podDisruptionBudget, property: "spec.selector" }],
    settings: {
        fromReplicas: {
            type: "integer",
            minimum: 1,
            default: 2,
            description:
                "How many pods a workload always runs where it needs a budget: with one, a budget only blocks.",
        },
    },
    check: (graph, on, settings) => {
        const fromReplicas = settings["fromReplicas"] as number;
        for (const { node, floor, floorProperty, off, budgets, possibleBudgets } of kubernetesWorkloads(graph)) {
            if (off || budgets.length > 0 || (floor !== UNKNOWN && floor < fromReplicas)) {
                continue;
            }
            if (possibleBudgets.length > 0) {
                const names = listedNames(possibleBudgets);
                on(node).undetermined(PROPERTY, `may be selected by ${names}, whose values are not known`);
            } else if (floor === UNKNOWN) {
                on(node).undetermined(floorProperty, "is not known in preview, and no PodDisruptionBudget is there");
            } else {
                on(node).violation(
                    PROPERTY,
                    `are selected by no PodDisruptionBudget, and ${floor === 1 ? "one pod runs" : `${floor} pods run`}`,
                );
            }
        }
    },
});
