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
        "a website, whose visitors may use no key": {
            resources: [
                resource("bucket", "site"),
                resource("bucketWebsite", "website", { bucket: ref("site"), indexDocument: { suffix: "index.html" } }),
            ],
            at: ["site"],
            says: /encryption is not configured: .* Fix: the visitors of a website endpoint come without a signature/,
        },
        "a bucket for the logs of a network load balancer": {
            resources: [
                resource("bucket", "logs"),
                resource("loadBalancer", "mqtt", {
                    loadBalancerType: "network",
                    accessLogs: { bucket: ref("logs"), enabled: true },
                }),
            ],
            at: ["logs"],
            says: /encryption is not configured/,
        },
    },
    unknown: {
        "the algorithm": { resources: encrypted(UNKNOWN_VALUE), at: ["assets"], says: /encryption is not known/ },
    },
    notApplicable: {
        "a topic": [resource("snsTopic", "news")],
        "a bucket for the logs of a load balancer, which knows the key of S3 only": [
            resource("bucket", "logs"),
            resource("loadBalancer", "web", { accessLogs: { bucket: ref("logs"), enabled: true } }),
            resource("bucket", "connections"),
            resource("loadBalancer", "api", {
                loadBalancerType: "application",
                connectionLogs: { bucket: ref("connections", "bucket"), enabled: true },
            }),
        ],
        "a bucket for the access logs of others": [
            ...encrypted("aws:kms"),
            resource("bucket", "logs"),
            resource("bucketLogging", "logging", { bucket: ref("assets"), targetBucket: ref("logs") }),
        ],
        "a bucket for access logs, inline": [
            resource("bucket", "logs"),
            ...encrypted("aws:kms").map((each) =>
                each.name === "assets"
                    ? { ...each, inputs: { logging: { targetBucket: ref("logs"), targetPrefix: "s3/" } } }
                    : each,
            ),
        ],
    },
});
