import { sqsCmk } from "../../../policies/encryption/rules/sqs-cmk";
import { describeRule } from "../support/describe-rule";
import { resource } from "../support/harness";
import { keyCases } from "./key-cases";

const cases = keyCases({ kind: "sqsQueue", property: "kmsMasterKeyId", managed: "alias/aws/sqs" });

describeRule(sqsCmk, {
    ...cases,
    violating: {
        ...cases.violating,
        "encryption with the key of SQS": {
            resources: [resource("sqsQueue", "jobs", { sqsManagedSseEnabled: true })],
            at: ["jobs"],
            says: /kmsMasterKeyId is not set/,
        },
    },
    notApplicable: {
        ...cases.notApplicable,
        "a queue in clear text, of which sqs-sse speaks": [
            resource("sqsQueue", "jobs", { sqsManagedSseEnabled: false, kmsMasterKeyId: "" }),
        ],
        "a topic": [resource("snsTopic", "news")],
    },
});
