import { k8sMinReplicas } from "../../../policies/no-single-point-of-failure/rules/k8s-min-replicas";
import { describeRule, settings } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { autoNamed, autoscaler, scaledObject, service, workload } from "../support/kubernetes";

const replicas = (count: unknown): TestResource => workload("web", { spec: { replicas: count } });
const inZone = (name: string, zone: string): TestResource =>
    workload(name, {
        spec: { replicas: 1 },
        labels: { app: "web", zone },
        pod: { nodeSelector: { "topology.kubernetes.io/zone": zone } },
    });

describeRule(k8sMinReplicas, {
    compliant: {
        "a number of pods at which KEDA is held, above the minimum": [
            workload("web"),
            scaledObject("web", { minReplicaCount: 0 }, { "autoscaling.keda.sh/paused-replicas": "4" }),
        ],
        "two pods": [replicas(2)],
        "a StatefulSet of three": [workload("db", { kind: "statefulSet", spec: { replicas: 3 } })],
        "one pod at first and two by an autoscaler, by reference": [
            autoNamed("web", { spec: { replicas: 1 } }),
            autoscaler("web", { minReplicas: 2 }),
        ],
        "no count, as is right under an autoscaler, which names it": [
            workload("web"),
            autoscaler("web", {
                minReplicas: 3,
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
            }),
        ],
        "two pods at least under KEDA": [workload("web"), scaledObject("web", { minReplicaCount: 2 })],
        "an autoscaler of another workload of the same name": [
            replicas(2),
            workload("web-of-others", { spec: { replicas: 2 }, metadata: { name: "web", namespace: "others" } }),
            autoscaler(
                "web",
                { minReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "web" } },
                { namespace: "others" },
            ),
        ],
        "an autoscaler in a namespace of the stack that has no name yet": [
            resource("kubernetesNamespace", "apps", {}, { computed: { metadata: { name: "apps-metadata.name" } } }),
            autoNamed("web", { metadata: { namespace: ref("apps", "metadata.name") }, spec: { replicas: 1 } }),
            autoscaler("web", { minReplicas: 2 }, { namespace: ref("apps", "metadata.name") }),
        ],
        "one pod for each zone behind one Service": [
            inZone("web-a", "eu-central-1a"),
            inZone("web-b", "eu-central-1b"),
            service("web"),
        ],
    },
    violating: {
        "one pod": {
            resources: [replicas(1)],
            at: ["web"],
            says: /spec\.replicas is 1, below 2: .* Fix: set `spec\.replicas` to at least 2/,
        },
        "no count": { resources: [workload("web")], at: ["web"], says: /spec\.replicas is not set and so 1, below 2/ },
        "a StatefulSet of one": {
            resources: [workload("db", { kind: "statefulSet" })],
            at: ["db"],
            says: /is not set and so 1/,
        },
        "many pods that an autoscaler may take away": {
            resources: [autoNamed("web", { spec: { replicas: 10 } }), autoscaler("web")],
            at: ["web"],
            says: /spec\.minReplicas of the HorizontalPodAutoscaler web-hpa is not set and so 1, below 2/,
        },
        "two autoscalers that contradict each other": {
            resources: [
                workload("web"),
                autoscaler("web", { minReplicas: 3 }),
                { ...scaledObject("web", { minReplicaCount: 1 }), name: "other" },
            ],
            at: ["web"],
            says: /spec\.minReplicaCount of the ScaledObject other is 1/,
        },
        "nobody at all under KEDA": {
            resources: [replicas(5), scaledObject("web")],
            at: ["web"],
            says: /spec\.minReplicaCount of the ScaledObject web-scaled is not set and so 0.* Fix: set spec\.minReplicaCount of the ScaledObject web-scaled to at least 2/,
        },
        "none to begin with, which KEDA starts": {
            resources: [replicas(0), scaledObject("web", { minReplicaCount: 1 })],
            at: ["web"],
            says: /spec\.minReplicaCount of the ScaledObject web-scaled is 1/,
        },
        "a number of pods at which KEDA is held": {
            resources: [
                replicas(5),
                scaledObject("web", { minReplicaCount: 2 }, { "autoscaling.keda.sh/paused-replicas": "1" }),
            ],
            at: ["web"],
            says: /metadata\.annotations\["autoscaling\.keda\.sh\/paused-replicas"\] of the ScaledObject web-scaled is 1/,
        },
        "an idle count of KEDA below its minimum": {
            resources: [replicas(5), scaledObject("web", { minReplicaCount: 2, idleReplicaCount: 1 })],
            at: ["web"],
            says: /spec\.idleReplicaCount of the ScaledObject web-scaled is 1/,
        },
        "an autoscaler of a workload whose name only begins alike": {
            resources: [
                replicas(1),
                workload("web-api", { spec: { replicas: 2 } }),
                autoscaler("web-api", { minReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "web-api" } }),
            ],
            at: ["web"],
            says: /spec\.replicas is 1/,
        },
        "an autoscaler of a StatefulSet of the same name": {
            resources: [
                replicas(1),
                workload("web-set", { kind: "statefulSet", metadata: { name: "web" } }),
                autoscaler("web", { minReplicas: 2, scaleTargetRef: { kind: "StatefulSet", name: "web" } }),
            ],
            at: ["web"],
            says: /spec\.replicas is 1/,
        },
        "an autoscaler in another namespace": {
            resources: [
                replicas(1),
                autoscaler(
                    "web",
                    { minReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "web" } },
                    { namespace: "others" },
                ),
            ],
            at: ["web"],
            says: /spec\.replicas is 1/,
        },
        "one pod in the same zone twice": {
            resources: [inZone("web-a", "eu-central-1a"), inZone("web-b", "eu-central-1a"), service("web")],
            at: ["web-a", "web-b"],
            says: /spec\.replicas is 1/,
        },
        "fewer than are configured": {
            resources: [replicas(2)],
            at: ["web"],
            says: /is 2, below 3.* Fix: set `spec\.replicas` to at least 3/,
            config: settings(k8sMinReplicas, { minimum: 3 }),
        },
    },
    unknown: {
        "whether KEDA is held": {
            resources: [workload("web"), scaledObject("web", { minReplicaCount: 2 }, UNKNOWN_VALUE)],
            at: ["web"],
            says: /paused-replicas"\] of the ScaledObject web-scaled is not known/,
        },
        "an autoscaler of the logical name of a workload that Pulumi names": {
            resources: [
                autoNamed("web"),
                autoscaler("web", { minReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "web" } }),
            ],
            at: ["web"],
            says: /spec\.minReplicas of the HorizontalPodAutoscaler web-hpa is not known/,
        },
        "the count": {
            resources: [replicas(UNKNOWN_VALUE)],
            at: ["web"],
            says: /spec\.replicas is not known in preview/,
        },
        "the autoscaler's floor": {
            resources: [autoNamed("web"), autoscaler("web", { minReplicas: UNKNOWN_VALUE })],
            at: ["web"],
            says: /spec\.minReplicas of the HorizontalPodAutoscaler web-hpa is not known/,
        },
        "which of two workloads an autoscaler is for": {
            resources: [
                autoNamed("web", { spec: { replicas: 2 } }),
                autoNamed("api", { spec: { replicas: 2 } }),
                autoscaler("web", {
                    minReplicas: 1,
                    metrics: [{ object: { describedObject: { name: ref("api", "name") } } }],
                }),
            ],
            at: ["web", "api"],
            says: /spec\.minReplicas of the HorizontalPodAutoscaler web-hpa is not known/,
        },
        "whether an autoscaler is in the same namespace": {
            resources: [
                replicas(1),
                autoscaler(
                    "web",
                    { minReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "web" } },
                    { namespace: UNKNOWN_VALUE },
                ),
            ],
            at: ["web"],
            says: /spec\.minReplicas of the HorizontalPodAutoscaler web-hpa is not known/,
        },
        "a name that both get from elsewhere": {
            resources: [
                workload("web", { spec: { replicas: 2 }, metadata: { name: UNKNOWN_VALUE } }),
                autoscaler("web", {
                    minReplicas: 1,
                    scaleTargetRef: { kind: "Deployment", name: UNKNOWN_VALUE },
                }),
            ],
            at: ["web"],
            says: /is not known in preview/,
        },
    },
    notApplicable: {
        "a workload that is switched off": [replicas(0)],
        "a workload that is switched off, with its autoscaler": [replicas(0), autoscaler("web")],
        "a DaemonSet": [workload("agent", { kind: "daemonSet" })],
        "a Job": [workload("migration", { kind: "job" })],
        "a change of a workload made elsewhere": [{ ...workload("web"), type: "kubernetes:apps/v1:DeploymentPatch" }],
    },
});
