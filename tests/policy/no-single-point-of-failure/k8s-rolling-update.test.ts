import { k8sRollingUpdate } from "../../../policies/no-single-point-of-failure/rules/k8s-rolling-update";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { autoNamed, autoscaler, workload } from "../support/kubernetes";

const web = (strategy: unknown, replicas: unknown = 3, pod: object = {}): TestResource =>
    workload("web", { spec: { replicas, strategy }, pod });
const rolling = (maxUnavailable: unknown): object => ({ type: "RollingUpdate", rollingUpdate: { maxUnavailable } });
const set = (maxUnavailable: unknown): TestResource =>
    workload("db", {
        kind: "statefulSet",
        spec: { replicas: 3, updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable } } },
    });
const claiming = { volumes: [{ name: "data", persistentVolumeClaim: { claimName: ref("data", "name") } }] };
const claim = (mode: string): TestResource =>
    resource("persistentVolumeClaim", "data", { spec: { accessModes: [mode] } });

describeRule(k8sRollingUpdate, {
    compliant: {
        "no strategy, which is a rolling update": [web(undefined)],
        "one by one": [web(rolling(1))],
        "a quarter at a time": [web(rolling("25%"))],
        "a percentage that is rounded down to fewer than all": [web(rolling("99%"), 2)],
        "a StatefulSet, which replaces one by one": [workload("db", { kind: "statefulSet", spec: { replicas: 3 } })],
        "a StatefulSet that replaces two of three": [set(2)],
        "a StatefulSet whose pods are replaced by hand": [
            workload("db", { kind: "statefulSet", spec: { replicas: 3, updateStrategy: { type: "OnDelete" } } }),
        ],
        "a single pod whose volume the next one needs": [
            web({ type: "Recreate" }, 1, claiming),
            claim("ReadWriteOnce"),
        ],
    },
    violating: {
        "all at once": {
            resources: [web({ type: "Recreate" })],
            at: ["web"],
            says: /spec\.strategy\.type is Recreate: every update stops all pods before new ones have started/,
        },
        "a single pod without a volume": {
            resources: [web({ type: "Recreate" }, 1)],
            at: ["web"],
            says: /is Recreate/,
        },
        "a single pod with a volume that others may have, too": {
            resources: [web({ type: "Recreate" }, 1, claiming), claim("ReadWriteMany")],
            at: ["web"],
            says: /is Recreate/,
        },
        "several pods with a volume": {
            resources: [web({ type: "Recreate" }, 2, claiming), claim("ReadWriteOnce")],
            at: ["web"],
            says: /is Recreate/,
        },
        "as many as there are": {
            resources: [web(rolling(3))],
            at: ["web"],
            says: /spec\.strategy\.rollingUpdate\.maxUnavailable is 3, so all 3 pods may be replaced at once/,
        },
        "as many as an autoscaler leaves": {
            resources: [
                autoNamed("web", { spec: { replicas: 9, strategy: rolling(2) } }),
                autoscaler("web", { minReplicas: 2 }),
            ],
            at: ["web"],
            says: /is 2, so all 2 pods/,
        },
        "all of them": {
            resources: [web(rolling("100%"))],
            at: ["web"],
            says: /maxUnavailable is 100%, so all pods/,
        },
        "a StatefulSet that replaces all, as its percentage is rounded up": {
            resources: [set("70%")],
            at: ["db"],
            says: /spec\.updateStrategy\.rollingUpdate\.maxUnavailable is 70%, so all 3 pods.* Fix: set `spec\.updateStrategy\.rollingUpdate\.maxUnavailable` to 1/,
        },
    },
    unknown: {
        "the strategy": {
            resources: [web({ type: UNKNOWN_VALUE })],
            at: ["web"],
            says: /spec\.strategy\.type is not known in preview/,
        },
        "how many may lack": {
            resources: [web(rolling(UNKNOWN_VALUE))],
            at: ["web"],
            says: /maxUnavailable is not known in preview/,
        },
        "of how many they may lack": {
            resources: [web(rolling(2), UNKNOWN_VALUE)],
            at: ["web"],
            says: /maxUnavailable is 2, of a number of pods that is not known/,
        },
        "whether a volume of a single pod is for one node": {
            resources: [web({ type: "Recreate" }, 1, { volumes: UNKNOWN_VALUE })],
            at: ["web"],
            says: /is Recreate, and whether a volume asks for that is not known/,
        },
    },
    notApplicable: {
        "a workload that is switched off": [web({ type: "Recreate" }, 0)],
        "a single pod that an update may lack": [web(rolling(1), 1)],
        "a ReplicaSet, which no update touches": [workload("web", { kind: "replicaSet" })],
        "a DaemonSet": [workload("agent", { kind: "daemonSet" })],
    },
});
