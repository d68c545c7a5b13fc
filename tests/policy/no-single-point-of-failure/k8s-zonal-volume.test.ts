import { k8sZonalVolume } from "../../../policies/no-single-point-of-failure/rules/k8s-zonal-volume";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { autoNamed, autoscaler, workload } from "../support/kubernetes";

const claim = (accessModes: unknown, spec: object = {}, metadata: object = {}): TestResource =>
    resource("persistentVolumeClaim", "data", {
        metadata: { name: "data", ...metadata },
        spec: { accessModes, ...spec },
    });
const claiming = (claimName: unknown): object => ({
    volumes: [
        { name: "scratch", emptyDir: {} },
        { name: "data", persistentVolumeClaim: { claimName } },
    ],
});
const web = (replicas: unknown, pod: object = claiming("data")): TestResource =>
    workload("web", { spec: { replicas }, pod });

describeRule(k8sZonalVolume, {
    compliant: {
        "a volume that all may have": [web(2), claim(["ReadWriteMany"])],
        "a volume that all may read": [web(2), claim(["ReadOnlyMany"])],
        "a volume that may be one or the other": [web(2), claim(["ReadWriteOnce", "ReadWriteMany"])],
        "a volume of one pod": [web(1), claim(["ReadWriteOnce"])],
        "volumes of their own for each pod of a StatefulSet": [
            workload("db", {
                kind: "statefulSet",
                spec: {
                    replicas: 3,
                    volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } }],
                },
                pod: { volumes: [{ name: "scratch", emptyDir: {} }] },
            }),
        ],
        "volumes that come and go with each pod": [
            web(3, {
                volumes: [
                    { name: "a", ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"] } } } },
                    { name: "b", configMap: { name: "config" } },
                ],
            }),
        ],
        "a file system of all zones, whatever the claim says": [
            resource("storageClass", "efs", { metadata: { name: "efs" }, provisioner: "efs.csi.aws.com" }),
            web(2),
            claim(["ReadWriteOnce"], { storageClassName: "efs" }),
        ],
        "such a file system by reference": [
            resource("storageClass", "efs", { provisioner: "efs.csi.aws.com" }),
            web(2),
            claim(["ReadWriteOnce"], { storageClassName: ref("efs", "name") }),
        ],
    },
    violating: {
        "a mode that there is not, of which nothing is shown": {
            resources: [web(2), claim(["s3cr3t-mode"])],
            at: ["web"],
            says: /claims data, which is for one node, and up to 2 pods run/,
        },
        "a volume of one node for two pods": {
            resources: [web(2), claim(["ReadWriteOnce"])],
            at: ["web"],
            says: /spec\.template\.spec\.volumes\[1\] claims data, which is ReadWriteOnce, and up to 2 pods run: all pods have to run on the node/,
        },
        "such a volume by reference": {
            resources: [
                web(2, claiming(ref("data", "name"))),
                resource("persistentVolumeClaim", "data", { spec: { accessModes: ["ReadWriteOnce"] } }),
            ],
            at: ["web"],
            says: /claims data, which is ReadWriteOnce/,
        },
        "a volume of one pod for two": {
            resources: [web(2), claim(["ReadWriteOncePod"])],
            at: ["web"],
            says: /which is ReadWriteOncePod, and up to 2 pods run/,
        },
        "one pod that an autoscaler multiplies": {
            resources: [autoNamed("web", { pod: claiming("data") }), autoscaler("web"), claim(["ReadWriteOnce"])],
            at: ["web"],
            says: /and up to 10 pods run/,
        },
        "one claim for all pods of a StatefulSet": {
            resources: [
                workload("web", { kind: "statefulSet", spec: { replicas: 3 }, pod: claiming("data") }),
                claim(["ReadWriteOnce"]),
            ],
            at: ["web"],
            says: /and up to 3 pods run/,
        },
        "an EBS volume": {
            resources: [web(2, { volumes: [{ name: "data", awsElasticBlockStore: { volumeID: "vol-1" } }] })],
            at: ["web"],
            says: /volumes\[0\] is an EBS volume, and up to 2 pods run/,
        },
        "a claim of another class than a file system's": {
            resources: [
                resource("storageClass", "gp3", { metadata: { name: "gp3" }, provisioner: "ebs.csi.aws.com" }),
                web(2),
                claim(["ReadWriteOnce"], { storageClassName: "gp3" }),
            ],
            at: ["web"],
            says: /claims data/,
        },
    },
    unknown: {
        "the volumes": {
            resources: [web(2, { volumes: UNKNOWN_VALUE })],
            at: ["web"],
            says: /spec\.template\.spec\.volumes is not known in preview/,
        },
        "the access modes": {
            resources: [web(2), claim(UNKNOWN_VALUE)],
            at: ["web"],
            says: /claims data, whose accessModes are not known in preview/,
        },
        "the number of pods": {
            resources: [web(UNKNOWN_VALUE), claim(["ReadWriteOnce"])],
            at: ["web"],
            says: /and a number of pods that is not known run/,
        },
        "a claim that is elsewhere": {
            resources: [web(2)],
            at: ["web"],
            says: /volumes\[1\] claims a volume that is not in this stack, and up to 2 pods run/,
        },
        "a claim in another namespace": {
            resources: [web(2), claim(["ReadWriteMany"], {}, { namespace: "others" })],
            at: ["web"],
            says: /claims a volume that is not in this stack/,
        },
    },
    notApplicable: {
        "a workload that is switched off": [web(0), claim(["ReadWriteOnce"])],
        "a DaemonSet": [workload("agent", { kind: "daemonSet", pod: claiming("data") }), claim(["ReadWriteOnce"])],
    },
});
