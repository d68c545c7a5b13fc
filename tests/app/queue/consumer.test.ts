import { setTimeout as wait } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import {
    type Consumer,
    type ConsumerSettings,
    returnDelaySeconds,
    startConsumer,
} from "../../../app/src/queue/consumer";
import { type Handlers, inTwoSteps } from "../../../app/src/queue/handler";
import { createMessage, type Message, type MessageOf, serializeMessage } from "../../../app/src/queue/messages";
import {
    meter,
    type QueueClients,
    type QueueFactory,
    type ShopDatabase,
    START_TIMEOUT_MS,
    startDatabase,
    startQueues,
    withWrite,
} from "../support/backing-servers";
import { eventually } from "../support/eventually";
import fc from "fast-check";

const VISIBILITY_SECONDS = 2;

let shop: ShopDatabase;
let queues: QueueFactory;

beforeAll(async () => {
    [shop, queues] = await Promise.all([startDatabase(), startQueues()]);
    await shop.sql("CREATE TABLE effects (order_id uuid NOT NULL)");
}, START_TIMEOUT_MS);

afterAll(async () => {
    await queues.stop();
    await shop.stop();
});

/** A test with a queue of its own: it runs at the same time as the others. */
function alone<P extends unknown[]>(
    work: (world: World, ...parameters: P) => Promise<void>,
): (...parameters: P) => Promise<void> {
    return async (...parameters) => {
        const world = new World(await queues.create({ visibilitySeconds: VISIBILITY_SECONDS }));
        try {
            await work(world, ...parameters);
        } finally {
            await world.stop();
        }
        expect(await world.queue.count(world.queue.queueUrl)).toEqual({ waiting: 0, inHand: 0 });
    };
}

class World {
    readonly #consumers: Consumer[] = [];
    #receives = 0;

    constructor(readonly queue: QueueClients) {
        // Counts the requests for messages that have been sent.
        queue.sqs.middlewareStack.add(
            (next, { commandName }) =>
                (args) => {
                    const answer = next(args);
                    if (commandName === "ReceiveMessageCommand") this.#receives += 1;
                    return answer;
                },
            { step: "finalizeRequest", priority: "low" },
        );
    }

    readonly consume = (
        handlers: Handlers,
        settings: Partial<ConsumerSettings> = {},
        ready?: () => Promise<boolean>,
        database = shop.database,
    ): Consumer => {
        const consumer = startConsumer(
            {
                queueUrl: this.queue.queueUrl,
                visibilitySeconds: VISIBILITY_SECONDS,
                batchSize: 5,
                pollers: 2,
                messageTimeoutMs: 20_000,
                waitSeconds: 1,
                ...settings,
            },
            {
                ...this.queue,
                database,
                handlers,
                log: this.queue.recording.log,
                metrics: meter,
                ...(ready && { ready }),
            },
        );
        this.#consumers.push(consumer);
        return consumer;
    };

    /** Whether the queue has been asked for messages. */
    readonly isAsked = (): boolean => this.#receives > 0;

    readonly isEmpty = async (): Promise<boolean> => {
        const { waiting, inHand } = await this.queue.count(this.queue.queueUrl);
        return waiting + inHand === 0;
    };

