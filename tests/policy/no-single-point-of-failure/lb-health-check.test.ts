import { lbHealthCheck } from "../../../policies/no-single-point-of-failure/rules/lb-health-check";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE } from "../support/harness";

const group = (inputs: object) => [resource("targetGroup", "web", inputs)];

describeRule(lbHealthCheck, {
    compliant: { "a path": group({ targetType: "ip", healthCheck: { path: "/ready" } }) },
    violating: {
        none: { resources: group({ targetType: "ip" }), at: ["web"], says: /healthCheck is not set/ },
        "none of the load balancer behind": {
            resources: group({ targetType: "alb", protocol: "TCP" }),
            at: ["web"],
            says: /healthCheck is not set/,
        },
        "one that is off": {
            resources: group({ healthCheck: { enabled: false } }),
            at: ["web"],
            says: /healthCheck.enabled is false/,
        },
    },
    unknown: {
        "all of it": {
            resources: group({ healthCheck: UNKNOWN_VALUE }),
            at: ["web"],
            says: /healthCheck is not known/,
        },
        "whether it is on": {
            resources: group({ healthCheck: { enabled: UNKNOWN_VALUE } }),
            at: ["web"],
            says: /healthCheck/,
        },
    },
    notApplicable: { "a function": group({ targetType: "lambda" }) },
});
