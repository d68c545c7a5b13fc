import { deadLetterQueues } from "../../shared/relations/dead-letter-queues";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** What SQS does where nothing is set: four days. */
const DEFAULT_SECONDS = 345_600;

export const dlqRetention = defineStackRule({
    id: "dlq-retention",
    title: "A dead-letter queue keeps messages longer than the queue they come from",
    severity: "medium",
    frameworks: { wellArchitected: ["REL09-BP01"] },
    why: "a message keeps the age it had, so it may expire soon after it arrives and before anybody has looked at it",
    fix: "set `messageRetentionSeconds: 1209600` (14 days, the longest there is)",
    url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    tokens: TOKENS.sqsQueue,
    guards: ["messageRetentionSeconds"],
    check: (graph, on) => {
        for (const [queue, sources] of deadLetterQueues(graph).sources) {
            const own = queue.num("messageRetentionSeconds");
            const theirs = sources
                .filter((source) => source.is("sqsQueue"))
                .map((source) => source.num("messageRetentionSeconds") ?? DEFAULT_SECONDS);
            if (theirs.length === 0) {
                continue;
            }
            if (own === UNKNOWN || theirs.includes(UNKNOWN)) {
                on(queue).undetermined("messageRetentionSeconds");
                continue;
            }
            const longest = Math.max(...theirs.filter((seconds) => seconds !== UNKNOWN));
            if ((own ?? DEFAULT_SECONDS) <= longest) {
                const value = own === undefined ? `is not set (${DEFAULT_SECONDS})` : `is ${own}`;
                on(queue).violation("messageRetentionSeconds", `${value}, no longer than its source's ${longest}`);
            }
        }
    },
});