    async stop(): Promise<void> {
        await Promise.all(this.#consumers.map((consumer) => consumer.stop(0)));
    }
}

function orderPlaced(): { message: Message; orderId: string; body: string } {
    const orderId = randomUUID();
    const message = createMessage({ type: "order.placed", payload: { orderId }, correlationId: `test-${orderId}` });
    return { message, orderId, body: serializeMessage(message) };
}

/** An effect that can be counted: a row that nothing keeps from being written twice. */
const addEffect: NonNullable<Handlers["order.placed"]> = async ({ payload }, { tx }) => {
    await tx.query({
        name: "test-add-effect",
        text: "INSERT INTO effects (order_id) VALUES ($1)",
        values: [payload.orderId],
    });
};

async function effects(orderId: string): Promise<number> {
    return (await shop.sql("SELECT 1 FROM effects WHERE order_id = $1", [orderId])).length;
}

test.concurrent(
    "a message has its effect, and is deleted",
    alone(async ({ consume, isEmpty, queue }) => {
        const { orderId, body } = orderPlaced();
        await queue.send(body);
        consume({ "order.placed": addEffect });
        await eventually("the queue is empty", isEmpty);
        expect(await effects(orderId)).toBe(1);
    }),
);

test.concurrent(
    "messages that are delivered twice, and at the same time to several workers, have their effect once",
    alone(async ({ consume, isEmpty, queue }) => {
        const orders = Array.from({ length: 20 }, orderPlaced);
        await Promise.all(orders.flatMap(({ body }) => [queue.send(body), queue.send(body), queue.send(body)]));
        for (let worker = 0; worker < 3; worker++) consume({ "order.placed": addEffect });
        await eventually("the queue is empty", isEmpty);
        expect(await Promise.all(orders.map(({ orderId }) => effects(orderId)))).toEqual(orders.map(() => 1));
    }),
);

test.concurrent(
    "a message whose effect fails leaves nothing behind, comes again, and is done then",
    alone(async ({ consume, isEmpty, queue }) => {
        const { orderId, body } = orderPlaced();
        let attempts = 0;
        await queue.send(body);
        consume({
            "order.placed": async (message, context) => {
                await addEffect(message, context, undefined);
                attempts += 1;
                if (attempts === 1) throw new Error("after the effect, before the commit");
            },
        });
        await eventually("the queue is empty", isEmpty);
        expect(attempts).toBe(2);
        expect(await effects(orderId)).toBe(1);
    }),
);

test.concurrent(
    "a message that always fails becomes a dead letter after as many receives as the queue allows",
    alone(async ({ consume, queue }) => {
        const { body } = orderPlaced();
        let attempts = 0;
        await queue.send(body);
        consume({
            "order.placed": () => {
                attempts += 1;
                return Promise.reject(new Error("poison"));
            },
        });
        await eventually("it is a dead letter", async () => (await queue.count(queue.deadLettersUrl)).waiting === 1);
        expect(attempts).toBe(3);
        expect(await queue.bodies(queue.deadLettersUrl)).toEqual([body]);
    }),
);

test.concurrent.each([
    ["text", "not JSON at all: secret-of-a-customer"],
    ["another shape", JSON.stringify({ id: "secret-of-a-customer" })],
    ["an unknown type", serialize({ type: "order.eaten" })],
    ["an unknown version", serialize({ version: 99 })],
    ["a wrong payload", serialize({ payload: { orderId: "secret-of-a-customer" } })],
    [
        "a type without a handler",
        serialize({ type: "image.uploaded", payload: { productId: randomUUID(), key: "secret-of-a-customer" } }),
    ],
])(
    "%s becomes a dead letter; the reason is logged, and nothing of what it says",
    alone(async ({ consume, queue }, _kind: string, body: string) => {
        await queue.send(body);
        consume({ "order.placed": addEffect });
        await eventually("it is a dead letter", async () => (await queue.count(queue.deadLettersUrl)).waiting === 1);
        expect(await queue.bodies(queue.deadLettersUrl)).toEqual([body]);
        expect(queue.recording.messages().some((message) => message.startsWith("message cannot be read"))).toBe(true);
        expect(queue.recording.text().includes("secret-of-a-customer")).toBe(false);
    }),
);

test.concurrent(
    "a message that an old worker does not know yet waits for a new one, as while a deployment runs",
    alone(async ({ consume, queue }) => {
        const { orderId, body } = orderPlaced();
        await queue.send(body);
        const told = (): number => queue.recording.text().split("unknown to this version").length;
        const before = told();
        const old = consume({});
        await eventually("the old worker has given it back", () => told() > before);
        await old.stop(0);
        consume({ "order.placed": addEffect });
        await eventually("the new worker has done it", async () => (await effects(orderId)) === 1);
        expect(await queue.bodies(queue.deadLettersUrl)).toEqual([]);
    }),
);

test.concurrent(
    "a message that takes longer than it is hidden stays with its worker",
    alone(async ({ consume, isEmpty, queue }) => {
        const { orderId, body } = orderPlaced();
        let starts = 0;
        await queue.send(body);
        const slow = inTwoSteps(async () => {
            starts += 1;
            await wait(VISIBILITY_SECONDS * 2_000);
        }, addEffect as never);
        for (let worker = 0; worker < 2; worker++) consume({ "order.placed": slow });
        await eventually("the queue is empty", isEmpty);
        expect(starts).toBe(1);
        expect(await effects(orderId)).toBe(1);
    }),
);

test.concurrent(
    "a message that hangs is given up and comes again",
    alone(async ({ consume, isEmpty, queue }) => {
        const { orderId, body } = orderPlaced();
        const signals: AbortSignal[] = [];
        await queue.send(body);
        const hangsOnce = inTwoSteps(async (_message, { signal }) => {
            signals.push(signal);
            if (signals.length === 1) await new Promise(() => undefined);
        }, addEffect as never);
        consume({ "order.placed": hangsOnce }, { messageTimeoutMs: 300 });
        await eventually("the queue is empty", isEmpty);
        expect(signals).toHaveLength(2);
        expect(signals[0]?.aborted).toBe(true);
        expect(await effects(orderId)).toBe(1);
    }),
);

test.concurrent(
    "a stop waits for what is in hand, and takes nothing new",
    alone(async ({ consume, isEmpty, queue }) => {
        const first = orderPlaced();
        const second = orderPlaced();
        await queue.send(first.body);
        let release: () => void = () => undefined;
        const held = new Promise<void>((resolve) => (release = resolve));
        const consumer = consume(
            { "order.placed": inTwoSteps(() => held, addEffect as never) },
            { pollers: 1, batchSize: 1 },
        );
        await eventually("the first is in hand", () => consumer.inHand === 1);
        const stopped = consumer.stop(10_000);
        await queue.send(second.body);
        release();
        await stopped;
        expect(await effects(first.orderId)).toBe(1);
        expect(await effects(second.orderId)).toBe(0);
        expect(await queue.count(queue.queueUrl)).toEqual({ waiting: 1, inHand: 0 });
        consume({ "order.placed": addEffect });
        await eventually("the queue is empty", isEmpty);
    }),
);

test.concurrent(
    "a stop returns at once what does not end in time",
    alone(async ({ consume, isEmpty, queue }) => {
        const { orderId, body } = orderPlaced();
        await queue.send(body);
        const hangs = inTwoSteps(() => new Promise(() => undefined), addEffect as never);
        const consumer = consume({ "order.placed": hangs }, { pollers: 1 });
        await eventually("it is in hand", () => consumer.inHand === 1);
        await consumer.stop(0);
        expect(await queue.count(queue.queueUrl)).toEqual({ waiting: 1, inHand: 0 });
        consume({ "order.placed": addEffect });
        await eventually("the queue is empty", isEmpty);
        expect(await effects(orderId)).toBe(1);
    }),
);

test.concurrent(
    "a stop does not wait for the end of a request that waits for messages",
    alone(async ({ consume, isAsked }) => {
        const consumer = consume({ "order.placed": addEffect }, { waitSeconds: 20 });
        await eventually("it waits for messages", isAsked);
        const waited = new AbortController();
        const stopped = consumer.stop(15_000).then(() => "stopped");
        const late = wait(10_000, "waited", { signal: waited.signal }).catch(() => "not waited");
        expect(await Promise.race([stopped, late])).toBe("stopped");
        waited.abort();
    }),
);

test.concurrent(
    "messages that come while nobody listens any more wait for the next worker",
    alone(async ({ consume, isAsked, isEmpty, queue }) => {
        const consumer = consume({ "order.placed": addEffect }, { waitSeconds: 20 });
        await eventually("it waits for messages", isAsked);
        await consumer.stop(0);
        const { orderId, body } = orderPlaced();
        await queue.send(body);
        expect(await queue.count(queue.queueUrl)).toEqual({ waiting: 1, inHand: 0 });
        consume({ "order.placed": addEffect });
        await eventually("the queue is empty", isEmpty);
        expect(await effects(orderId)).toBe(1);
    }),
);

test.concurrent(
    "nothing is taken while what all work depends on is not ready",
    alone(async ({ consume, isEmpty, queue }) => {
        const { orderId, body } = orderPlaced();
        let ready = false;
        let asked = 0;
        await queue.send(body);
        consume({ "order.placed": addEffect }, {}, () => {
            asked += 1;
            return Promise.resolve(ready);
        });
        // Twice by each of its two loops, at least by one of them: had the first answer been taken for a yes, it would have received.
        await eventually("it has asked again", () => asked > 3);
        expect(await queue.count(queue.queueUrl)).toEqual({ waiting: 1, inHand: 0 });
        ready = true;
        await eventually("the queue is empty", isEmpty);
        expect(await effects(orderId)).toBe(1);
    }),
);

test.concurrent(
    "what follows a commit runs once, and its failure does not bring the message back",
    alone(async ({ consume, isEmpty, queue }) => {
        const { orderId, body } = orderPlaced();
        let calls = 0;
        await queue.send(body);
        consume({
            "order.placed": async (message, context) => {
                await addEffect(message, context, undefined);
                context.afterCommit(() => {
                    calls += 1;
                    return Promise.reject(new Error("the cache is away"));
                });
            },
        });
        await eventually("the queue is empty", isEmpty);
        expect(calls).toBe(1);
        expect(await effects(orderId)).toBe(1);
    }),
);

test.concurrent(
    "what follows a message is done even where the process dies after the commit",
    alone(async ({ consume, isEmpty, queue }) => {
        const { orderId, body } = orderPlaced();
        const followed: string[] = [];
        let died = false;
        // The transaction is committed; what comes after it is not reached, and the message is not deleted.
        const dying = withWrite(shop.database, async (work, options) => {
            const result = await shop.database.write(work, options);
            if (died) return result;
            died = true;
            throw new Error("the process dies after the commit");
        });
        await queue.send(body);
        const handler = inTwoSteps(
            () => Promise.resolve(),
            addEffect as never,
            ({ payload }: MessageOf<"order.placed">) => {
                followed.push(payload.orderId);
                return Promise.resolve();
            },
        );
        consume({ "order.placed": handler }, {}, undefined, dying);
        await eventually("the queue is empty", isEmpty);
        expect(died).toBe(true);
        expect(followed).toEqual([orderId]);
        expect(await effects(orderId)).toBe(1);
    }),
);

test.concurrent(
    "every line about a message carries the correlation identifier",
    alone(async ({ consume, isEmpty, queue }) => {
        const { message, orderId, body } = orderPlaced();
        await queue.send(body);
        consume({
            "order.placed": (_message, { log }) => {
                log.info({ orderId }, "seen by the handler");
                return Promise.resolve();
            },
        });
        await eventually("the queue is empty", isEmpty);
        const line = queue.recording
            .text()
            .split("\n")
            .find((text) => text.includes("seen by the handler") && text.includes(orderId));
        expect(JSON.parse(line ?? "{}")).toMatchObject({ messageId: message.id, correlationId: `test-${orderId}` });
    }),
);

test("a failed message is hidden for longer each time, never for longer than the queue would", () => {
    fc.assert(
        fc.property(
            fc.integer({ min: 0, max: 1_000 }),
            fc.integer({ min: 1, max: 43_200 }),
            fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
            (receives, longest, random) => {
                const delay = returnDelaySeconds(receives, longest, random);
                expect(Number.isInteger(delay)).toBe(true);
                expect(delay).toBeGreaterThanOrEqual(1);
                expect(delay).toBeLessThanOrEqual(longest);
                expect(returnDelaySeconds(receives + 1, longest, random)).toBeGreaterThanOrEqual(delay);
            },
        ),
    );
});

function serialize(changes: object): string {
    return JSON.stringify({ ...orderPlaced().message, ...changes });
}
