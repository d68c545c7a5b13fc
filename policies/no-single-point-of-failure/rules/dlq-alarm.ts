import { alertPath } from "../../shared/relations/alert-path";
import { alarmsOn } from "../../shared/relations/alarms";
import { deadLetterQueues } from "../../shared/relations/dead-letter-queues";
import { someNames } from "../../shared/relations/topics";
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
    guards: [
        ...["metricName", "dimensions", "metricQueries", "alarmActions", "actionsEnabled"].map((property) => ({
            tokens: TOKENS.metricAlarm,
            property,
        })),
        { tokens: TOKENS.compositeAlarm, property: "alarmRule" },
        { tokens: TOKENS.compositeAlarm, property: "alarmActions" },
    ],
    check: (graph, on) => {
        const watching = alarmsOn(graph, "sqsQueue", "QueueName", METRIC);
        for (const queue of deadLetterQueues(graph).sources.keys()) {
            const { alarms, perhaps, acts } = alertPath(graph, queue, watching);
            if (acts === "acts") {
                continue;
            }
            if (perhaps.length > 0) {
                on(queue).undetermined(
                    "dead-letter queue",
                    `has an alarm that may watch another queue (${someNames(perhaps)})`,
                );
            } else if (alarms.length === 0) {
                on(queue).violation("dead-letter queue", "has no alarm on its visible messages");
            } else if (acts === "open") {
                on(queue).undetermined("alarmActions", `of its alarm (${someNames(alarms)}) is not known in preview`);
            } else {
                on(queue).violation(
                    "dead-letter queue",
                    `has an alarm that tells nobody (${someNames(alarms)})`,
                    "give the alarm `alarmActions`",
                );
            }
        }
    },
});
