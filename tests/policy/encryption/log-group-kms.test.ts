import { logGroupKms } from "../../../policies/encryption/rules/log-group-kms";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE } from "../support/harness";

describeRule(logGroupKms, {
    compliant: {
        "a key": [resource("logGroup", "data", { kmsKeyId: "arn:aws:kms:eu-west-1:123456789012:key/1" })],
        "a key that does not exist yet": [
            resource("kmsKey", "key"),
            resource("logGroup", "data", { kmsKeyId: ref("key", "arn") }),
        ],
        "an alias that does not exist yet": [
            resource("kmsAlias", "key"),
            resource("logGroup", "data", { kmsKeyId: ref("key", "name") }),
        ],
    },
    violating: {
        none: {
            resources: [resource("logGroup", "data")],
            at: ["data"],
            says: /kmsKeyId is not set: .* Fix: set `kmsKeyId` to a key of your own/,
        },
        "an empty one": {
            resources: [resource("logGroup", "data", { kmsKeyId: "" })],
            at: ["data"],
            says: /kmsKeyId is not set/,
        },
    },
    unknown: {
        "a value that comes from no key": {
            resources: [resource("logGroup", "data", { kmsKeyId: UNKNOWN_VALUE })],
            at: ["data"],
            says: /kmsKeyId is not known in preview/,
        },
    },
    notApplicable: { "a key itself": [resource("kmsKey", "key")] },
});
