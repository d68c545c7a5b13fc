import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const s3Versioning = defineStackRule({
    id: "s3-versioning",
    title: "A bucket keeps earlier versions of its objects",
    severity: "medium",
    frameworks: { fsbp: ["S3.14"], checkov: ["CKV_AWS_21"], wellArchitected: ["REL09-BP01"] },
    why: "an object that is overwritten or deleted by mistake is gone",
    fix: 'add an `aws.s3.BucketVersioning` with `versioningConfiguration: { status: "Enabled" }`',
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
    tokens: TOKENS.bucket,
    guards: [
        { tokens: TOKENS.bucketVersioning, property: "versioningConfiguration" },
        { tokens: TOKENS.bucketVersioning, property: "bucket" },
        "versioning",
        "versionings",
    ],
    check: (graph, on) => {
        for (const bucket of graph.all("bucket")) {
            const settings = graph.referring(bucket, "bucketVersioning", "bucket");
            const states = [
                ...["versioning.enabled", "versionings.0.enabled"].map(
                    (property) => bucket.inputs?.get(property) ?? bucket.get(property),
                ),
                ...settings.map((setting) => setting.get("versioningConfiguration.status")),
            ];
            if (states.some((state) => state === true || state === "Enabled")) {
                continue;
            }
            if (states.includes(UNKNOWN)) {
                on(bucket).undetermined("versioning");
            } else {
                on(bucket).violation("versioning", "is not enabled");
            }
        }
    },
});
