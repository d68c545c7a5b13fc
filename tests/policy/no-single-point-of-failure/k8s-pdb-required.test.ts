import { k8sPdbRequired } from "../../../policies/no-single-point-of-failure/rules/k8s-pdb-required";
import { describeRule, settings } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { autoNamed, autoscaler, budget, workload } from "../support/kubernetes";

const web = (shape: object = {}): TestResource => workload("web", { spec: { replicas: 3 }, ...shape });
const selecting = (selector: unknown, metadata: object = {}): TestResource =>
    resource("podDisruptionBudget", "web-pdb", {
        metadata: { name: "web", ...metadata },
        spec: { maxUnavailable: 1, selector },
    });

describeRule(k8sPdbRequired, {
    compliant: {
        "a budget of the same labels": [web(), budget("web", { maxUnavailable: 1 })],
        "a budget of some of the labels": [
            web({ labels: { "app.kubernetes.io/name": "web", tier: "front" } }),
            selecting({ matchLabels: { "app.kubernetes.io/name": "web" } }),
        ],
        "a budget by expressions": [
            web({ labels: { app: "web", tier: "front" } }),
            selecting({
                matchExpressions: [
                    { key: "app", operator: "In", values: ["web", "api"] },
                    { key: "tier", operator: "NotIn", values: ["batch"] },
                    { key: "tier", operator: "Exists" },
                    { key: "canary", operator: "DoesNotExist" },
                ],
            }),
        ],
        "a budget for all pods of the namespace": [web(), selecting({})],
        "a budget in a namespace of the stack that has no name yet": [
            resource("kubernetesNamespace", "apps", {}, { computed: { metadata: { name: "apps-metadata.name" } } }),
            web({ metadata: { namespace: ref("apps", "metadata.name") } }),
            selecting({ matchLabels: { app: "web" } }, { namespace: ref("apps", "metadata.name") }),
        ],
        "a budget for a StatefulSet": [
            workload("db", { kind: "statefulSet", spec: { replicas: 3 } }),
            budget("db", { maxUnavailable: 1 }),
        ],
    },
    violating: {
        "no budget": {
            resources: [web()],
            at: ["web"],
            says: /spec\.template\.metadata\.labels are selected by no PodDisruptionBudget, and 3 pods run: an upgrade/,
        },
        "no budget, and pods by an autoscaler": {
            resources: [autoNamed("web"), autoscaler("web", { minReplicas: 2 })],
            at: ["web"],
            says: /selected by no PodDisruptionBudget, and 2 pods run/,
        },
        "a budget that shares one label of two": {
            resources: [
                web({ labels: { app: "web", tier: "front" } }),
                selecting({ matchLabels: { app: "api", tier: "front" } }),
            ],
            at: ["web"],
            says: /selected by no PodDisruptionBudget/,
        },
        "a budget whose labels match and whose expressions do not": {
            resources: [
                web(),
                selecting({
                    matchLabels: { app: "web" },
                    matchExpressions: [{ key: "tier", operator: "Exists" }],
                }),
            ],
            at: ["web"],
            says: /selected by no PodDisruptionBudget/,
        },
        "a budget with the labels of the Deployment instead of those of its pods": {
            resources: [
                web({ metadata: { labels: { name: "frontend" } } }),
                selecting({ matchLabels: { name: "frontend" } }),
            ],
            at: ["web"],
            says: /selected by no PodDisruptionBudget/,
        },
        "a budget in another namespace": {
            resources: [web(), budget("web", { maxUnavailable: 1 }, { namespace: "others" })],
            at: ["web"],
            says: /selected by no PodDisruptionBudget/,
        },
        "a budget without a selector": {
            resources: [web(), selecting(undefined)],
            at: ["web"],
            says: /selected by no PodDisruptionBudget/,
        },
        "a budget of policy/v1beta1 for everything, which there means nothing": {
            resources: [web(), { ...selecting({}), type: "kubernetes:policy/v1beta1:PodDisruptionBudget" }],
            at: ["web"],
            says: /selected by no PodDisruptionBudget/,
        },
        "one pod, where the configuration asks for a budget even then": {
            resources: [workload("web")],
            at: ["web"],
            says: /and one pod runs/,
            config: settings(k8sPdbRequired, { fromReplicas: 1 }),
        },
    },
    unknown: {
        "the number of pods": {
            resources: [workload("web", { spec: { replicas: UNKNOWN_VALUE } })],
            at: ["web"],
            says: /spec\.replicas is not known in preview, and no PodDisruptionBudget/,
        },
        "the labels of the pods": {
            resources: [web({ labels: { app: UNKNOWN_VALUE } }), budget("web", { maxUnavailable: 1 })],
            at: ["web"],
            says: /labels may be selected by web-pdb, whose values are not known/,
        },
        "the selector of the budget": {
            resources: [web(), selecting(UNKNOWN_VALUE)],
            at: ["web"],
            says: /may be selected by web-pdb/,
        },
        "the namespace of the budget": {
            resources: [web(), budget("web", { maxUnavailable: 1 }, { namespace: UNKNOWN_VALUE })],
            at: ["web"],
            says: /may be selected by web-pdb/,
        },
    },
    notApplicable: {
        "one pod": [workload("web")],
        "a workload that is switched off": [workload("web", { spec: { replicas: 0 } })],
        "a DaemonSet": [workload("agent", { kind: "daemonSet" })],
    },
});
