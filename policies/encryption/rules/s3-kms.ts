import { isWebsite, receivesLogs } from "../../shared/relations/buckets";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN, type Maybe, type Values } from "../../shared/unknown";

/** Where a bucket itself says it: in its first version and in its second. */
const INLINE = [
    "serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault.sseAlgorithm",
    "serverSideEncryptionConfigurations.0.rules.0.applyServerSideEncryptionByDefaults.0.sseAlgorithm",
];

/** Nobody who comes without a signature may use a key. */
const FIX_OF_WEBSITE =
    "the visitors of a website endpoint come without a signature and may use no key, so serve the bucket through CloudFront " +
    'instead, with an origin access control that the key\'s policy lets in; then set `sseAlgorithm: "aws:kms"` and `kmsMasterKeyId`';

export const s3Kms = defineStackRule({
    id: "s3-kms",
    title: "A bucket is encrypted with a key of KMS",
    severity: "medium",
    frameworks: { fsbp: ["S3.17"], checkov: ["CKV_AWS_145"], wellArchitected: ["SEC08-BP01", "SEC08-BP02"] },
    why: "whoever may read the bucket reads everything, with no key to limit or follow it",
    fix: 'add an `aws.s3.BucketServerSideEncryptionConfiguration` with `sseAlgorithm: "aws:kms"` and `kmsMasterKeyId`',
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    tokens: TOKENS.bucket,
    guards: [
        { tokens: TOKENS.bucketEncryption, property: "rules" },
        { tokens: TOKENS.bucketEncryption, property: "bucket" },
        "serverSideEncryptionConfiguration",
        "serverSideEncryptionConfigurations",
    ],
    check: (graph, on) => {
        for (const bucket of graph.all("bucket")) {
            if (receivesLogs(graph, bucket)) {
                continue;
            }
            const algorithms = graph
                .referring(bucket, "bucketEncryption", "bucket")
                .flatMap((configuration) =>
                    algorithmsOf(configuration.inputs?.list("rules") ?? configuration.list("rules")),
                );
            const inline = INLINE.map((property) => (bucket.inputs ?? bucket).get(property));
            const all = [...algorithms, ...inline];
            if (all.some((algorithm) => typeof algorithm === "string" && algorithm.startsWith("aws:kms"))) {
                continue;
            }
            if (all.includes(UNKNOWN)) {
                on(bucket).undetermined("encryption");
            } else {
                on(bucket).violation(
                    "encryption",
                    all.some((each) => each !== undefined) ? "is not by KMS" : "is not configured",
                    isWebsite(graph, bucket) ? FIX_OF_WEBSITE : undefined,
                );
            }
        }
    },
});

function algorithmsOf(rules: Maybe<readonly Values[]>): readonly unknown[] {
    return rules === UNKNOWN
        ? [UNKNOWN]
        : (rules ?? []).map((rule) => rule.get("applyServerSideEncryptionByDefault.sseAlgorithm"));
}
