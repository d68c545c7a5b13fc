import { k8sHpaMin } from "../../../policies/no-single-point-of-failure/rules/k8s-hpa-min";
import { describeRule, settings } from "../support/describe-rule";
import { UNKNOWN_VALUE } from "../support/harness";
import { autoscaler, workload } from "../support/kubernetes";

describeRule(k8sHpaMin, {
    compliant: {
        "two pods": [autoscaler("web", { minReplicas: 2 })],
        "three pods of a StatefulSet": [
            autoscaler("db", { minReplicas: 3, scaleTargetRef: { kind: "StatefulSet", name: "db" } }),
        ],
    },
    violating: {
        "one pod": {
            resources: [autoscaler("web", { minReplicas: 1 })],
            at: ["web-hpa"],
            says: /spec\.minReplicas is 1, below 2: in quiet hours .* Fix: set `spec\.minReplicas` to at least 2/,
        },
        "no number": {
            resources: [autoscaler("web")],
            at: ["web-hpa"],
            says: /spec\.minReplicas is not set and so 1, below 2/,
        },
        "scaling to nothing": { resources: [autoscaler("web", { minReplicas: 0 })], at: ["web-hpa"], says: /is 0/ },
        "fewer than are configured": {
            resources: [autoscaler("web", { minReplicas: 2 })],
            at: ["web-hpa"],
            says: /is 2, below 3.* Fix: set `spec\.minReplicas` to at least 3/,
            config: settings(k8sHpaMin, { minimum: 3 }),
        },
    },
    unknown: {
        "the number": {
            resources: [autoscaler("web", { minReplicas: UNKNOWN_VALUE })],
            at: ["web-hpa"],
            says: /spec\.minReplicas is not known in preview/,
        },
    },
    notApplicable: { "a workload of a fixed size": [workload("web")] },
});
