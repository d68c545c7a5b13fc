import { efsTlsOnly } from "../../../policies/encryption/rules/efs-tls-only";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const fileSystem = (...Statement: object[]): TestResource[] => [
    resource("efsFileSystem", "uploads"),
    resource("efsFileSystemPolicy", "policy", { fileSystemId: ref("uploads"), policy: json({ Statement }) }),
];
const deny = (more: object = {}): object => ({
    Effect: "Deny",
    Principal: { AWS: "*" },
    Action: "*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
    ...more,
});
const allow = (more: object = {}): object => ({
    Effect: "Allow",
    Principal: { AWS: "*" },
    Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
    ...more,
});
const OVER_TLS = { Condition: { Bool: { "aws:SecureTransport": "true" } } };
const admitting = (...statements: object[]) => ({
    resources: fileSystem(...statements),
    at: ["uploads"],
    says: /policy admits clients without TLS/,
});

describeRule(efsTlsOnly, {
    compliant: {
        "the console's policy": fileSystem(
            allow({ Condition: { Bool: { "elasticfilesystem:AccessedViaMountTarget": "true" } } }),
            deny(),
        ),
        "a denial of all that EFS can": fileSystem(allow(), deny({ Principal: "*", Action: "elasticfilesystem:*" })),
        "a denial of mounting, without which there is nothing": fileSystem(
            allow(),
            deny({ Action: "elasticfilesystem:ClientMount" }),
        ),
        "permissions over TLS only": fileSystem(allow(OVER_TLS)),
        "permissions over TLS and through mount targets only": fileSystem(
            allow({
                Condition: {
                    Bool: { "aws:SecureTransport": "true", "elasticfilesystem:AccessedViaMountTarget": "true" },
                },
            }),
            allow({ ...OVER_TLS, Action: "elasticfilesystem:*", Principal: { AWS: "123456789012" } }),
        ),
        "a file system by its id": [
            resource("efsFileSystem", "uploads", {}, { computed: { id: "fs-1" } }),
            resource("efsFileSystemPolicy", "policy", {
                fileSystemId: ref("uploads"),
                policy: json({ Statement: [allow(OVER_TLS)] }),
            }),
        ],
    },
    violating: {
        "no policy: then everybody may mount it": {
            resources: [resource("efsFileSystem", "uploads")],
            at: ["uploads"],
            says: /policy is not set: .* Fix: add an `aws\.efs\.FileSystemPolicy` with a statement/,
        },
        "a policy of another file system": {
            resources: [...fileSystem(deny()), resource("efsFileSystem", "exports")],
            at: ["exports"],
            says: /policy is not set/,
        },
        "a permission for all": admitting(allow()),
        "a permission over TLS beside one without": admitting(
            allow(OVER_TLS),
            allow({ Principal: { AWS: "arn:aws:iam::123456789012:role/web" } }),
        ),
        "a permission over either": admitting(
            allow({ Condition: { Bool: { "aws:SecureTransport": ["true", "false"] } } }),
        ),
        "a denial for some": admitting(allow(), deny({ Principal: { AWS: "arn:aws:iam::123456789012:role/web" } })),
        "a denial of writing": admitting(allow(), deny({ Action: "elasticfilesystem:ClientWrite" })),
        "a denial of the opposite": admitting(allow(), deny(OVER_TLS)),
        "a denial without a permission, under a second condition": admitting(
            deny({
                Condition: { Bool: { "aws:SecureTransport": "false" }, StringEquals: { "aws:PrincipalOrgID": "o-1" } },
            }),
        ),
    },
    unknown: {
        "which file system a policy belongs to": {
            resources: [
                resource("efsFileSystem", "uploads"),
                resource("efsFileSystemPolicy", "policy", {
                    fileSystemId: UNKNOWN_VALUE,
                    policy: json({ Statement: [deny()] }),
                }),
            ],
            at: ["uploads"],
            says: /policy is that of this resource or of another/,
        },
        "a policy that names the file system": {
            resources: fileSystem(deny({ Resource: ref("uploads", "arn") })),
            at: ["uploads"],
            says: /policy is not known/,
        },
        "a policy from elsewhere": {
            resources: [
                resource("efsFileSystem", "uploads"),
                resource("efsFileSystemPolicy", "policy", { fileSystemId: ref("uploads"), policy: UNKNOWN_VALUE }),
            ],
            at: ["uploads"],
            says: /policy is not known/,
        },
    },
    notApplicable: { "a mount target": [resource("efsMountTarget", "a")] },
});
