import { actsOnAlarm, alarmsOn } from "../../shared/relations/alarms";
import { deadLetterQueues } from "../../shared/relations/dead-letter-queues";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

const METRIC = "ApproximateNumberOfMessagesVisible";

export const dlqAlarm = defineStackRule({
    id: "dlq-alarm",
    title: "Somebody is told when a message arrives in a dead-letter queue",
    severity: "high",
    frameworks: { wellArchitected: ["REL06-BP01", "REL11-BP01"] },
    why: "failed work waits there unseen until it expires",
    fix: `create an \`aws.cloudwatch.MetricAlarm\` on ${METRIC} (namespace AWS/SQS, dimension QueueName) above 0, with \`alarmActions\``,
    url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html",
    tokens: TOKENS.sqsQueue,
    check: (graph, on) => {
        const alarms = alarmsOn(graph, "sqsQueue", METRIC, "QueueName");
        for (const queue of deadLetterQueues(graph).sources.keys()) {
            const own = alarms.sure.get(queue) ?? [];
            const perhaps = alarms.unsure.get(queue) ?? [];
            const states = own.map(actsOnAlarm);
            const names = own
                .map(({ name }) => name)
                .sort()
                .join(", ");
            if (perhaps.length > 0 && !states.includes("acts")) {
                on(queue).undetermined(
                    "dead-letter queue",
                    `has an alarm that may watch another queue (${perhaps
                        .map(({ name }) => name)
                        .sort()
                        .join(", ")})`,
                );
            } else if (own.length === 0) {
                on(queue).violation("dead-letter queue", "has no alarm on its visible messages");
            } else if (states.includes("acts")) {
                continue;
            } else if (states.includes("open")) {
                on(queue).undetermined("alarmActions", `of its alarm (${names}) is not known in preview`);
            } else {
                on(queue).violation(
                    "dead-letter queue",
                    `has an alarm that tells nobody (${names})`,
                    "give the alarm `alarmActions`",
                );
            }
        }
    },
});
