import type { ResourceSpec } from "../../catalogue";
import type { Change } from "../diff";
import { withoutPositions } from "../path";
import { open, type ValueMap } from "../values";

/** What the API server does not let anyone change, by kind; a path stands for all below it. */
const immutable: Readonly<Record<string, readonly string[]>> = {
    ConfigMap: [],
    Secret: ["type"],
    Deployment: ["spec.selector"],
    DaemonSet: ["spec.selector"],
    ReplicaSet: ["spec.selector"],
    StatefulSet: [
        "spec.selector",
        "spec.serviceName",
        "spec.podManagementPolicy",
        "spec.volumeClaimTemplates",
        "spec.revisionHistoryLimit",
    ],
    Job: ["spec.selector", "spec.template", "spec.completions", "spec.completionMode", "spec.podFailurePolicy"],
    Pod: ["spec"],
    Service: ["spec.clusterIP"],
    PersistentVolumeClaim: [
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
        "spec.volumeMode",
        "spec.dataSource",
        "spec.dataSourceRef",
    ],
    PersistentVolume: ["spec.persistentVolumeSource"],
    StorageClass: ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"],
    RoleBinding: ["roleRef"],
    ClusterRoleBinding: ["roleRef"],
    IngressClass: ["spec.controller"],
    CustomResourceDefinition: ["spec.group", "spec.names.kind", "spec.names.plural", "spec.scope"],
    PriorityClass: ["value", "preemptionPolicy"],
    CSIDriver: ["spec.attachRequired"],
};

/** Parts of a pod that can be changed while it runs. */
const podUpdates =
    /^spec\.(activeDeadlineSeconds|tolerations|terminationGracePeriodSeconds|(initC|c)ontainers\.image)\b/;

export function replacesKubernetes(spec: ResourceSpec, change: Change, olds: ValueMap, news: ValueMap): boolean {
    const path = withoutPositions(change.path);
    if (/^(apiVersion|kind)$/.test(path)) {
        return open(olds["kind"]) !== open(news["kind"]);
    }
    if (/^metadata\.(name|namespace|generateName)$/.test(path)) {
        return true;
    }
    const kind = spec.token.slice(spec.token.lastIndexOf(":") + 1);
    if ((kind === "ConfigMap" || kind === "Secret") && open(olds["immutable"]) === true) {
        return /^(data|binaryData|stringData|immutable)\b/.test(path);
    }
    if (kind === "Pod" && podUpdates.test(path)) {
        return false;
    }
    return (immutable[kind] ?? []).some(
        (place) => path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`),
    );
}
