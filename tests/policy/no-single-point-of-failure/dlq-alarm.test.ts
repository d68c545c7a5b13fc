import { dlqAlarm } from "../../../policies/no-single-point-of-failure/rules/dlq-alarm";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const queues = [
    resource("sqsQueue", "jobs", { redrivePolicy: json({ deadLetterTargetArn: ref("dead", "arn") }) }),
    resource("sqsQueue", "dead", {}, { computed: { name: "dead-1" } }),
];
const alarm = (inputs: object = {}): TestResource =>
    resource("metricAlarm", "letters", {
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: ref("dead", "name") },
        alarmActions: [ref("alerts", "arn")],
        ...inputs,
    });
const topic = resource("snsTopic", "alerts");

describeRule(dlqAlarm, {
    compliant: {
        "an alarm with an action": [...queues, topic, alarm()],
        "an alarm that a composite one speaks for": [
            ...queues,
            topic,
            alarm({ alarmActions: undefined }),
            resource("compositeAlarm", "all", {
                alarmRule: json([ref("letters", "name")]),
                alarmActions: [ref("alerts", "arn")],
            }),
        ],
        "an alarm by metric math": [
            ...queues,
            topic,
            alarm({
                metricName: undefined,
                dimensions: undefined,
                metricQueries: [
                    {
                        id: "m",
                        metric: {
                            metricName: "ApproximateNumberOfMessagesVisible",
                            dimensions: { QueueName: ref("dead", "name") },
                        },
                    },
                ],
            }),
        ],
    },
    violating: {
        "no alarm": {
            resources: queues,
            at: ["dead"],
            says: /dead-letter queue has no alarm on its visible messages: failed work waits/,
        },
        "an alarm on another metric": {
            resources: [...queues, topic, alarm({ metricName: "ApproximateAgeOfOldestMessage" })],
            at: ["dead"],
            says: /has no alarm/,
        },
        "an alarm on another queue": {
            resources: [...queues, topic, alarm({ dimensions: { QueueName: ref("jobs", "name") } })],
            at: ["dead"],
            says: /has no alarm/,
            modes: ["preview"],
        },
        "an alarm that tells nobody": {
            resources: [...queues, alarm({ alarmActions: [] })],
            at: ["dead"],
            says: /has an alarm that tells nobody \(letters\): .* Fix: give the alarm `alarmActions`/,
        },
        "an alarm whose composite alarm tells nobody": {
            resources: [
                ...queues,
                alarm({ name: "letters", alarmActions: [] }),
                resource("compositeAlarm", "all", { alarmRule: "ALARM(letters)" }),
            ],
            at: ["dead"],
            says: /tells nobody/,
        },
        "an alarm that is switched off": {
            resources: [...queues, topic, alarm({ actionsEnabled: false })],
            at: ["dead"],
            says: /tells nobody/,
        },
    },
    unknown: {
        "which queue an alarm is about": {
            resources: [...queues, topic, alarm({ dimensions: { QueueName: UNKNOWN_VALUE } })],
            at: ["dead"],
            says: /has an alarm that may watch another queue \(letters\)/,
        },
        "all queries of an alarm": {
            resources: [
                ...queues,
                topic,
                alarm({ metricName: undefined, dimensions: undefined, metricQueries: UNKNOWN_VALUE }),
            ],
            at: ["dead"],
            says: /may watch another queue/,
        },
        "which of the queues one query is about": {
            resources: [
                ...queues,
                resource("sqsQueue", "jobs-2", { redrivePolicy: json({ deadLetterTargetArn: ref("dead-2", "arn") }) }),
                resource("sqsQueue", "dead-2", {}, { computed: { name: "dead-2" } }),
                topic,
                alarm({
                    metricName: undefined,
                    dimensions: undefined,
                    metricQueries: [
                        {
                            metric: {
                                metricName: "ApproximateNumberOfMessagesVisible",
                                dimensions: { QueueName: ref("dead", "name") },
                            },
                        },
                        {
                            metric: {
                                metricName: "NumberOfMessagesSent",
                                dimensions: { QueueName: ref("dead-2", "name") },
                            },
                        },
                    ],
                }),
            ],
            at: ["dead", "dead-2"],
            says: /dead-letter queue has an alarm that may watch another queue \(letters\)/,
        },
        "whether the alarm has actions": {
            resources: [...queues, alarm({ alarmActions: UNKNOWN_VALUE })],
            at: ["dead"],
            says: /alarmActions of its alarm \(letters\) is not known in preview/,
        },
    },
    notApplicable: { "a queue that is not for dead letters": [resource("sqsQueue", "jobs")] },
});
