import { secretCmk } from "../../../policies/encryption/rules/secret-cmk";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE } from "../support/harness";

describeRule(secretCmk, {
    compliant: {
        "a key": [resource("secret", "data", { kmsKeyId: "arn:aws:kms:eu-west-1:123456789012:key/1" })],
        "a key that does not exist yet": [
            resource("kmsKey", "key"),
            resource("secret", "data", { kmsKeyId: ref("key", "arn") }),
        ],
        "an alias that does not exist yet": [
            resource("kmsAlias", "key"),
            resource("secret", "data", { kmsKeyId: ref("key", "name") }),
        ],
    },
    violating: {
        none: {
            resources: [resource("secret", "data")],
            at: ["data"],
            says: /kmsKeyId is not set: .* Fix: set `kmsKeyId` to a key of your own/,
        },
        "an empty one": {
            resources: [resource("secret", "data", { kmsKeyId: "" })],
            at: ["data"],
            says: /kmsKeyId is not set/,
        },
    },
    unknown: {
        "a value that comes from no key": {
            resources: [resource("secret", "data", { kmsKeyId: UNKNOWN_VALUE })],
            at: ["data"],
            says: /kmsKeyId is not known in preview/,
        },
    },
    notApplicable: { "a key itself": [resource("kmsKey", "key")] },
});
