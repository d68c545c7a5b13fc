import { requireTlsOnly } from "../../shared/relations/tls-only";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const s3TlsOnly = defineStackRule({
    id: "s3-tls-only",
    title: "A bucket refuses requests without TLS",
    severity: "high",
    frameworks: { fsbp: ["S3.5"], wellArchitected: ["SEC09-BP02"] },
    why: "a client that is set up wrongly sends requests and data in clear text, and nothing stops it",
    fix: 'add an `aws.s3.BucketPolicy` with a statement `Effect: "Deny", Principal: "*", Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "false" } }`',
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    tokens: TOKENS.bucket,
    guards: ["policy", { tokens: TOKENS.bucketPolicy, property: "policy" }],
    // A policy that holds ARNs of the same stack is unknown as a whole until they exist.
    undetermined: "advisory",
    check: (graph, on) => {
        requireTlsOnly(graph, on, "bucket", "s3:*", { kind: "bucketPolicy", property: "bucket" });
    },
});
