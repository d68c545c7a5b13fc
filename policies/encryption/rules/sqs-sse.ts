import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const sqsSse = defineResourceRule({
    id: "sqs-sse",
    title: "A queue is encrypted at rest",
    severity: "high",
    frameworks: { fsbp: ["SQS.1"], checkov: ["CKV_AWS_27"], wellArchitected: ["SEC08-BP02"] },
    why: "messages that wait lie on disk in clear text",
    fix: "set `kmsMasterKeyId` to a key of your own, or leave `sqsManagedSseEnabled` on",
    url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html",
    tokens: TOKENS.sqsQueue,
    guards: ["sqsManagedSseEnabled", "kmsMasterKeyId"],
    check: ({ inputs }, report) => {
        // Encryption with a managed key is on unless it is switched off. A key that is not known yet is one that is
        // being created: SQS refuses an empty one.
        const managed = inputs.bool("sqsManagedSseEnabled");
        const key = inputs.get("kmsMasterKeyId");
        if (key !== undefined && key !== "") {
            return;
        }
        if (managed === UNKNOWN) {
            report.undetermined("sqsManagedSseEnabled");
        } else if (managed === false) {
            report.violation("sqsManagedSseEnabled", "is false and `kmsMasterKeyId` is not set");
        }
    },
    remediate: (inputs) => {
        if (!("kmsMasterKeyId" in inputs)) {
            inputs["sqsManagedSseEnabled"] = true;
        }
    },
});
