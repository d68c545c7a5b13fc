/** Which topics are told of trouble, and who listens to them. */
import type { Node, ResourceGraph } from "../graph";
import { append } from "../multimap";
import { UNKNOWN } from "../unknown";
import { namedByArn } from "./arn";

/** What a property that lists ARNs sends to, among topics. */
function topicsIn(graph: ResourceGraph, node: Node, property: string): readonly Node[] {
    const values = node.strings(property);
    const byHand =
        values === UNKNOWN || values === undefined
            ? []
            : values.flatMap((value) => namedByArn(graph, value, "snsTopic"));
    return [...new Set([...graph.resolve(node, property, "snsTopic").nodes, ...byHand])];
}

/** The topics of the stack that an alarm sends to, in whatever state it comes to. */
export function topicsOfAlarm(graph: ResourceGraph, alarm: Node): readonly Node[] {
    const properties = ["alarmActions", "insufficientDataActions", "okActions"];
    return [...new Set(properties.flatMap((property) => topicsIn(graph, alarm, property)))];
}

/** The topics of the stack that alarms send to. */
export function alarmTopics(graph: ResourceGraph): ReadonlySet<Node> {
    return new Set(
        [...alertTopics(graph)]
            .filter(([, senders]) => senders.some((sender) => sender.is("metricAlarm", "compositeAlarm")))
            .map(([topic]) => topic),
    );
}

const alerting = new WeakMap<ResourceGraph, ReadonlyMap<Node, readonly Node[]>>();

/** The topics of the stack that are told of trouble, with the alarms and event rules that tell them. */
export function alertTopics(graph: ResourceGraph): ReadonlyMap<Node, readonly Node[]> {
    let topics = alerting.get(graph);
    if (topics === undefined) {
        const map = new Map<Node, Node[]>();
        for (const alarm of graph.all("metricAlarm", "compositeAlarm")) {
            topicsOfAlarm(graph, alarm).forEach((topic) => {
                append(map, topic, alarm);
            });
        }
        for (const target of graph.all("eventTarget")) {
            const rule = graph.resolve(target, "rule", "eventRule").nodes.find((each) => tellsOfTrouble(graph, each));
            if (rule !== undefined) {
                topicsIn(graph, target, "arn").forEach((topic) => {
                    append(map, topic, rule);
                });
            }
        }
        topics = map;
        alerting.set(graph, topics);
    }
    return topics;
}

/** What sends events about trouble and nothing else: state changes of alarms, and AWS Health. */
const TROUBLE: ReadonlySet<unknown> = new Set(["aws.cloudwatch", "aws.health"]);

/** Whether an event rule passes on alarms or notices of AWS Health, rather than the application's own events. */
function tellsOfTrouble(graph: ResourceGraph, rule: Node): boolean {
    const pattern = rule.json("eventPattern");
    if (pattern === UNKNOWN) {
        // The ARNs of alarms in it, or of something else.
        return graph.dependenciesOf(rule, "eventPattern", "metricAlarm", "compositeAlarm").length > 0;
    }
    const sources = pattern?.strings("source");
    return Array.isArray(sources) && sources.length > 0 && sources.every((source) => TROUBLE.has(source));
}

/** Who listens to a topic. */
export interface Subscribers {
    readonly sure: readonly Node[];
    /** Subscriptions that may be to another topic. */
    readonly unsure: readonly Node[];
}

interface Subscriptions {
    readonly sure: ReadonlyMap<Node, readonly Node[]>;
    readonly unsure: ReadonlyMap<Node, readonly Node[]>;
    /** Subscriptions whose topic is not known and depends on nothing. */
    readonly stray: readonly Node[];
}

const subscriptions = new WeakMap<ResourceGraph, Subscriptions>();

/** Who listens to a topic: subscriptions of any protocol, and chat channels of Amazon Q Developer (AWS Chatbot). */
export function subscribersOf(graph: ResourceGraph, topic: Node): Subscribers {
    let all = subscriptions.get(graph);
    if (all === undefined) {
        all = findSubscriptions(graph);
        subscriptions.set(graph, all);
    }
    return { sure: all.sure.get(topic) ?? [], unsure: [...(all.unsure.get(topic) ?? []), ...all.stray] };
}

function findSubscriptions(graph: ResourceGraph): Subscriptions {
    const sure = new Map<Node, Node[]>();
    const unsure = new Map<Node, Node[]>();
    const stray: Node[] = [];
    const connect = (subscriber: Node, property: string): void => {
        const values = subscriber.strings(property);
        const nodes = topicsIn(graph, subscriber, property);
        const open = values === UNKNOWN || (values ?? []).includes(UNKNOWN);
        if (open && (subscriber.propertyDependencies.get(property) ?? []).length === 0) {
            stray.push(subscriber);
        }
        // A list that is unknown as a whole is taken for all that it depends on; a single topic is one of them.
        const several = property.endsWith("s");
        const map = several || nodes.length <= 1 ? sure : unsure;
        nodes.forEach((topic) => {
            append(map, topic, subscriber);
        });
    };
    for (const subscription of graph.all("snsTopicSubscription")) {
        connect(subscription, "topic");
    }
    for (const channel of graph.all("chatChannel")) {
        connect(channel, "snsTopicArns");
    }
    return { sure, unsure, stray };
}

/** Names for a message, a few of them. */
export function someNames(nodes: readonly Node[], most = 3): string {
    const names = [...new Set(nodes.map(({ name }) => name))].sort();
    const more = names.length - most;
    return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}
