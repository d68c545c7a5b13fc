import { k8sHpaTarget } from "../../../policies/no-single-point-of-failure/rules/k8s-hpa-target";
import { describeRule } from "../support/describe-rule";
import { judge, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { autoNamed, autoscaler, scaledObject, WITHOUT_PODS, workload } from "../support/kubernetes";

const named = (name: unknown, kind = "Deployment", metadata: object = {}): TestResource =>
    autoscaler("web", { scaleTargetRef: { apiVersion: "apps/v1", kind, name } }, metadata);

describeRule(k8sHpaTarget, {
    compliant: {
        "KEDA that takes over from another autoscaler": [
            workload("web"),
            named("web"),
            scaledObject("web", {}, { "scaledobject.keda.sh/transfer-hpa-ownership": "true" }),
        ],
        "a reference": [autoNamed("web"), autoscaler("web")],
        "a name that the program gives": [workload("web"), named("web")],
        "a StatefulSet": [workload("web", { kind: "statefulSet" }), named("web", "StatefulSet")],
        "a Deployment under KEDA, which is its default kind": [workload("web"), scaledObject("web")],
        "both in one namespace of another name": [
            workload("web", { metadata: { namespace: "apps" } }),
            named("web", "Deployment", { namespace: "apps" }),
        ],
        "the namespace `default`, written and not": [
            workload("web", { metadata: { namespace: "default" } }),
            named("web"),
        ],
    },
    violating: {
        "two autoscalers of one workload": {
            resources: [workload("web"), named("web"), scaledObject("web")],
            at: ["web-hpa", "web-scaled"],
            says: /spec\.scaleTargetRef names what web-(scaled|hpa) scales, too: .* Fix: keep one autoscaler/,
        },
        "a name that nothing has": {
            resources: [workload("web"), named("wbe")],
            at: ["web-hpa"],
            says: /spec\.scaleTargetRef\.name is that of no Deployment of this stack: nothing is scaled/,
        },
        "a name that only begins alike": {
            resources: [workload("web-api"), named("web")],
            at: ["web-hpa"],
            says: /is that of no Deployment/,
        },
        "the name of another kind": {
            resources: [workload("web", { kind: "statefulSet" }), named("web")],
            at: ["web-hpa"],
            says: /name is that of a StatefulSet, not of a Deployment/,
        },
        "a name in another namespace": {
            resources: [workload("web", { metadata: { namespace: "apps" } }), workload("api"), named("web")],
            at: ["web-hpa"],
            says: /name is that of a workload in another namespace only/,
        },
        "a kind without a number of pods": {
            resources: [workload("web", { kind: "daemonSet" }), named("web", "DaemonSet")],
            at: ["web-hpa"],
            says: /kind is DaemonSet, which cannot be scaled/,
        },
        "a dangling target of KEDA beside custom resources that make no pods": {
            resources: [workload("web"), scaledObject("api"), ...WITHOUT_PODS],
            at: ["api-scaled"],
            says: /is that of no Deployment/,
        },
        "a dangling target of KEDA": {
            resources: [workload("web"), scaledObject("api")],
            at: ["api-scaled"],
            says: /is that of no Deployment/,
        },
        "the logical name of a workload that Pulumi names, once the name is known": {
            resources: [autoNamed("web"), named("web")],
            at: ["web-hpa"],
            says: /is that of no Deployment/,
            modes: ["up"],
        },
        "no name": { resources: [workload("web"), named(undefined)], at: ["web-hpa"], says: /name is not set/ },
    },
    unknown: {
        "a name from elsewhere": {
            resources: [workload("web"), named(UNKNOWN_VALUE)],
            at: ["web-hpa"],
            says: /spec\.scaleTargetRef names a workload that is not known in preview/,
        },
        "a namespace from elsewhere": {
            resources: [workload("web"), named("web", "Deployment", { namespace: UNKNOWN_VALUE })],
            at: ["web-hpa"],
            says: /names a workload that is not known/,
        },
        "the logical name of a workload that Pulumi names": {
            resources: [autoNamed("web"), named("web")],
            at: ["web-hpa"],
            says: /names a workload that is not known in preview/,
        },
    },
    notApplicable: {
        "a custom resource with a scale of its own": [workload("api"), named("web", "Rollout")],
        "a workload of a fixed size": [workload("web")],
    },
});

describe("k8s-hpa-target shows, without stopping anything,", () => {
    const release: TestResource = { type: "kubernetes:helm.sh/v3:Release", name: "chart", inputs: { chart: "web" } };

    test.each(
        Object.entries({
            "a name that the release of a chart may have made": [workload("api"), release, named("web")],
            "a name in a namespace of which the stack has no workload": [
                workload("web", { metadata: { namespace: "apps" } }),
                named("api", "Deployment", { namespace: "others" }),
            ],
        }),
    )("%s", (_, resources) => {
        for (const mode of ["preview", "up"] as const) {
            const found = judge(k8sHpaTarget, resources, { mode });
            expect(found.map(({ enforcementLevel }) => enforcementLevel)).toEqual(["advisory"]);
            expect(found[0]?.message).toMatch(
                /^undetermined: spec\.scaleTargetRef\.name .* it may be one that others make/,
            );
        }
    });
});
