/** Which queues collect what others could not deliver, and for whom. */
import type { Node, ResourceGraph } from "../graph";
import { append } from "../multimap";
import { UNKNOWN, type Maybe } from "../unknown";
import { namedByArn } from "./arn";

export interface DeadLetterQueues {
    /** Each dead-letter queue of the stack with the resources that send their failures to it. */
    readonly sources: ReadonlyMap<Node, readonly Node[]>;
    /** Queues that have a dead-letter queue, whether it is in this stack or not. */
    readonly protected: ReadonlySet<Node>;
    /**
     * Queues whose redrive policy is not known and comes from no resource of the stack, so that it may turn out empty, and
     * queues of which it is not known which is the dead-letter queue.
     */
    readonly open: ReadonlySet<Node>;
}

const cache = new WeakMap<ResourceGraph, DeadLetterQueues>();

/** The relations of all dead-letter queues of a stack. */
export function deadLetterQueues(graph: ResourceGraph): DeadLetterQueues {
    let result = cache.get(graph);
    if (result === undefined) {
        result = find(graph);
        cache.set(graph, result);
    }
    return result;
}

/** Who may use a queue as their dead-letter queue, as the queue or a policy of it says. */
function permissionOf(holder: Node): Maybe<string> {
    const policy = (holder.inputs ?? holder).json("redriveAllowPolicy");
    return policy === UNKNOWN ? UNKNOWN : policy?.str("redrivePermission");
}

function find(graph: ResourceGraph): DeadLetterQueues {
    const sources = new Map<Node, Node[]>();
    const protectedQueues = new Set<Node>();
    const open = new Set<Node>();
    const connect = (from: Node, property: string, arn: Maybe<string>, source: Node): void => {
        const { nodes } = graph.resolveOne(from, property, arn, "sqsQueue");
        const named = nodes.length > 0 ? [] : namedByArn(graph, arn, "sqsQueue");
        // The same property may name a queue for work, too, which has, or should have, a dead-letter queue of its own.
        const several = arn === UNKNOWN && nodes.length > 1;
        const candidates = [...nodes, ...named].filter(
            (queue) => queue !== source && !(several && protectedQueues.has(queue)),
        );
        candidates.forEach((queue) => {
            if (several && candidates.length > 1) {
                open.add(queue);
            } else {
                append(sources, queue, source);
            }
        });
    };
    /** The target in a redrive policy: a JSON document that one unknown ARN makes unknown as a whole. */
    const redriveTarget = (node: Node): Maybe<string> => {
        const document = node.json("redrivePolicy");
        return document === UNKNOWN ? UNKNOWN : document?.str("deadLetterTargetArn");
    };

    for (const queue of graph.all("sqsQueue")) {
        const target = redriveTarget(queue);
        if (target === UNKNOWN && (queue.propertyDependencies.get("redrivePolicy") ?? []).length === 0) {
            open.add(queue);
        } else if (target !== undefined) {
            protectedQueues.add(queue);
            connect(queue, "redrivePolicy", target, queue);
        }
        // A queue that says who may use it as a dead-letter queue is one. The program's own words count: as an output the
        // policy is unknown or empty where nobody wrote one.
        const permission = permissionOf(queue);
        if (permission !== undefined && permission !== "denyAll" && !sources.has(queue)) {
            sources.set(queue, []);
        }
    }
    for (const policy of graph.all("sqsRedrivePolicy")) {
        const { nodes: queues } = graph.resolve(policy, "queueUrl", "sqsQueue");
        for (const queue of queues) {
            protectedQueues.add(queue);
            connect(policy, "redrivePolicy", redriveTarget(policy), queue);
        }
    }
    for (const policy of graph.all("sqsRedriveAllowPolicy")) {
        if (permissionOf(policy) === "denyAll") {
            continue;
        }
        for (const queue of graph.resolve(policy, "queueUrl", "sqsQueue").nodes) {
            sources.set(queue, sources.get(queue) ?? []);
        }
    }
    for (const subscription of graph.all("snsTopicSubscription")) {
        const target = redriveTarget(subscription);
        if (target !== undefined) {
            connect(subscription, "redrivePolicy", target, subscription);
        }
    }
    for (const lambda of graph.all("lambdaFunction")) {
        connect(lambda, "deadLetterConfig", lambda.str("deadLetterConfig.targetArn"), lambda);
    }
    for (const config of graph.all("lambdaEventInvokeConfig")) {
        connect(config, "destinationConfig", config.str("destinationConfig.onFailure.destination"), config);
    }
    for (const mapping of graph.all("lambdaEventSourceMapping")) {
        const target = mapping.str("destinationConfig.onFailure.destinationArn");
        connect(mapping, "destinationConfig", target, mapping);
    }
    for (const target of graph.all("eventTarget")) {
        connect(target, "deadLetterConfig", target.str("deadLetterConfig.arn"), target);
    }
    for (const bus of graph.all("eventBus")) {
        connect(bus, "deadLetterConfig", bus.str("deadLetterConfig.arn"), bus);
    }
    for (const schedule of graph.all("schedule")) {
        connect(schedule, "target", schedule.str("target.deadLetterConfig.arn"), schedule);
    }
    for (const pipe of graph.all("pipe")) {
        for (const stream of ["kinesisStreamParameters", "dynamodbStreamParameters"]) {
            connect(pipe, "sourceParameters", pipe.str(`sourceParameters.${stream}.deadLetterConfig.arn`), pipe);
        }
    }
    return { sources, protected: protectedQueues, open };
}
