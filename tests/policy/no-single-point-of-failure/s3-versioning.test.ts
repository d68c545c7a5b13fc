import { s3Versioning } from "../../../policies/no-single-point-of-failure/rules/s3-versioning";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const versioned = (status: unknown): TestResource[] => [
    resource("bucket", "assets", {}, { computed: { bucket: "assets-bucket" } }),
    resource("bucketVersioning", "versions", { bucket: ref("assets", "bucket"), versioningConfiguration: { status } }),
];

describeRule(s3Versioning, {
    compliant: {
        "a resource of its own": versioned("Enabled"),
        "inline in the second version": [resource("bucket", "assets", { versionings: [{ enabled: true }] })],
        inline: [resource("bucket", "assets", { versioning: { enabled: true } })],
    },
    violating: {
        nothing: { resources: [resource("bucket", "assets")], at: ["assets"], says: /versioning is not enabled/ },
        suspended: { resources: versioned("Suspended"), at: ["assets"], says: /versioning is not enabled/ },
    },
    unknown: { "the state": { resources: versioned(UNKNOWN_VALUE), at: ["assets"], says: /versioning is not known/ } },
    notApplicable: { "a topic": [resource("snsTopic", "news")] },
});
