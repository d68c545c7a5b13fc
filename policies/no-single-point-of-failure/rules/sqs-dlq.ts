import { deadLetterQueues } from "../../shared/relations/dead-letter-queues";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const sqsDlq = defineStackRule({
    id: "sqs-dlq",
    title: "A queue hands messages that keep failing to a dead-letter queue",
    severity: "high",
    frameworks: { wellArchitected: ["REL05-BP01", "REL11-BP01"] },
    why: "a message that cannot be processed is tried again until it expires, holds up the others, and is then lost without a trace",
    fix: "set `redrivePolicy` with the ARN of a dead-letter queue (`deadLetterTargetArn`) and a `maxReceiveCount`, or add an `aws.sqs.RedrivePolicy`",
    url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    tokens: TOKENS.sqsQueue,
    guards: [
        "redrivePolicy",
        { tokens: TOKENS.sqsRedrivePolicy, property: "redrivePolicy" },
        { tokens: TOKENS.sqsRedrivePolicy, property: "queueUrl" },
    ],
    check: (graph, on) => {
        const { sources, protected: covered, open } = deadLetterQueues(graph);
        for (const queue of graph.all("sqsQueue")) {
            if (covered.has(queue) || sources.has(queue)) {
                continue;
            }
            if (open.has(queue)) {
                on(queue).undetermined("redrivePolicy");
            } else {
                on(queue).violation("redrivePolicy", "is not set");
            }
        }
    },
});
