import { deadLetterQueues } from "../../shared/relations/dead-letter-queues";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** What SQS does where nothing is set: four days. */
const DEFAULT_SECONDS = 345_600;

/** The longest that SQS keeps a message: 14 days. */
const LONGEST_SECONDS = 1_209_600;

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
            // In a FIFO queue a message's age begins anew when it is moved. Its dead-letter queue is one, too.
            if (queue.bool("fifoQueue") === true) {
                continue;
            }
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
                on(queue).violation(
                    "messageRetentionSeconds",
                    `${value}, no longer than its source's ${longest}`,
                    longest < LONGEST_SECONDS
                        ? undefined
                        : `set \`messageRetentionSeconds\` of the source below ${LONGEST_SECONDS} (14 days, the longest there is), and that of the dead-letter queue to it`,
                );
            }
        }
    },
});
