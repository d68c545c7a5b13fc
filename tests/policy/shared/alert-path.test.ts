import type { PolicyResource } from "@pulumi/policy";
import { ResourceGraph, type Node } from "../../../policies/shared/graph";
import { Recorder } from "../../../policies/shared/recorder";
import { alertPath } from "../../../policies/shared/relations/alert-path";
import { alarmsOn } from "../../../policies/shared/relations/alarms";
import { deadLetterQueues } from "../../../policies/shared/relations/dead-letter-queues";
import { TOKENS, type Kind } from "../../../policies/shared/tokens";

const ACCOUNT = "eu-west-1:123456789012";

function graphOf(resources: readonly (readonly [Kind, string, Record<string, unknown>])[]): ResourceGraph {
    return new ResourceGraph(
        resources.map(
            ([kind, name, props]) =>
                ({
                    type: TOKENS[kind][0],
                    name,
                    urn: `urn:pulumi:dev::shop::${TOKENS[kind][0]}::${name}`,
                    props: { id: name, name, ...props },
                    dependencies: [],
                    propertyDependencies: {},
                }) as unknown as PolicyResource,
        ),
        new Recorder(),
    );
}

const queue = (name: string, more: object = {}): [Kind, string, Record<string, unknown>] => [
    "sqsQueue",
    name,
    { arn: `arn:aws:sqs:${ACCOUNT}:${name}`, ...more },
];
const topic = (name: string): [Kind, string, Record<string, unknown>] => [
    "snsTopic",
    name,
    { arn: `arn:aws:sns:${ACCOUNT}:${name}` },
];
const subscribed = (name: string, to: string): [Kind, string, Record<string, unknown>] => [
    "snsTopicSubscription",
    name,
    { topic: `arn:aws:sns:${ACCOUNT}:${to}`, protocol: "email", endpoint: "on-call@example.com" },
];
const alarm = (name: string, watched: string, ...topics: string[]): [Kind, string, Record<string, unknown>] => [
    "metricAlarm",
    name,
    {
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: watched },
        alarmActions: topics.map((each) => `arn:aws:sns:${ACCOUNT}:${each}`),
    },
];

const names = (nodes: readonly Node[]): readonly string[] => nodes.map(({ name }) => name).sort();

function walk(graph: ResourceGraph, from: string): Record<string, unknown> {
    const [source] = graph.identifiedBy(from, "sqsQueue");
    const dead = [...deadLetterQueues(graph).sources].filter(([, sources]) => sources.includes(source as Node));
    const watching = alarmsOn(graph, "sqsQueue", "QueueName", "ApproximateNumberOfMessagesVisible");
    return Object.fromEntries(
        dead.map(([each]) => {
            const { alarms, acts, topics, subscriptions } = alertPath(graph, each, watching);
            return [
                each.name,
                { alarms: names(alarms), acts, topics: names(topics), subscriptions: names(subscriptions) },
            ];
        }),
    );
}

const redrive = { redrivePolicy: JSON.stringify({ deadLetterTargetArn: `arn:aws:sqs:${ACCOUNT}:dead` }) };

describe("the way from a queue to the person who hears of its dead letters", () => {
    test("goes over the dead-letter queue, its alarm and the alarm's topic to the subscription", () => {
        const graph = graphOf([
            queue("jobs", redrive),
            queue("dead"),
            alarm("letters", "dead", "alerts"),
            topic("alerts"),
            subscribed("on-call", "alerts"),
            topic("orders"),
            subscribed("billing", "orders"),
        ]);
        expect(walk(graph, "jobs")).toEqual({
            dead: { alarms: ["letters"], acts: "acts", topics: ["alerts"], subscriptions: ["on-call"] },
        });
    });

    test("goes through composite alarms, however deep they lie, and ends where they name each other", () => {
        const graph = graphOf([
            queue("jobs", redrive),
            queue("dead"),
            alarm("letters", "dead"),
            ["compositeAlarm", "inner", { alarmRule: "ALARM(letters) OR ALARM(outer)" }],
            [
                "compositeAlarm",
                "outer",
                { alarmRule: 'ALARM("inner")', alarmActions: [`arn:aws:sns:${ACCOUNT}:alerts`] },
            ],
            topic("alerts"),
            subscribed("on-call", "alerts"),
        ]);
        expect(walk(graph, "jobs")).toEqual({
            dead: { alarms: ["letters"], acts: "acts", topics: ["alerts"], subscriptions: ["on-call"] },
        });
    });

    test("shows at which step it breaks off", () => {
        const broken = (...rest: Parameters<typeof graphOf>[0]): unknown =>
            walk(graphOf([queue("jobs", redrive), queue("dead"), ...rest]), "jobs");
        expect(broken()).toEqual({ dead: { alarms: [], acts: "silent", topics: [], subscriptions: [] } });
        expect(broken(alarm("letters", "dead"))).toEqual({
            dead: { alarms: ["letters"], acts: "silent", topics: [], subscriptions: [] },
        });
        expect(broken(alarm("letters", "dead", "alerts"), topic("alerts"))).toEqual({
            dead: { alarms: ["letters"], acts: "acts", topics: ["alerts"], subscriptions: [] },
        });
    });
});
