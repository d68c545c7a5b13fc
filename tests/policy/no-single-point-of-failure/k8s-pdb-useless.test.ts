import { k8sPdbUseless } from "../../../policies/no-single-point-of-failure/rules/k8s-pdb-useless";
import { describeRule } from "../support/describe-rule";
import { judge, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { autoNamed, autoscaler, budget, scaledObject, WITHOUT_PODS, workload } from "../support/kubernetes";

const web = (replicas: unknown, more: object = {}): TestResource => workload("web", { spec: { replicas }, ...more });

describeRule(k8sPdbUseless, {
    compliant: {
        "one of two may go": [web(2), budget("web", { maxUnavailable: 1 })],
        "one of two has to stay": [web(2), budget("web", { minAvailable: 1 })],
        "half of four may go": [web(4), budget("web", { maxUnavailable: "50%" })],
        "a single pod that may not be evicted": [web(1), budget("web", { minAvailable: 1 })],
        "one pod at night and many by day": [
            autoNamed("web"),
            autoscaler("web", { minReplicas: 1 }),
            budget("web", { maxUnavailable: 1 }),
        ],
        "nobody at night and many by day": [workload("web"), scaledObject("web"), budget("web", { maxUnavailable: 1 })],
        "the pods of a DaemonSet, of which there may be many": [
            workload("agent", { kind: "daemonSet" }),
            web(3),
            budget("web", { minAvailable: 1, selector: {} }),
        ],
        "the same namespace": [
            web(2, { metadata: { namespace: "apps" } }),
            budget("web", { maxUnavailable: 1 }, { namespace: "apps" }),
        ],
    },
    violating: {
        "labels that no pods have": {
            resources: [web(2), budget("wbe", { maxUnavailable: 1 })],
            at: ["wbe-pdb"],
            says: /spec\.selector selects no pods of this stack: it looks like protection/,
        },
        "labels that no pods have, beside custom resources that make none": {
            resources: [web(2), budget("wbe", { maxUnavailable: 1 }), ...WITHOUT_PODS],
            at: ["wbe-pdb"],
            says: /spec\.selector selects no pods of this stack/,
        },
        "another namespace that has workloads": {
            resources: [
                web(2),
                workload("other", { metadata: { namespace: "others" } }),
                budget("web", { maxUnavailable: 1 }, { namespace: "others" }),
            ],
            at: ["web-pdb"],
            says: /spec\.selector selects no pods of this stack/,
        },
        "no selector": {
            resources: [web(2), budget("web", { maxUnavailable: 1, selector: undefined })],
            at: ["web-pdb"],
            says: /spec\.selector is not set, so it selects no pods/,
        },
        "a single pod that may go": {
            resources: [web(1), budget("web", { maxUnavailable: 1 })],
            at: ["web-pdb"],
            says: /maxUnavailable is 1: there is never more than one pod, and it may be evicted: .* Fix: run at least two/,
        },
        "a single pod that need not stay": {
            resources: [web(1), budget("web", { minAvailable: "0%" })],
            at: ["web-pdb"],
            says: /minAvailable is 0%: there is never more than one pod/,
        },
        "all may go": {
            resources: [web(3), budget("web", { maxUnavailable: "100%" })],
            at: ["web-pdb"],
            says: /maxUnavailable is 100%: all 3 pods that always run may be evicted at once/,
        },
        "a percentage that is rounded up to all": {
            resources: [web(2), budget("web", { maxUnavailable: "60%" })],
            at: ["web-pdb"],
            says: /is 60%: all 2 pods/,
        },
        "as many as an autoscaler leaves may go": {
            resources: [
                autoNamed("web", { spec: { replicas: 9 } }),
                autoscaler("web", { minReplicas: 2 }),
                budget("web", { maxUnavailable: 2 }),
            ],
            at: ["web-pdb"],
            says: /is 2: all 2 pods/,
        },
        "none has to stay": {
            resources: [web(3), budget("web", { minAvailable: 0 })],
            at: ["web-pdb"],
            says: /minAvailable is 0: all 3 pods/,
        },
    },
    unknown: {
        "the labels of the pods": {
            resources: [web(2, { labels: UNKNOWN_VALUE }), budget("web", { maxUnavailable: 1 })],
            at: ["web-pdb"],
            says: /spec\.selector selects pods whose labels or namespace are not known/,
        },
        "the number that may go": {
            resources: [web(2), budget("web", { maxUnavailable: UNKNOWN_VALUE })],
            at: ["web-pdb"],
            says: /spec holds a minAvailable or maxUnavailable that is not known/,
        },
        "the number of pods": {
            resources: [web(UNKNOWN_VALUE), budget("web", { maxUnavailable: 1 })],
            at: ["web-pdb"],
            says: /maxUnavailable is for a number of pods that is not known/,
        },
    },
    notApplicable: {
        "a workload without a budget": [web(1)],
        "a workload that is switched off": [web(0), budget("web", { maxUnavailable: 1 })],
    },
});

describe("k8s-pdb-useless takes pods for somebody else's", () => {
    test.each(
        Object.entries({
            "where an add-on has them in a namespace of its own": [
                web(2),
                budget("coredns", { maxUnavailable: 1 }, { namespace: "kube-system" }),
            ],
            "where a release of a chart may have made them": [
                web(2),
                { type: "kubernetes:helm.sh/v3:Release", name: "chart", inputs: { chart: "redis" } },
                budget("redis", { maxUnavailable: 1 }),
            ],
            "where an operator may have made them": [
                web(2),
                { type: "kubernetes:kafka.strimzi.io/v1beta2:Kafka", name: "kafka", inputs: {} },
                budget("kafka", { maxUnavailable: 1 }),
            ],
        }),
    )("%s", (_, resources) => {
        const found = judge(k8sPdbUseless, resources, { mode: "up" });
        expect(found.map(({ message }) => message)).toEqual([
            expect.stringMatching(/^undetermined: spec\.selector selects no pods of this stack/),
        ]);
    });

    test("but not because the stack has custom resources of Kubernetes' own groups or autoscalers of KEDA", () => {
        const found = judge(k8sPdbUseless, [
            web(2),
            scaledObject("web", { minReplicaCount: 2 }),
            resource("ingress", "entry"),
            budget("wbe", { maxUnavailable: 1 }),
        ]);
        expect(found.map(({ message }) => message)).toEqual([expect.stringMatching(/^spec\.selector selects no pods/)]);
    });
});
