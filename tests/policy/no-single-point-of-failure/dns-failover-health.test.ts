import { dnsFailoverHealth } from "../../../policies/no-single-point-of-failure/rules/dns-failover-health";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const record = (inputs: object): TestResource[] => [
    resource("dnsRecord", "www", { name: "www.example.com", type: "A", setIdentifier: "one", ...inputs }),
    resource("dnsHealthCheck", "check"),
];
const address = { records: ["192.0.2.1"], ttl: 60 };
const alias = (evaluateTargetHealth: unknown): object => ({
    aliases: [{ name: "lb.example.com", zoneId: "Z1", evaluateTargetHealth }],
});
const weighted = { weightedRoutingPolicies: [{ weight: 10 }] };
const failover = (type: string): object => ({ failoverRoutingPolicies: [{ type }] });

describeRule(dnsFailoverHealth, {
    compliant: {
        "a primary with a health check": record({ ...failover("PRIMARY"), ...address, healthCheckId: ref("check") }),
        "a weighted record with a health check of another stack": record({
            ...weighted,
            ...address,
            healthCheckId: "0123",
        }),
        "an alias that has the health of its target": record({ ...weighted, ...alias(true) }),
        "an alias with a health check of its own": record({
            ...weighted,
            ...alias(false),
            healthCheckId: ref("check"),
        }),
        "a secondary, which is the last resort": record({ ...failover("SECONDARY"), ...address }),
        "a weighted record that is answered only when the others have failed": record({
            weightedRoutingPolicies: [{ weight: 0 }],
            ...address,
        }),
    },
    violating: {
        "a primary": {
            resources: record({ ...failover("PRIMARY"), ...address }),
            at: ["www"],
            says: /healthCheckId is not set on a primary failover record: .* Fix: set `healthCheckId` to an `aws\.route53\.HealthCheck`/,
        },
        "a weighted record": {
            resources: record({ ...weighted, ...address }),
            at: ["www"],
            says: /healthCheckId is not set on a weighted record/,
        },
        "a latency record": {
            resources: record({ latencyRoutingPolicies: [{ region: "eu-west-1" }], ...address }),
            at: ["www"],
            says: /healthCheckId is not set on a latency record/,
        },
        "a multivalue answer": {
            resources: record({ multivalueAnswerRoutingPolicy: true, ...address }),
            at: ["www"],
            says: /healthCheckId is not set on a multivalue answer record/,
        },
        "an alias that does not look at its target": {
            resources: record({ ...weighted, ...alias(false) }),
            at: ["www"],
            says: /aliases\[0\]\.evaluateTargetHealth is false on a weighted record without `healthCheckId`: .* Fix: set `evaluateTargetHealth: true`, or `healthCheckId` where the target is a distribution/,
        },
    },
    unknown: {
        "a health check that may be none": {
            resources: record({ ...weighted, ...address, healthCheckId: UNKNOWN_VALUE }),
            at: ["www"],
            says: /healthCheckId is not known/,
        },
        "whether an alias looks at its target": {
            resources: record({ ...weighted, ...alias(UNKNOWN_VALUE) }),
            at: ["www"],
            says: /aliases is not known/,
        },
        "all aliases": {
            resources: record({ ...weighted, aliases: UNKNOWN_VALUE }),
            at: ["www"],
            says: /aliases is not known/,
        },
        "the weight": {
            resources: record({ weightedRoutingPolicies: [{ weight: UNKNOWN_VALUE }], ...address }),
            at: ["www"],
            says: /routing policy is not known/,
        },
        "the failover policy": {
            resources: record({ failoverRoutingPolicies: UNKNOWN_VALUE, ...address }),
            at: ["www"],
            says: /routing policy is not known/,
        },
    },
    notApplicable: {
        "a simple record": record(address),
        "an alias without a routing policy": record(alias(false)),
        "a weighted text": record({ ...weighted, type: "TXT", records: ["text"] }),
    },
});
