import { iamKmsDecryptStar } from "../../../policies/encryption/rules/iam-kms-decrypt-star";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const KEY = "arn:aws:kms:eu-west-1:123456789012:key/1";
const document = (...Statement: object[]): unknown => json({ Version: "2012-10-17", Statement });
const policy = (...statements: object[]): TestResource[] => [
    resource("iamPolicy", "reader", { policy: document(...statements) }),
];
const decrypt = (more: object = {}): object => ({ Effect: "Allow", Action: "kms:Decrypt", Resource: "*", ...more });
const when = (operator: string, key: string, value: unknown): object =>
    decrypt({ Condition: { [operator]: { [key]: value } } });

const VIOLATION = /policy allows kms:Decrypt with every key/;
const violating = (...statements: object[]) => ({ resources: policy(...statements), at: ["reader"], says: VIOLATION });

describeRule(iamKmsDecryptStar, {
    compliant: {
        "one key": policy(decrypt({ Resource: KEY })),
        "several keys": policy(decrypt({ Action: ["kms:Decrypt", "kms:ReEncrypt*"], Resource: [KEY, `${KEY}2`] })),
        "all keys of one region of one account, as AWS advises": policy(
            decrypt({ Resource: "arn:aws:kms:eu-west-1:123456789012:key/*" }),
        ),
        "that for the caller's own account": policy(
            decrypt({ Resource: "arn:aws:kms:eu-west-1:${aws:PrincipalAccount}:key/*" }),
        ),
        "other actions on every key": policy(decrypt({ Action: ["kms:Encrypt", "kms:GenerateDataKey*", "kms:List*"] })),
        "every resource of another service": policy(decrypt({ Action: "s3:*" })),
        "through one service only": policy(when("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com")),
        "keys of one alias only": policy(when("ForAnyValue:StringLike", "kms:ResourceAliases", "alias/app-*")),
        "keys of one tag only": policy(when("StringEquals", "aws:ResourceTag/team", ["web"])),
        "ciphertexts of one context only": policy(when("StringEquals", "kms:EncryptionContext:app", "web")),
        "ciphertexts of one bucket only": policy(
            when("ArnLike", "kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::assets/*"),
        ),
        "ciphertexts of sessions only": policy(when("Null", "kms:EncryptionContext:aws:ssm:SessionId", "false")),
        "what one service asks for": policy(when("ForAnyValue:StringEquals", "aws:CalledVia", "athena.amazonaws.com")),
        "every key but for a denial of all others": policy(decrypt(), {
            Effect: "Deny",
            Action: "kms:*",
            NotResource: [KEY],
        }),
        "every key but for a denial outside one service": policy(decrypt(), {
            Effect: "Deny",
            Action: "kms:Decrypt",
            Resource: "*",
            Condition: { StringNotEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } },
        }),
        "everything but keys": policy({ Effect: "Allow", NotAction: "kms:*", Resource: "*" }),
        "everything on all but keys": policy({
            Effect: "Allow",
            Action: "*",
            NotResource: ["arn:aws:kms:*:*:key/*"],
        }),
        "a denial": policy({ ...decrypt(), Effect: "Deny" }),
        "a policy inline": (["iamRolePolicy", "iamUserPolicy", "iamGroupPolicy"] as const).map((kind) =>
            resource(kind, kind, { policy: document(decrypt({ Resource: KEY })) }),
        ),
        "a role with policies of its own": [
            resource("iamRole", "web", {
                assumeRolePolicy: document({ Effect: "Allow", Action: "sts:AssumeRole" }),
                inlinePolicies: [{ name: "read", policy: document(decrypt({ Resource: KEY })) }],
            }),
        ],
    },
    violating: {
        decryption: {
            ...violating(decrypt()),
            says: /policy allows kms:Decrypt with every key: .* Fix: name the keys' ARNs in `Resource`/,
        },
        "everything that KMS can": {
            ...violating(decrypt({ Action: "kms:*" })),
            says: /policy allows kms:Decrypt and kms:ReEncryptFrom with every key/,
        },
        "what patterns of actions cover": {
            ...violating(decrypt({ Action: ["kms:ReEncrypt*", "kms:Describe*"] })),
            says: /policy allows kms:ReEncryptFrom with every key/,
        },
        "a pattern with one open letter": violating(decrypt({ Action: "KMS:?ecrypt" })),
        "everything at all": {
            ...violating(decrypt({ Action: "*" })),
            says: /policy allows kms:Decrypt and kms:ReEncryptFrom with every key/,
        },
        "everything but some other actions": {
            ...violating({ Effect: "Allow", NotAction: ["iam:*", "organizations:*"], Resource: "*" }),
            says: /policy allows kms:Decrypt and kms:ReEncryptFrom with every key/,
        },
        "a statement that stands alone, not in a list": {
            resources: [resource("iamPolicy", "reader", { policy: json({ Statement: decrypt() }) })],
            at: ["reader"],
            says: VIOLATION,
        },
        "keys of every region": violating(decrypt({ Resource: [KEY, "arn:aws:kms:*:123456789012:key/*"] })),
        "keys of every account": violating(decrypt({ Resource: "arn:aws-cn:kms:cn-north-1:*:key/*" })),
        "an ARN that stops early": violating(decrypt({ Resource: "arn:aws:kms:*" })),
        "all keys but one": violating({ Effect: "Allow", Action: "kms:Decrypt", NotResource: KEY }),
        "conditions on the caller, which limit no key": violating(
            when("StringEquals", "aws:PrincipalTag/team", "web"),
            when("Bool", "aws:MultiFactorAuthPresent", "true"),
        ),
        "conditions that hold where their key is missing": violating(
            when("StringEqualsIfExists", "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
        ),
        "conditions that ask for the key to be missing": violating(when("Null", "kms:ViaService", "true")),
        "conditions that mean anything": violating(when("StringLike", "kms:ViaService", "*")),
        "conditions of the opposite": violating(
            when("StringNotEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
        ),
        "a second statement": violating(decrypt({ Resource: KEY }), decrypt()),
        "policies inline": {
            resources: (["iamRolePolicy", "iamUserPolicy", "iamGroupPolicy"] as const).map((kind) =>
                resource(kind, kind, { policy: document(decrypt()) }),
            ),
            at: ["iamRolePolicy", "iamUserPolicy", "iamGroupPolicy"],
            says: VIOLATION,
        },
        "policies in a role": {
            resources: [
                resource("iamRole", "web", {
                    inlinePolicies: [
                        { name: "read", policy: document(decrypt({ Resource: KEY })) },
                        { name: "more", policy: document(decrypt()) },
                    ],
                }),
            ],
            at: ["web"],
            says: /inlinePolicies\[1\]\.policy allows kms:Decrypt with every key/,
        },
    },
    unknown: {
        "a policy with an ARN of the stack": {
            resources: policy(decrypt({ Resource: ref("key", "arn") })),
            at: ["reader"],
            says: /policy is not known/,
        },
        "a policy given as an object, with an unknown ARN": {
            resources: [
                resource("iamPolicy", "reader", {
                    policy: { Statement: [decrypt({ Resource: [KEY, UNKNOWN_VALUE] })] },
                }),
            ],
            at: ["reader"],
            says: /policy is not known/,
        },
        "one policy of a role": {
            resources: [resource("iamRole", "web", { inlinePolicies: [{ name: "read", policy: UNKNOWN_VALUE }] })],
            at: ["web"],
            says: /inlinePolicies\[0\]\.policy is not known/,
        },
        "all policies of a role": {
            resources: [resource("iamRole", "web", { inlinePolicies: UNKNOWN_VALUE })],
            at: ["web"],
            says: /inlinePolicies is not known/,
        },
    },
    notApplicable: {
        "a role without policies": [resource("iamRole", "web", { assumeRolePolicy: document(decrypt()) })],
        "a key's own policy, where the star is the key": [resource("kmsKey", "data", { policy: document(decrypt()) })],
    },
});
