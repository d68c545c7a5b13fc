import { k8sSpreadSelector } from "../../../policies/no-single-point-of-failure/rules/k8s-spread-selector";
import { describeRule } from "../support/describe-rule";
import { UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { workload } from "../support/kubernetes";

const ZONE = "topology.kubernetes.io/zone";

const web = (pod: object, labels: object = { app: "web", tier: "front" }): TestResource =>
    workload("web", { spec: { replicas: 3 }, labels, pod });
const constraint = (labelSelector: unknown, more: object = {}): object => ({
    topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "ScheduleAnyway", labelSelector, ...more },
    ],
});
const apart = (labelSelector: unknown, more: object = {}): object => ({
    affinity: {
        podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: "kubernetes.io/hostname", labelSelector, ...more },
            ],
        },
    },
});
const preferredApart = (labelSelector: unknown): object => ({
    affinity: {
        podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 1, podAffinityTerm: { topologyKey: ZONE, labelSelector } },
            ],
        },
    },
});
const app = (name: string): object => ({ matchLabels: { app: name } });

describeRule(k8sSpreadSelector, {
    compliant: {
        "a constraint on the pods' own labels": [web(constraint({ matchLabels: { app: "web", tier: "front" } }))],
        "a constraint on some of them": [web(constraint(app("web")))],
        "a constraint by an expression": [
            web(constraint({ matchExpressions: [{ key: "app", operator: "In", values: ["web", "api"] }] })),
        ],
        "a constraint on each revision of the pods": [
            web(constraint(app("web"), { matchLabelKeys: ["pod-template-hash"] })),
        ],
        "a constraint on every pod": [web(constraint({}))],
        "an anti-affinity to the pods themselves": [web(apart(app("web")))],
        "a weak anti-affinity to the pods themselves": [web(preferredApart(app("web")))],
        "an anti-affinity to another workload": [web(apart(app("db"))), workload("db")],
        "an anti-affinity to others elsewhere, beside a spread of its own": [
            web({ ...constraint(app("web")), ...apart(app("db")) }),
        ],
        "nothing that spreads": [web({})],
        "an anti-affinity to pods of another namespace": [
            web(apart(app("db"), { namespaces: ["data"] })),
            workload("db", { metadata: { namespace: "data" } }),
        ],
    },
    violating: {
        "a misspelt label": {
            resources: [web(constraint(app("wbe")))],
            at: ["web"],
            says: /spec\.template\.spec\.topologySpreadConstraints\[0\]\.labelSelector selects none of the workload's own pods: the scheduler/,
        },
        "one label too many": {
            resources: [web(constraint({ matchLabels: { app: "web", version: "2" } }))],
            at: ["web"],
            says: /selects none of the workload's own pods/,
        },
        "labels of another workload": {
            resources: [web(constraint(app("db"))), workload("db")],
            at: ["web"],
            says: /selects none of the workload's own pods/,
        },
        "an expression that leaves them out": {
            resources: [
                web(constraint({ ...app("web"), matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] })),
            ],
            at: ["web"],
            says: /selects none of the workload's own pods/,
        },
        "no selector": {
            resources: [web(constraint(undefined))],
            at: ["web"],
            says: /labelSelector is not set, so it selects no pods/,
        },
        "both of two constraints": {
            resources: [
                web({
                    topologySpreadConstraints: [
                        { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule", labelSelector: app("x") },
                        { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule", labelSelector: app("y") },
                    ],
                }),
            ],
            at: ["web", "web"],
            says: /topologySpreadConstraints\[[01]\]\.labelSelector selects none/,
        },
        "an anti-affinity to nobody": {
            resources: [web(apart(app("wbe"))), workload("db")],
            at: ["web"],
            says: /podAntiAffinity\.requiredDuringSchedulingIgnoredDuringExecution\[0\]\.labelSelector selects neither the workload's own pods nor others/,
        },
        "a weak anti-affinity to nobody": {
            resources: [web(preferredApart(app("wbe")))],
            at: ["web"],
            says: /preferredDuringSchedulingIgnoredDuringExecution\[0\]\.podAffinityTerm\.labelSelector selects neither/,
        },
        "an anti-affinity without a selector": {
            resources: [web(apart(undefined))],
            at: ["web"],
            says: /labelSelector is not set, so it selects no pods/,
        },
    },
    unknown: {
        "the constraints": {
            resources: [web({ topologySpreadConstraints: UNKNOWN_VALUE })],
            at: ["web"],
            says: /spec\.template\.spec\.topologySpreadConstraints is not known in preview/,
        },
        "the selector": {
            resources: [web(constraint(UNKNOWN_VALUE))],
            at: ["web"],
            says: /labelSelector is not known in preview/,
        },
        "the pods' labels": {
            resources: [web(constraint(app("web")), { app: UNKNOWN_VALUE })],
            at: ["web"],
            says: /labelSelector is not known in preview/,
        },
        "the selector of an anti-affinity": {
            resources: [web(apart({ matchLabels: { app: UNKNOWN_VALUE } }))],
            at: ["web"],
            says: /labelSelector is not known in preview/,
        },
        "an anti-affinity to pods that a chart may make": {
            resources: [
                web(apart(app("ingress-nginx"))),
                { type: "kubernetes:helm.sh/v3:Release", name: "nginx", inputs: {} },
            ],
            at: ["web"],
            says: /selects neither the workload's own pods nor others/,
            level: "advisory",
        },
        "whether others have the labels": {
            resources: [web(apart(app("db"))), workload("db", { labels: { app: UNKNOWN_VALUE } })],
            at: ["web"],
            says: /selects pods whose labels are not known in preview/,
        },
    },
    notApplicable: {
        "a single pod that keeps away from others": [
            workload("web", { spec: { replicas: 1 }, pod: apart(app("noisy")) }),
        ],
        "a DaemonSet": [workload("agent", { kind: "daemonSet", pod: constraint(app("other")) })],
    },
});
