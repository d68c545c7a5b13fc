import { kubernetesWorkloads } from "../../shared/relations/kubernetes-workloads";
import { zonalSiblings } from "../../shared/relations/kubernetes-zonal-siblings";
import { defineStackRule } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const k8sMinReplicas = defineStackRule({
    id: "k8s-min-replicas",
    title: "A Deployment, StatefulSet or ReplicaSet never runs fewer than two pods",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01", "REL07-BP01"] },
    why: "the failure of one pod, or of the node under it, is an outage until another has started",
    fix: "set `minReplicas` of its HorizontalPodAutoscaler, or `spec.replicas` where nothing scales it, to at least 2",
    url: "https://docs.aws.amazon.com/eks/latest/best-practices/application.html",
    tokens: tokensOf("deployment", "statefulSet", "replicaSet"),
    // Not spec.replicas: to ignore it is right where an autoscaler changes it.
    guards: [
        { tokens: TOKENS.horizontalPodAutoscaler, property: "spec.minReplicas" },
        { tokens: TOKENS.scaledObject, property: "spec.minReplicaCount" },
        { tokens: TOKENS.scaledObject, property: "metadata.annotations" },
    ],
    settings: {
        minimum: { type: "integer", minimum: 1, default: 2, description: "The fewest pods of a workload." },
    },
    check: (graph, on, settings) => {
        const minimum = settings["minimum"] as number;
        for (const workload of kubernetesWorkloads(graph)) {
            const { node, floor, floorProperty, floorIsSet, off, autoscalers } = workload;
            if (off || (floor !== UNKNOWN && floor >= minimum)) {
                continue;
            }
            // One workload for each zone behind one Service: they stand in for each other.
            const others = zonalSiblings(graph, workload);
            if (others.count > 0 && (floor === UNKNOWN ? 0 : floor) + others.floor >= minimum) {
                continue;
            }
            if (floor === UNKNOWN || !others.floorKnown) {
                on(node).undetermined(floorProperty);
            } else {
                const is = floorIsSet ? "is" : "is not set and so";
                const fix =
                    autoscalers.length > 0
                        ? `set ${floorProperty} to at least ${minimum}`
                        : `set \`spec.replicas\` to at least ${minimum}, or have it scaled from there on by a HorizontalPodAutoscaler`;
                on(node).violation(floorProperty, `${is} ${floor}, below ${minimum}`, fix);
            }
        }
    },
});
