import { sqsSse } from "../../../policies/encryption/rules/sqs-sse";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const queue = (inputs: object): TestResource[] => [resource("sqsQueue", "jobs", inputs)];

describeRule(sqsSse, {
    compliant: {
        "the default, which is on": queue({}),
        "a key": queue({ kmsMasterKeyId: "alias/jobs", sqsManagedSseEnabled: false }),
        "a managed key": queue({ sqsManagedSseEnabled: true }),
    },
    violating: {
        "switched off": {
            resources: queue({ sqsManagedSseEnabled: false }),
            at: ["jobs"],
            says: /sqsManagedSseEnabled is false and `kmsMasterKeyId` is not set/,
        },
    },
    unknown: {
        "the flag": {
            resources: queue({ sqsManagedSseEnabled: UNKNOWN_VALUE }),
            at: ["jobs"],
            says: /sqsManagedSseEnabled is not known/,
        },
    },
    notApplicable: { "a topic": [resource("snsTopic", "news")] },
});
