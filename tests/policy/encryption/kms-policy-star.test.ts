import { kmsPolicyStar } from "../../../policies/encryption/rules/kms-policy-star";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, type TestResource } from "../support/harness";

const key = (...statements: object[]): TestResource[] => [
    resource("kmsKey", "data", { policy: json({ Version: "2012-10-17", Statement: statements }) }),
];
const allow = (more: object) => ({ Effect: "Allow", Action: "kms:*", Resource: "*", ...more });

describeRule(kmsPolicyStar, {
    compliant: {
        "the account": key(allow({ Principal: { AWS: "arn:aws:iam::123456789012:root" } })),
        "everybody of the organization": key(
            allow({ Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } }),
        ),
        "the account, through one service": key(
            allow({
                Principal: { AWS: "*" },
                Condition: {
                    StringEquals: {
                        "kms:CallerAccount": "123456789012",
                        "kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com",
                    },
                },
            }),
        ),
        "a role by its ARN": key(
            allow({
                Principal: "*",
                Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::123456789012:role/app" } },
            }),
        ),
        "a denial for everybody": key({ ...allow({ Principal: "*" }), Effect: "Deny" }),
    },
    violating: {
        everybody: {
            resources: key(allow({ Principal: "*" })),
            at: ["data"],
            says: /policy has 1 statement\(s\) that allow everybody \(`Principal: "\*"` or `NotPrincipal`\) without a condition on the caller/,
        },
        "everybody, under conditions of which there are none": {
            resources: key(allow({ Principal: "*", Condition: {} })),
            at: ["data"],
            says: /1 statement/,
        },
        "everybody who comes over TLS": {
            resources: key(allow({ Principal: "*", Condition: { Bool: { "aws:SecureTransport": "true" } } })),
            at: ["data"],
            says: /1 statement/,
        },
        "everybody of any organization, or of any but one": {
            resources: key(
                allow({ Principal: "*", Condition: { StringLike: { "aws:PrincipalOrgID": "*" } } }),
                allow({ Principal: "*", Condition: { StringNotEquals: { "aws:PrincipalOrgID": "o-1" } } }),
            ),
            at: ["data"],
            says: /2 statement/,
        },
        "everybody who comes through a service": {
            resources: key(
                allow({
                    Principal: { AWS: "*" },
                    Condition: { StringEquals: { "kms:ViaService": "s3.eu-central-1.amazonaws.com" } },
                }),
            ),
            at: ["data"],
            says: /1 statement/,
        },
        "everybody but one": {
            resources: key(allow({ NotPrincipal: { AWS: "arn:aws:iam::123456789012:user/mallory" } })),
            at: ["data"],
            says: /1 statement/,
        },
        "keys of other kinds": {
            resources: (["kmsReplicaKey", "kmsExternalKey", "kmsReplicaExternalKey"] as const).map((kind) =>
                resource(kind, kind, { policy: json({ Statement: [allow({ Principal: "*" })] }) }),
            ),
            at: ["kmsReplicaKey", "kmsExternalKey", "kmsReplicaExternalKey"],
            says: /1 statement/,
        },
        "everybody in a list": {
            resources: key(allow({ Principal: { AWS: ["*"] } })),
            at: ["data"],
            says: /1 statement/,
        },
        "a policy of its own": {
            resources: [resource("kmsKeyPolicy", "policy", { policy: json({ Statement: allow({ Principal: "*" }) }) })],
            at: ["policy"],
            says: /policy has 1/,
        },
    },
    unknown: {
        "a policy that names a role of the stack": {
            resources: key(allow({ Principal: { AWS: ref("role", "arn") } })),
            at: ["data"],
            says: /policy is not known/,
        },
    },
    notApplicable: { "a key without a policy": [resource("kmsKey", "data")] },
});
