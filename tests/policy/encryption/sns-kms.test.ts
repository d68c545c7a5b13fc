import { snsKms } from "../../../policies/encryption/rules/sns-kms";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE } from "../support/harness";

describeRule(snsKms, {
    compliant: {
        "a key": [resource("snsTopic", "data", { kmsMasterKeyId: "arn:aws:kms:eu-west-1:123456789012:key/1" })],
        "a key that does not exist yet": [
            resource("kmsKey", "key"),
            resource("snsTopic", "data", { kmsMasterKeyId: ref("key", "arn") }),
        ],
        "an alias that does not exist yet": [
            resource("kmsAlias", "key"),
            resource("snsTopic", "data", { kmsMasterKeyId: ref("key", "name") }),
        ],
    },
    violating: {
        none: {
            resources: [resource("snsTopic", "data")],
            at: ["data"],
            says: /kmsMasterKeyId is not set: .* Fix: set `kmsMasterKeyId` to a key of your own/,
        },
        "an empty one": {
            resources: [resource("snsTopic", "data", { kmsMasterKeyId: "" })],
            at: ["data"],
            says: /kmsMasterKeyId is not set/,
        },
    },
    unknown: {
        "a value that comes from no key": {
            resources: [resource("snsTopic", "data", { kmsMasterKeyId: UNKNOWN_VALUE })],
            at: ["data"],
            says: /kmsMasterKeyId is not known in preview/,
        },
    },
    notApplicable: { "a key itself": [resource("kmsKey", "key")] },
});
