import type { Node } from "../../shared/graph";
import type { Report } from "../../shared/finding";
import { isWebsite } from "../../shared/relations/buckets";
import { requireTlsOnly } from "../../shared/relations/tls-only";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

const DENIAL =
    'an `aws.s3.BucketPolicy` with a statement `Effect: "Deny", Principal: "*", Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "false" } }`';

/** A website endpoint speaks HTTP only: the denial alone would take the website down. */
const FIX_OF_WEBSITE = `a website endpoint has no TLS, so serve the bucket through CloudFront instead: an origin at \`bucketRegionalDomainName\` with an origin access control, no website configuration on the bucket; then add ${DENIAL}`;

export const s3TlsOnly = defineStackRule({
    id: "s3-tls-only",
    title: "A bucket refuses requests without TLS",
    severity: "high",
    frameworks: { fsbp: ["S3.5"], wellArchitected: ["SEC09-BP02"] },
    why: "a client that is set up wrongly sends requests and data in clear text, and nothing stops it",
    fix: `add ${DENIAL}`,
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    tokens: TOKENS.bucket,
    guards: [
        "policy",
        { tokens: TOKENS.bucketPolicy, property: "policy" },
        { tokens: TOKENS.bucketPolicy, property: "bucket" },
    ],
    // A policy that holds ARNs of the same stack is unknown as a whole until they exist.
    undetermined: "advisory",
    check: (graph, on) => {
        const report = (bucket: Node): Report => {
            const own = on(bucket);
            return isWebsite(graph, bucket)
                ? {
                      ...own,
                      violation: (property, problem) => {
                          own.violation(property, `${problem}, and the bucket is a website`, FIX_OF_WEBSITE);
                      },
                  }
                : own;
        };
        requireTlsOnly(graph, report, "bucket", "s3:*", { kind: "bucketPolicy", property: "bucket" });
    },
});
