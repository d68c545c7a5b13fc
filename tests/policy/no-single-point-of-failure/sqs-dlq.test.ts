import { sqsDlq } from "../../../policies/no-single-point-of-failure/rules/sqs-dlq";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE } from "../support/harness";

const redrive = (to: string) => json({ deadLetterTargetArn: ref(to, "arn"), maxReceiveCount: 5 });

describeRule(sqsDlq, {
    compliant: {
        "a queue with a dead-letter queue": [
            resource("sqsQueue", "jobs", { redrivePolicy: redrive("dead") }),
            resource("sqsQueue", "dead"),
        ],
        "a redrive policy of its own": [
            resource("sqsQueue", "jobs"),
            resource("sqsQueue", "dead"),
            resource("sqsRedrivePolicy", "redrive", { queueUrl: ref("jobs"), redrivePolicy: redrive("dead") }),
        ],
        "dead letters of a subscription, a function and an event rule": [
            resource("sqsQueue", "of-topic"),
            resource("snsTopicSubscription", "subscription", { protocol: "https", redrivePolicy: redrive("of-topic") }),
            resource("sqsQueue", "of-function"),
            resource("lambdaFunction", "function", { deadLetterConfig: { targetArn: ref("of-function", "arn") } }),
            resource("sqsQueue", "of-rule"),
            resource("eventTarget", "target", { deadLetterConfig: { arn: ref("of-rule", "arn") } }),
            resource("sqsQueue", "of-invocations"),
            resource("lambdaEventInvokeConfig", "invocations", {
                destinationConfig: { onFailure: { destination: ref("of-invocations", "arn") } },
            }),
        ],
        "a queue that says which queues may use it for their dead letters": [
            resource("sqsQueue", "dead"),
            resource("sqsRedriveAllowPolicy", "allow", { queueUrl: ref("dead") }),
        ],
        "a dead-letter queue that is named by an ARN put together by hand": [
            resource("sqsQueue", "jobs", {
                redrivePolicy: json({ deadLetterTargetArn: "arn:aws:sqs:eu-west-1:123456789012:dead-letters" }),
            }),
            resource(
                "sqsQueue",
                "dead",
                { name: "dead-letters" },
                { computed: { arn: "arn:aws:sqs:eu-west-1:123456789012:dead-letters" } },
            ),
        ],
        "what an event source could not hand to a function": [
            resource("sqsQueue", "of-stream"),
            resource("lambdaEventSourceMapping", "stream", {
                destinationConfig: { onFailure: { destinationArn: ref("of-stream", "arn") } },
            }),
        ],
        "what a bus, a schedule and pipes could not deliver": [
            resource("sqsQueue", "of-bus"),
            resource("eventBus", "bus", { deadLetterConfig: { arn: ref("of-bus", "arn") } }),
            resource("sqsQueue", "of-schedule"),
            resource("schedule", "nightly", {
                target: { arn: ref("work", "arn"), deadLetterConfig: { arn: ref("of-schedule", "arn") } },
            }),
            resource("sqsQueue", "work", { redrivePolicy: redrive("dead") }),
            resource("sqsQueue", "dead"),
            ...["kinesisStreamParameters", "dynamodbStreamParameters"].flatMap((stream) => [
                resource("sqsQueue", `of-${stream}`),
                resource("pipe", `from-${stream}`, {
                    sourceParameters: { [stream]: { deadLetterConfig: { arn: ref(`of-${stream}`, "arn") } } },
                }),
            ]),
        ],
        "a dead-letter queue in another stack": [
            resource("sqsQueue", "jobs", {
                redrivePolicy: json({ deadLetterTargetArn: "arn:aws:sqs:eu-west-1:123456789012:dead" }),
            }),
        ],
    },
    violating: {
        "a queue for a schedule's work": {
            resources: [
                resource("sqsQueue", "work"),
                resource("sqsQueue", "dead"),
                resource("schedule", "nightly", {
                    target: { arn: ref("work", "arn"), deadLetterConfig: { arn: ref("dead", "arn") } },
                }),
            ],
            at: ["work"],
            says: /redrivePolicy is not set/,
            modes: ["up"],
        },
        "a queue on its own": {
            resources: [resource("sqsQueue", "jobs")],
            at: ["jobs"],
            says: /redrivePolicy is not set: a message that cannot be processed .* Fix: set `redrivePolicy`/,
        },
        "a queue that nobody may use for dead letters": {
            resources: [
                resource("sqsQueue", "jobs"),
                resource("sqsRedriveAllowPolicy", "deny", {
                    queueUrl: ref("jobs"),
                    redriveAllowPolicy: json({ redrivePermission: "denyAll" }),
                }),
            ],
            at: ["jobs"],
            says: /redrivePolicy is not set/,
        },
        "queues that are no dead-letter queue of anything here": {
            resources: [
                resource("sqsQueue", "jobs", { redrivePolicy: redrive("dead") }),
                resource("sqsQueue", "dead"),
                resource("sqsQueue", "other"),
            ],
            at: ["other"],
            says: /redrivePolicy is not set/,
        },
    },
    unknown: {
        "a policy that may turn out empty": {
            resources: [resource("sqsQueue", "jobs", { redrivePolicy: UNKNOWN_VALUE })],
            at: ["jobs"],
            says: /redrivePolicy is not known in preview/,
        },
        "which of two queues is for a schedule's work and which for its dead letters": {
            resources: [
                resource("sqsQueue", "work"),
                resource("sqsQueue", "dead"),
                resource("schedule", "nightly", {
                    target: { arn: ref("work", "arn"), deadLetterConfig: { arn: ref("dead", "arn") } },
                }),
            ],
            at: ["dead", "work"],
            says: /redrivePolicy is not known in preview/,
        },
    },
    notApplicable: {
        "a topic": [resource("snsTopic", "news")],
    },
});
