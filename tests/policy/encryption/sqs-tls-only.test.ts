import { sqsTlsOnly } from "../../../policies/encryption/rules/sqs-tls-only";
import { describeTlsOnlyRule } from "./tls-only-cases";

describeTlsOnlyRule(sqsTlsOnly, {
    kind: "sqsQueue",
    attached: { kind: "sqsQueuePolicy", property: "queueUrl" },
    everything: "sqs:*",
    parts: ["sqs:Get*", "sqs:SendMessage"],
    inline: true,
});
