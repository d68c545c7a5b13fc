import { dlqRetention } from "../../../policies/no-single-point-of-failure/rules/dlq-retention";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const queues = (jobs: unknown, dead: unknown): TestResource[] => [
    resource("sqsQueue", "jobs", {
        redrivePolicy: json({ deadLetterTargetArn: ref("dead", "arn") }),
        messageRetentionSeconds: jobs,
    }),
    resource("sqsQueue", "dead", { messageRetentionSeconds: dead }),
];

describeRule(dlqRetention, {
    compliant: {
        "14 days after 4": queues(345_600, 1_209_600),
        "14 days after the default": queues(undefined, 1_209_600),
    },
    violating: {
        "the same for both": {
            resources: queues(345_600, 345_600),
            at: ["dead"],
            says: /messageRetentionSeconds is 345600, no longer than its source's 345600/,
        },
        "the default for both": {
            resources: queues(undefined, undefined),
            at: ["dead"],
            says: /is not set \(345600\)/,
        },
        "a source that keeps its messages as long as can be": {
            resources: queues(1_209_600, 1_209_600),
            at: ["dead"],
            says: /Fix: set `messageRetentionSeconds` of the source below 1209600/,
        },
    },
    unknown: {
        "how long": {
            resources: queues(345_600, UNKNOWN_VALUE),
            at: ["dead"],
            says: /messageRetentionSeconds is not known/,
        },
    },
    notApplicable: {
        "a queue without a dead-letter queue": [resource("sqsQueue", "jobs")],
        "FIFO queues, where a message's age begins anew": queues(345_600, 345_600).map((queue) => ({
            ...queue,
            inputs: { ...queue.inputs, fifoQueue: true },
        })),
    },
});
