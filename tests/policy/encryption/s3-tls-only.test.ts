import { s3TlsOnly } from "../../../policies/encryption/rules/s3-tls-only";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, type TestResource } from "../support/harness";

const deny = {
    Effect: "Deny",
    Principal: "*",
    Action: "*",
    Resource: "*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const attached = (...Statement: object[]): TestResource[] => [
    resource("bucket", "data"),
    resource("bucketPolicy", "policy", { bucket: ref("data", "arn"), policy: json({ Statement }) }),
];

describeRule(s3TlsOnly, {
    compliant: {
        "a policy of its own": attached(deny),
        "a policy of its own among other statements": attached(
            { Effect: "Allow", Principal: { AWS: "1" } },
            { ...deny, Principal: { AWS: "*" } },
        ),
        "a denial of the service's own actions": attached({ ...deny, Action: ["s3:*"] }),
        "a denial that holds where nothing is said about TLS, too": attached({
            ...deny,
            Condition: { BoolIfExists: { "aws:SecureTransport": false } },
        }),
        inline: [resource("bucket", "data", { policy: json({ Statement: [deny] }) })],
    },
    violating: {
        "no policy": {
            resources: [resource("bucket", "data")],
            at: ["data"],
            says: /policy is not set: .* Fix: add an `aws\.\w+\.\w+` with a statement/,
        },
        "a policy without the denial": {
            resources: attached({ Effect: "Allow", Principal: { AWS: "1" } }),
            at: ["data"],
            says: /policy does not deny everything to requests without TLS/,
        },
        "a denial for some only": {
            resources: attached({ ...deny, Principal: { AWS: "1" } }),
            at: ["data"],
            says: /does not deny everything/,
        },
        "a denial of some actions only": {
            resources: attached({ ...deny, Action: ["s3:Get*", "s3:Subscribe"] }),
            at: ["data"],
            says: /does not deny everything/,
        },
        "a denial under a second condition": {
            resources: attached({
                ...deny,
                Condition: { ...deny.Condition, StringEquals: { "aws:PrincipalOrgID": "o-1" } },
            }),
            at: ["data"],
            says: /does not deny everything/,
        },
        "a denial of the opposite": {
            resources: attached({ ...deny, Condition: { Bool: { "aws:SecureTransport": "true" } } }),
            at: ["data"],
            says: /does not deny everything/,
        },
    },
    unknown: {
        "a policy with an ARN that does not exist yet": {
            resources: attached({ ...deny, Resource: ref("data", "arn") }),
            at: ["data"],
            says: /policy is not known/,
        },
    },
    notApplicable: { "a key": [resource("kmsKey", "key")] },
});
