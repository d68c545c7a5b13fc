import { requireKey } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const sqsCmk = defineStackRule({
    id: "sqs-cmk",
    title: "An encrypted queue is encrypted with a key of one's own",
    severity: "medium",
    frameworks: { checkov: ["CKV2_AWS_73"], wellArchitected: ["SEC08-BP01", "SEC08-BP02"] },
    why: "whoever may receive from it reads every message, with no key to limit or follow it, and other services cannot be let in where the key is the one that AWS keeps",
    fix: "set `kmsMasterKeyId` to a key of your own, whose policy lets in the services that send to the queue",
    url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
    tokens: TOKENS.sqsQueue,
    guards: ["kmsMasterKeyId"],
    check: (graph, on) => {
        for (const queue of graph.all("sqsQueue")) {
            // Without any encryption it is sqs-sse that speaks.
            const managed = (queue.inputs ?? queue).bool("sqsManagedSseEnabled");
            const key = (queue.inputs ?? queue).str("kmsMasterKeyId");
            if (managed !== false || key !== undefined) {
                requireKey(graph, queue, "kmsMasterKeyId", on(queue));
            }
        }
    },
});
