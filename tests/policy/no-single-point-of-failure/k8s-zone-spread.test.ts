import { k8sZoneSpread } from "../../../policies/no-single-point-of-failure/rules/k8s-zone-spread";
import { describeRule, settings } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { autoNamed, autoscaler, service, workload } from "../support/kubernetes";

const ZONE = "topology.kubernetes.io/zone";
const OWN = { matchLabels: { app: "web" } };

const web = (pod: object, replicas: unknown = 3): TestResource => workload("web", { spec: { replicas }, pod });
const constraint = (more: object = {}): object => ({
    maxSkew: 1,
    topologyKey: ZONE,
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: OWN,
    ...more,
});
const spread = (more: object = {}, replicas: unknown = 3): TestResource =>
    web({ topologySpreadConstraints: [constraint(more)] }, replicas);
const required = (term: object): object => ({
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
});
const preferred = (term: object): object => ({
    affinity: {
        podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
        },
    },
});
const inZones = (...zones: readonly unknown[]): object => ({
    nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: "In", values: zones }] }],
        },
    },
});
const kept = (name: string, zone: string): TestResource =>
    workload(name, {
        spec: { replicas: 2 },
        labels: { app: "web", zone },
        pod: { nodeSelector: { [ZONE]: zone } },
    });

describeRule(k8sZoneSpread, {
    compliant: {
        "a constraint on zones": [spread()],
        "a constraint that may be broken": [spread({ whenUnsatisfiable: "ScheduleAnyway", maxSkew: 5 })],
        "a constraint by the ids of zones": [spread({ topologyKey: "topology.k8s.aws/zone-id" })],
        "a constraint by the old label of zones": [spread({ topologyKey: "failure-domain.beta.kubernetes.io/zone" })],
        "a constraint of each revision": [spread({ matchLabelKeys: ["pod-template-hash"] })],
        "a constraint on hosts and one on zones": [
            web({
                topologySpreadConstraints: [constraint({ topologyKey: "kubernetes.io/hostname" }), constraint()],
            }),
        ],
        "a skew that is smaller than all pods": [spread({ maxSkew: 2 })],
        "an anti-affinity over zones": [web(required({ topologyKey: ZONE, labelSelector: OWN }))],
        "an anti-affinity over zones that may be broken": [web(preferred({ topologyKey: ZONE, labelSelector: OWN }))],
        "an anti-affinity that names its own namespace": [
            web(required({ topologyKey: ZONE, labelSelector: OWN, namespaces: ["default", "others"] })),
        ],
        "an anti-affinity over all namespaces": [
            web(required({ topologyKey: ZONE, labelSelector: OWN, namespaceSelector: {} })),
        ],
        "a StatefulSet": [
            workload("db", {
                kind: "statefulSet",
                spec: { replicas: 3 },
                pod: { topologySpreadConstraints: [constraint({ labelSelector: { matchLabels: { app: "db" } } })] },
            }),
        ],
        "two zones by node affinity": [
            web({
                affinity: inZones("eu-central-1a", "eu-central-1b"),
                topologySpreadConstraints: [constraint()],
                nodeSelector: { "kubernetes.io/arch": "arm64" },
            }),
        ],
        "one workload for each zone behind one Service": [
            kept("web-a", "eu-central-1a"),
            kept("web-b", "eu-central-1b"),
            service("web"),
        ],
        "an unknown number of pods that are spread": [spread({}, UNKNOWN_VALUE)],
    },
    violating: {
        "nothing at all": {
            resources: [web({})],
            at: ["web"],
            says: /spec\.template\.spec\.topologySpreadConstraints has nothing on zones for 3 pods: all pods may run in one zone/,
        },
        "many pods by an autoscaler alone": {
            resources: [autoNamed("web"), autoscaler("web", { minReplicas: 2 })],
            at: ["web"],
            says: /has nothing on zones for 2 pods/,
        },
        "hosts only": {
            resources: [spread({ topologyKey: "kubernetes.io/hostname" })],
            at: ["web"],
            says: /has nothing on zones/,
        },
        "an anti-affinity over hosts only": {
            resources: [web(required({ topologyKey: "kubernetes.io/hostname", labelSelector: OWN }))],
            at: ["web"],
            says: /has nothing on zones/,
        },
        "an anti-affinity to another workload over zones": {
            resources: [
                web(required({ topologyKey: ZONE, labelSelector: { matchLabels: { app: "api" } } })),
                workload("api"),
            ],
            at: ["web"],
            says: /spreads other pods than the workload's own over zones/,
        },
        "a misspelt selector over hosts": {
            resources: [
                spread({ topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "wbe" } } }),
            ],
            at: ["web"],
            says: /has nothing on zones for 3 pods/,
        },
        "an anti-affinity to pods of another namespace": {
            resources: [web(required({ topologyKey: ZONE, labelSelector: OWN, namespaces: ["others"] }))],
            at: ["web"],
            says: /spreads other pods/,
        },
        "an anti-affinity to what has other labels than the pods": {
            resources: [
                web(required({ topologyKey: ZONE, labelSelector: OWN, mismatchLabelKeys: ["app"] })),
                workload("more", { spec: { replicas: 1 }, labels: { app: "web" } }),
            ],
            at: ["web"],
            says: /spreads other pods/,
        },
        "a skew as large as all pods": {
            resources: [spread({ maxSkew: 3 })],
            at: ["web"],
            says: /allows a skew of 3 over zones, and all 3 pods may run in one/,
        },
        "a skew as large as what an autoscaler leaves": {
            resources: [
                autoNamed("web", {
                    spec: { replicas: 9 },
                    pod: { topologySpreadConstraints: [constraint({ maxSkew: 2 })] },
                }),
                autoscaler("web", { minReplicas: 2 }),
            ],
            at: ["web"],
            says: /allows a skew of 2 over zones, and all 2 pods/,
        },
        "one that may be broken, where the configuration asks for more": {
            resources: [spread({ whenUnsatisfiable: "ScheduleAnyway" })],
            at: ["web"],
            says: /spreads over zones only where the scheduler finds it easy.* Fix: add .*whenUnsatisfiable: "DoNotSchedule"/,
            config: settings(k8sZoneSpread, { required: true }),
        },
        "a node selector of one zone, whatever else is spread": {
            resources: [web({ topologySpreadConstraints: [constraint()], nodeSelector: { [ZONE]: "eu-central-1a" } })],
            at: ["web"],
            says: /spec\.template\.spec\.nodeSelector keeps all pods in one zone \(eu-central-1a\): .* Fix: allow at least two/,
        },
        "one node whose name is not known yet": {
            resources: [web({ nodeName: UNKNOWN_VALUE })],
            at: ["web"],
            says: /spec\.template\.spec\.nodeName keeps all pods in one zone/,
        },
        "a node selector of one zone by its id": {
            resources: [web({ nodeSelector: { "topology.k8s.aws/zone-id": "euc1-az1" } })],
            at: ["web"],
            says: /nodeSelector keeps all pods in one zone \(euc1-az1\)/,
        },
        "a node selector of one zone by the label of the EBS driver": {
            resources: [web({ nodeSelector: { "topology.ebs.csi.aws.com/zone": "eu-central-1a" } })],
            at: ["web"],
            says: /nodeSelector keeps all pods in one zone \(eu-central-1a\)/,
        },
        "a node affinity for one zone": {
            resources: [web({ affinity: inZones("eu-central-1a") })],
            at: ["web"],
            says: /nodeAffinity\.requiredDuringSchedulingIgnoredDuringExecution keeps all pods in one zone/,
        },
        "one node": {
            resources: [web({ nodeName: "ip-10-0-0-1", topologySpreadConstraints: [constraint()] })],
            at: ["web"],
            says: /spec\.template\.spec\.nodeName keeps all pods in one zone:/,
        },
        "two workloads in the same zone behind one Service": {
            resources: [kept("web-a", "eu-central-1a"), kept("web-b", "eu-central-1a"), service("web")],
            at: ["web-a", "web-b"],
            says: /keeps all pods in one zone/,
        },
        "workloads in zones of their own that serve nothing in common": {
            resources: [kept("web-a", "eu-central-1a"), kept("web-b", "eu-central-1b")],
            at: ["web-a", "web-b"],
            says: /keeps all pods in one zone/,
        },
    },
    unknown: {
        "the constraints": {
            resources: [web({ topologySpreadConstraints: UNKNOWN_VALUE })],
            at: ["web"],
            says: /spec\.template\.spec\.topologySpreadConstraints is not known in preview/,
        },
        "the pods as a whole": {
            resources: [
                resource("deployment", "web", {
                    metadata: { name: "web" },
                    spec: { replicas: 3, selector: OWN, template: UNKNOWN_VALUE },
                }),
            ],
            at: ["web"],
            says: /spec\.template\.spec\.topologySpreadConstraints is not known in preview/,
        },
        "what a constraint is over": {
            resources: [spread({ topologyKey: UNKNOWN_VALUE })],
            at: ["web"],
            says: /topologySpreadConstraints is not known in preview/,
        },
        "the labels of the pods": {
            resources: [
                workload("web", {
                    spec: { replicas: 3 },
                    labels: { app: UNKNOWN_VALUE },
                    pod: { topologySpreadConstraints: [constraint()] },
                }),
            ],
            at: ["web"],
            says: /topologySpreadConstraints is not known/,
        },
        "the skew": {
            resources: [spread({ maxSkew: UNKNOWN_VALUE })],
            at: ["web"],
            says: /topologySpreadConstraints is not known/,
        },
        "the number of pods": {
            resources: [web({}, UNKNOWN_VALUE)],
            at: ["web"],
            says: /spec\.replicas is not known in preview, and nothing spreads the pods over zones/,
        },
        "the namespaces of an anti-affinity": {
            resources: [
                web(
                    required({ topologyKey: ZONE, labelSelector: OWN, namespaceSelector: { matchLabels: { a: "b" } } }),
                ),
            ],
            at: ["web"],
            says: /topologySpreadConstraints is not known/,
        },
    },
    notApplicable: {
        "one pod": [web({}, 1)],
        "a workload that is switched off": [web({}, 0)],
        "a DaemonSet": [workload("agent", { kind: "daemonSet" })],
        // k8s-spread-selector says it.
        "a constraint over zones whose selector misses the pods": [
            spread({ labelSelector: { matchLabels: { app: "api" } } }),
        ],
        "a constraint over zones without a selector": [spread({ labelSelector: undefined })],
        "an anti-affinity over zones to nobody": [
            web(required({ topologyKey: ZONE, labelSelector: { matchLabels: { app: "wbe" } } })),
        ],
    },
});
