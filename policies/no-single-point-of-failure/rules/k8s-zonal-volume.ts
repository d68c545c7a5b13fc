import { sharedVolumes } from "../../shared/relations/kubernetes-volumes";
import { kubernetesWorkloads } from "../../shared/relations/kubernetes-workloads";
import { defineStackRule } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const k8sZonalVolume = defineStackRule({
    id: "k8s-zonal-volume",
    title: "The pods of a workload do not share a volume that one node can have",
    severity: "medium",
    frameworks: { wellArchitected: ["REL10-BP01"] },
    why: "all pods have to run on the node that has the volume, and none can start in a zone other than the volume's",
    fix: "give each pod its own volume (a StatefulSet with `volumeClaimTemplates`), or share an EFS file system as `ReadWriteMany`",
    url: "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",
    tokens: tokensOf("deployment", "statefulSet", "replicaSet"),
    guards: ["spec.template.spec.volumes", { tokens: TOKENS.persistentVolumeClaim, property: "spec.accessModes" }],
    check: (graph, on) => {
        for (const workload of kubernetesWorkloads(graph)) {
            const { node, podSpec, ceiling, off } = workload;
            if (off || (ceiling !== UNKNOWN && ceiling < 2)) {
                continue;
            }
            const volumes = sharedVolumes(graph, workload);
            if (volumes === UNKNOWN) {
                on(node).undetermined(`${podSpec}.volumes`);
                continue;
            }
            for (const { path, singleNode, reason } of volumes) {
                if (singleNode === UNKNOWN || (singleNode && ceiling === UNKNOWN)) {
                    const pods = ceiling === UNKNOWN ? "a number of pods that is not known" : `up to ${ceiling} pods`;
                    on(node).undetermined(path, `${reason}, and ${pods} run`);
                } else if (singleNode) {
                    on(node).violation(path, `${reason}, and up to ${String(ceiling)} pods run`);
                }
            }
        }
    },
});
