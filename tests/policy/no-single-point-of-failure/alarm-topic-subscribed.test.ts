import { alarmTopicSubscribed } from "../../../policies/no-single-point-of-failure/rules/alarm-topic-subscribed";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, unknownListOf, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const topic = (name = "alerts", inputs: object = {}): TestResource =>
    resource("snsTopic", name, inputs, { computed: { name: `${name}-1` } });
const alarm = (inputs: object = { alarmActions: [ref("alerts", "arn")] }): TestResource =>
    resource("metricAlarm", "errors", { metricName: "Errors", namespace: "AWS/Lambda", ...inputs });
const subscription = (inputs: object = {}): TestResource =>
    resource("snsTopicSubscription", "on-call", {
        topic: ref("alerts", "arn"),
        protocol: "email",
        endpoint: "on-call@example.com",
        ...inputs,
    });
const chat = (name: string, snsTopicArns: unknown): TestResource =>
    resource("chatChannel", name, { configurationName: name, snsTopicArns });
const stateChanges = (eventPattern: unknown): TestResource[] => [
    resource("eventRule", "events", { eventPattern }, { computed: { name: "events-1" } }),
    resource("eventTarget", "to-topic", { rule: ref("events", "name"), arn: ref("alerts", "arn") }),
];

describeRule(alarmTopicSubscribed, {
    compliant: {
        "an e-mail address": [topic(), alarm(), subscription()],
        "a queue": [
            topic(),
            alarm(),
            resource("sqsQueue", "pages"),
            subscription({ protocol: "sqs", endpoint: ref("pages", "arn") }),
        ],
        "a function": [
            topic(),
            alarm(),
            resource("lambdaFunction", "pager"),
            subscription({ protocol: "lambda", endpoint: ref("pager", "arn") }),
        ],
        "a chat channel": [topic(), alarm(), chat("slack", [ref("alerts", "arn")])],
        "a chat channel for several topics, known as a whole only later": [
            topic(),
            topic("pages"),
            alarm(),
            resource("metricAlarm", "latency", { alarmActions: [ref("pages", "arn")] }),
            chat("slack", unknownListOf("alerts", "pages")),
        ],
        "ARNs that are put together by hand": [
            topic("alerts", { name: "alerts" }),
            alarm({ alarmActions: ["arn:aws:sns:eu-west-1:123456789012:alerts"] }),
            subscription({ topic: "arn:aws:sns:eu-west-1:123456789012:alerts" }),
        ],
        "one subscription of a topic that two alarms and a composite one use": [
            topic(),
            alarm(),
            resource("metricAlarm", "latency", { alarmActions: [ref("alerts", "arn")] }),
            resource("compositeAlarm", "all", { alarmActions: [ref("alerts", "arn")] }),
            subscription(),
        ],
    },
    violating: {
        "no subscription": {
            resources: [topic(), alarm()],
            at: ["alerts"],
            says: /topic has no subscription, and is told by errors: the alarm goes off, .* Fix: create an `aws.sns.TopicSubscription`/,
        },
        "a subscription to another topic": {
            resources: [topic(), topic("orders"), alarm(), subscription({ topic: ref("orders", "arn") })],
            at: ["alerts"],
            says: /no subscription/,
        },
        "a chat channel for another topic": {
            resources: [topic(), topic("orders"), alarm(), chat("teams", [ref("orders", "arn")])],
            at: ["alerts"],
            says: /no subscription/,
        },
        "a composite alarm's topic": {
            resources: [topic(), resource("compositeAlarm", "all", { alarmActions: [ref("alerts", "arn")] })],
            at: ["alerts"],
            says: /is told by all/,
        },
        "a topic that hears only that all is well": {
            resources: [topic(), alarm({ okActions: [ref("alerts", "arn")] })],
            at: ["alerts"],
            says: /is told by errors/,
        },
        "many alarms, of which a few are named": {
            resources: [
                topic(),
                ...["e", "b", "d", "a", "c"].map((name) =>
                    resource("metricAlarm", name, { alarmActions: [ref("alerts", "arn")] }),
                ),
            ],
            at: ["alerts"],
            says: /is told by a, b, c and 2 more:/,
        },
        "an event rule on alarms": {
            resources: [
                topic(),
                ...stateChanges('{"source":["aws.cloudwatch"],"detail-type":["CloudWatch Alarm State Change"]}'),
            ],
            at: ["alerts"],
            says: /is told by events/,
        },
        "an event rule on notices of AWS Health": {
            resources: [topic(), ...stateChanges(json({ source: ["aws.health"] }))],
            at: ["alerts"],
            says: /is told by events/,
        },
        "an event rule on one alarm of the stack": {
            resources: [
                topic(),
                resource("metricAlarm", "errors", { alarmActions: ["arn:aws:lambda:eu-west-1:1:function:f"] }),
                ...stateChanges(json({ source: ["aws.cloudwatch"], resources: [ref("errors", "arn")] })),
            ],
            at: ["alerts"],
            says: /is told by events/,
        },
    },
    unknown: {
        "which of two topics is subscribed to": {
            resources: [
                topic(),
                topic("pages"),
                alarm(),
                resource("metricAlarm", "latency", { alarmActions: [ref("pages", "arn")] }),
                subscription({ topic: json([ref("alerts", "arn"), ref("pages", "arn")]) }),
            ],
            at: ["alerts", "pages"],
            says: /topic has a subscription that may be to another one \(on-call\)/,
        },
        "a subscription to a topic from somewhere else": {
            resources: [topic(), alarm(), subscription({ topic: UNKNOWN_VALUE })],
            at: ["alerts"],
            says: /may be to another one/,
        },
    },
    notApplicable: {
        "a topic of the application": [topic("orders"), alarm({ alarmActions: [] })],
        "a topic of another program": [alarm({ alarmActions: ["arn:aws:sns:eu-west-1:123456789012:alerts"] })],
        "a topic that gets the application's events": [topic(), ...stateChanges('{"source":["com.example.shop"]}')],
        "a topic that gets the events of a bucket": [topic(), ...stateChanges('{"source":["aws.s3"]}')],
        "a topic that a schedule is sent to": [topic(), ...stateChanges(undefined)],
    },
});
