import { requireTlsOnly } from "../../shared/relations/tls-only";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const snsTlsOnly = defineStackRule({
    id: "sns-tls-only",
    title: "A topic refuses requests without TLS",
    severity: "high",
    frameworks: { wellArchitected: ["SEC09-BP02"] },
    why: "a client that is set up wrongly sends requests and data in clear text, and nothing stops it",
    fix: 'add an `aws.sns.TopicPolicy` with a statement `Effect: "Deny", Principal: "*", Action: "sns:Publish", Condition: { Bool: { "aws:SecureTransport": "false" } }`',
    url: "https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
    tokens: TOKENS.snsTopic,
    guards: [
        "policy",
        { tokens: TOKENS.snsTopicPolicy, property: "policy" },
        { tokens: TOKENS.snsTopicPolicy, property: "arn" },
    ],
    // A policy that holds ARNs of the same stack is unknown as a whole until they exist.
    undetermined: "advisory",
    check: (graph, on) => {
        // A topic's policy may name no more: SNS refuses "sns:*", and what else there is manages the topic.
        requireTlsOnly(graph, on, "snsTopic", "sns:Publish", { kind: "snsTopicPolicy", property: "arn" });
    },
});
