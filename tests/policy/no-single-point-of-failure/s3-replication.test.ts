import { s3Replication } from "../../../policies/no-single-point-of-failure/rules/s3-replication";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const data = resource("bucket", "data");
const copy = resource("bucket", "copy");
const config = (rules: unknown, bucket: unknown = ref("data")): TestResource =>
    resource("bucketReplication", "replication", { bucket, rules });
const rule = (status: unknown, bucket: unknown = ref("copy", "arn")): object => ({ status, destination: { bucket } });

describeRule(s3Replication, {
    compliant: {
        "a configuration beside the bucket, and the copy": [data, copy, config([rule("Enabled")])],
        "one rule of two": [data, copy, config([rule("Disabled"), rule("Enabled")])],
        "a copy in another stack": [data, config([rule("Enabled", "arn:aws:s3:::elsewhere")])],
        "in the bucket itself": [
            resource("bucket", "data", { replicationConfiguration: { role: "role", rules: [rule("Enabled")] } }),
            copy,
        ],
        "in the bucket itself, as a list": [
            { ...data, inputs: { replicationConfigurations: [{ role: "role", rules: [rule("Enabled")] }] } },
            copy,
        ],
        "two buckets that copy each other": [
            data,
            copy,
            config([rule("Enabled")]),
            resource("bucketReplication", "back", {
                bucket: ref("copy"),
                rules: [rule("Enabled", ref("data", "arn"))],
            }),
        ],
    },
    violating: {
        "no replication": {
            resources: [data],
            at: ["data"],
            says: /replication is not set up: .* Fix: add an `aws\.s3\.BucketReplicationConfig`/,
        },
        "a rule that is off": {
            resources: [data, copy, config([rule("Disabled")])],
            at: ["copy", "data"],
            says: /replication (has no rule that is Enabled|is not set up)/,
        },
        "replication of another bucket": {
            resources: [data, copy, resource("bucket", "other"), config([rule("Enabled")])],
            at: ["other"],
            says: /replication is not set up/,
        },
    },
    unknown: {
        "the rules": {
            resources: [data, config(UNKNOWN_VALUE)],
            at: ["data"],
            says: /replication rules is not known/,
        },
        "the status": {
            resources: [data, config([rule(UNKNOWN_VALUE, "arn:aws:s3:::elsewhere")])],
            at: ["data"],
            says: /replication rules is not known/,
        },
        "the configuration of the bucket itself": {
            resources: [resource("bucket", "data", { replicationConfiguration: UNKNOWN_VALUE })],
            at: ["data"],
            says: /replication rules is not known/,
        },
    },
    notApplicable: {
        "a policy of a bucket": [resource("bucketPolicy", "policy", { policy: json({}) })],
    },
});
