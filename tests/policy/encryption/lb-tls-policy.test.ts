import { lbTlsPolicy } from "../../../policies/encryption/rules/lb-tls-policy";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const listener = (inputs: object): TestResource[] => [resource("listener", "web", { protocol: "HTTPS", ...inputs })];

describeRule(lbTlsPolicy, {
    compliant: { "TLS 1.2 and 1.3": listener({ sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06" }) },
    violating: {
        "the default": {
            resources: listener({}),
            at: ["web"],
            says: /sslPolicy is not set, which means ELBSecurityPolicy-2016-08/,
        },
        "TLS 1.0": {
            resources: listener({ sslPolicy: "ELBSecurityPolicy-TLS13-1-0-2021-06" }),
            at: ["web"],
            says: /sslPolicy is ELBSecurityPolicy-TLS13-1-0-2021-06/,
        },
        "a network load balancer": {
            resources: listener({ protocol: "TLS", sslPolicy: "ELBSecurityPolicy-2016-08" }),
            at: ["web"],
            says: /2016-08/,
        },
    },
    unknown: {
        "the policy": {
            resources: listener({ sslPolicy: UNKNOWN_VALUE }),
            at: ["web"],
            says: /sslPolicy is not known/,
        },
    },
    notApplicable: { "a listener without TLS": listener({ protocol: "HTTP" }) },
});
