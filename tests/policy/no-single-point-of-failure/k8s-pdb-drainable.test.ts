import { k8sPdbDrainable } from "../../../policies/no-single-point-of-failure/rules/k8s-pdb-drainable";
import { describeRule } from "../support/describe-rule";
import { UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { autoNamed, autoscaler, budget, scaledObject, workload } from "../support/kubernetes";

const web = (replicas: unknown, labels: object = { app: "web" }): TestResource =>
    workload("web", { spec: { replicas }, labels });

describeRule(k8sPdbDrainable, {
    compliant: {
        "one of two may go": [web(2), budget("web", { maxUnavailable: 1 })],
        "one of two has to stay": [web(2), budget("web", { minAvailable: 1 })],
        "half of two, rounded up": [web(2), budget("web", { minAvailable: "50%" })],
        "one per cent may go, which is rounded up to one": [web(3), budget("web", { maxUnavailable: "1%" })],
        "ninety per cent of ten": [web(10), budget("web", { minAvailable: "90%" })],
        "fewer than an autoscaler leaves": [
            autoNamed("web", { spec: { replicas: 1 } }),
            autoscaler("web", { minReplicas: 3 }),
            budget("web", { minAvailable: 2 }),
        ],
        "one has to stay of the two that KEDA leaves": [
            workload("web"),
            scaledObject("web", { minReplicaCount: 2 }),
            budget("web", { minAvailable: 1 }),
        ],
        "one has to stay of what may be nobody": [
            workload("web"),
            scaledObject("web"),
            budget("web", { maxUnavailable: 1 }),
        ],
        "the pods of two workloads together": [
            workload("blue", { spec: { replicas: 1 }, labels: { app: "web", colour: "blue" } }),
            workload("green", { spec: { replicas: 1 }, labels: { app: "web", colour: "green" } }),
            budget("web", { minAvailable: 1 }),
        ],
        "two budgets for two workloads": [
            web(2),
            workload("api", { spec: { replicas: 2 } }),
            budget("web", { maxUnavailable: 1 }),
            budget("api", { maxUnavailable: 1 }),
        ],
        "an unknown number, of which one may always go": [web(UNKNOWN_VALUE), budget("web", { maxUnavailable: 1 })],
    },
    violating: {
        "none may go": {
            resources: [web(2), budget("web", { maxUnavailable: 0 })],
            at: ["web-pdb"],
            says: /spec\.maxUnavailable is 0, so no pod may ever be evicted: no node .* Fix: set `maxUnavailable: 1`/,
        },
        "no per cent may go": {
            resources: [web(2), budget("web", { maxUnavailable: "0%" })],
            at: ["web-pdb"],
            says: /spec\.maxUnavailable is 0%, so no pod/,
        },
        "all have to stay": {
            resources: [web(50), budget("web", { minAvailable: "100%" })],
            at: ["web-pdb"],
            says: /spec\.minAvailable is 100%, so no pod/,
        },
        "the only pod has to stay": {
            resources: [web(1), budget("web", { minAvailable: 1 })],
            at: ["web-pdb"],
            says: /spec\.minAvailable is 1: none of the one pod that always runs may be evicted/,
        },
        "as many as there are": {
            resources: [web(3), budget("web", { minAvailable: 3 })],
            at: ["web-pdb"],
            says: /is 3: none of the 3 pods that always run may be evicted/,
        },
        "a percentage that is rounded up to all": {
            resources: [web(5), budget("web", { minAvailable: "90%" })],
            at: ["web-pdb"],
            says: /is 90%: none of the 5 pods/,
        },
        "as many as an autoscaler may leave, whatever the workload says": {
            resources: [
                autoNamed("web", { spec: { replicas: 10 } }),
                autoscaler("web", { minReplicas: 2 }),
                budget("web", { minAvailable: 2 }),
            ],
            at: ["web-pdb"],
            says: /is 2: none of the 2 pods/,
        },
        "the only pod of what may be nobody": {
            resources: [workload("web"), scaledObject("web"), budget("web", { minAvailable: 1 })],
            at: ["web-pdb"],
            says: /is 1: none of the one pod/,
        },
        "neither number": {
            resources: [web(3), budget("web")],
            at: ["web-pdb"],
            says: /spec sets neither maxUnavailable nor minAvailable, and then no pod may be evicted/,
        },
        "two budgets for the same pods": {
            resources: [
                web(3, { app: "web", tier: "front" }),
                budget("web", { maxUnavailable: 1 }),
                {
                    ...budget("front", { maxUnavailable: 1, selector: { matchLabels: { tier: "front" } } }),
                },
            ],
            at: ["web"],
            says: /labels are selected by 2 PodDisruptionBudgets \(front-pdb, web-pdb\), .* Fix: keep one of the budgets/,
        },
        "none may go of pods that are elsewhere": {
            resources: [budget("web", { maxUnavailable: 0 })],
            at: ["web-pdb"],
            says: /is 0, so no pod/,
        },
    },
    unknown: {
        "the number that may go": {
            resources: [web(2), budget("web", { maxUnavailable: UNKNOWN_VALUE })],
            at: ["web-pdb"],
            says: /spec holds a minAvailable or maxUnavailable that is not known/,
        },
        "the number of pods": {
            resources: [web(UNKNOWN_VALUE), budget("web", { minAvailable: 1 })],
            at: ["web-pdb"],
            says: /spec\.minAvailable is for a number of pods that is not known/,
        },
        "whether more pods count": {
            resources: [
                web(1),
                workload("others", { labels: { app: UNKNOWN_VALUE } }),
                budget("web", { minAvailable: 1 }),
            ],
            at: ["web-pdb"],
            says: /is for a number of pods that is not known/,
        },
        "how many pods a DaemonSet has": {
            resources: [workload("web", { kind: "daemonSet" }), budget("web", { minAvailable: 1 })],
            at: ["web-pdb"],
            says: /spec\.minAvailable is for pods whose number no property says/,
            level: "advisory",
        },
        "whether two budgets select the same pods": {
            resources: [
                web(3),
                budget("web", { maxUnavailable: 1 }),
                budget("other", { maxUnavailable: 1, selector: { matchLabels: { app: UNKNOWN_VALUE } } }),
            ],
            at: ["web"],
            says: /may be selected by more than one PodDisruptionBudget \(web-pdb and perhaps other-pdb\)/,
        },
    },
    notApplicable: {
        "a workload that is switched off": [web(0), budget("web", { minAvailable: 1 })],
        "a budget for pods that are not in the stack": [budget("web", { minAvailable: 1 })],
        "a workload without a budget": [web(1)],
    },
});
