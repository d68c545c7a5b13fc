import { lbTargetTls } from "../../../policies/encryption/rules/lb-target-tls";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const group = (inputs: object): TestResource[] => [resource("targetGroup", "web", { targetType: "ip", ...inputs })];

describeRule(lbTargetTls, {
    compliant: { HTTPS: group({ protocol: "HTTPS" }), TLS: group({ protocol: "TLS" }) },
    violating: {
        HTTP: {
            resources: group({ protocol: "HTTP" }),
            at: ["web"],
            says: /protocol is HTTP: .* Fix: set `protocol: "HTTPS"`/,
        },
        TCP: { resources: group({ protocol: "TCP" }), at: ["web"], says: /protocol is TCP/ },
    },
    unknown: {
        "the protocol": { resources: group({ protocol: UNKNOWN_VALUE }), at: ["web"], says: /protocol is not known/ },
    },
    notApplicable: {
        "a function": group({ targetType: "lambda" }),
        "a load balancer": group({ targetType: "alb", protocol: "TCP" }),
    },
});
