import { requireTlsOnly } from "../../shared/relations/tls-only";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const sqsTlsOnly = defineStackRule({
    id: "sqs-tls-only",
    title: "A queue refuses requests without TLS",
    severity: "high",
    frameworks: { wellArchitected: ["SEC09-BP02"] },
    why: "a client that is set up wrongly sends requests and data in clear text, and nothing stops it",
    fix: 'add an `aws.sqs.QueuePolicy` with a statement `Effect: "Deny", Principal: "*", Action: "sqs:*", Condition: { Bool: { "aws:SecureTransport": "false" } }`',
    url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html",
    tokens: TOKENS.sqsQueue,
    guards: [
        "policy",
        { tokens: TOKENS.sqsQueuePolicy, property: "policy" },
        { tokens: TOKENS.sqsQueuePolicy, property: "queueUrl" },
    ],
    // A policy that holds ARNs of the same stack is unknown as a whole until they exist.
    undetermined: "advisory",
    check: (graph, on) => {
        requireTlsOnly(graph, on, "sqsQueue", "sqs:*", { kind: "sqsQueuePolicy", property: "queueUrl" });
    },
});
