import { s3Kms } from "../../../policies/encryption/rules/s3-kms";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const encrypted = (sseAlgorithm: unknown): TestResource[] => [
    resource("bucket", "assets", {}, { computed: { bucket: "assets-bucket" } }),
    resource("bucketEncryption", "encryption", {
        bucket: ref("assets", "bucket"),
        rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm } }],
    }),
];

describeRule(s3Kms, {
    compliant: {
        KMS: encrypted("aws:kms"),
        "KMS twice": encrypted("aws:kms:dsse"),
        "inline in the first version": [
            resource("bucket", "assets", {
                serverSideEncryptionConfiguration: {
                    rule: { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } },
                },
            }),
        ],
        "inline in the second version": [
            resource("bucket", "assets", {
                serverSideEncryptionConfigurations: [
                    { rules: [{ applyServerSideEncryptionByDefaults: [{ sseAlgorithm: "aws:kms" }] }] },
                ],
            }),
        ],
    },
    violating: {
        nothing: { resources: [resource("bucket", "assets")], at: ["assets"], says: /encryption is not configured/ },
        "a key of S3": { resources: encrypted("AES256"), at: ["assets"], says: /encryption is not by KMS/ },
    },
    unknown: {
        "the algorithm": { resources: encrypted(UNKNOWN_VALUE), at: ["assets"], says: /encryption is not known/ },
    },
    notApplicable: { "a topic": [resource("snsTopic", "news")] },
});
