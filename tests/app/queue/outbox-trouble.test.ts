import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { createOutbox } from "../../../app/src/queue/outbox";
import { type OutboxRelay, startOutboxRelay } from "../../../app/src/queue/outbox-relay";
import { createProducer, type Producer } from "../../../app/src/queue/producer";
import {
    meter,
    type QueueClients,
    type ShopDatabase,
    START_TIMEOUT_MS,
    startDatabase,
    startQueue,
} from "../support/backing-servers";
import { eventually } from "../support/eventually";

jest.setTimeout(60_000);

let shop: ShopDatabase;
let queue: QueueClients;
let producer: Producer;
const relays: OutboxRelay[] = [];
const outbox = createOutbox();

beforeAll(async () => {
    [shop, queue] = await Promise.all([startDatabase(), startQueue({ visibilitySeconds: 30 })]);
    producer = createProducer(queue.queueUrl, { ...queue, log: queue.recording.log });
}, START_TIMEOUT_MS);

afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    await shop.sql("TRUNCATE outbox");
    await queue.bodies(queue.queueUrl);
});

afterAll(async () => {
    await queue.stop();
    await shop.stop();
});

function relay(instead: Producer): void {
    relays.push(
        startOutboxRelay(
            { intervalMs: 20 },
            { database: shop.database, producer: instead, log: queue.recording.log, metrics: meter },
        ),
    );
}

async function add(count: number): Promise<Set<string>> {
    const before = new Set((await shop.sql<{ id: string }>("SELECT id FROM outbox")).map(({ id }) => id));
    await shop.database.write(async (tx) => {
        for (let number = 0; number < count; number++) {
            await outbox.add(tx, { type: "order.placed", correlationId: "r", payload: { orderId: randomUUID() } });
        }
    });
    const all = await shop.sql<{ id: string }>("SELECT id FROM outbox");
    return new Set(all.map(({ id }) => id).filter((id) => !before.has(id)));
}

async function unsent(): Promise<Set<string>> {
    return new Set((await shop.sql<{ id: string }>("SELECT id FROM outbox WHERE sent_at IS NULL")).map(({ id }) => id));
}

test("a batch and more that the queue refuses holds nobody up, and goes when the queue takes it", async () => {
    const refused = await add(25);
    const others = await add(15);
    let refuses = true;
    relay({
        send: (messages, options) =>
            producer.send(
                messages.filter(({ id }) => !refuses || !refused.has(id)),
                options,
            ),
    });
    await eventually("the others are sent", async () => [...(await unsent())].every((id) => !others.has(id)));
    expect(await unsent()).toEqual(refused);
    refuses = false;
    await eventually("the refused ones are sent", async () => (await unsent()).size === 0);
});

test("a batch that takes too long is cut off: nothing goes on sending it behind the relay's back", async () => {
    await add(1);
    let running = 0;
    let most = 0;
    let calls = 0;
    relay({
        send: async (_messages, { signal } = {}) => {
            calls += 1;
            running += 1;
            most = Math.max(most, running);
            // A queue that does not answer.
            await wait(60_000, undefined, { ...(signal && { signal }), ref: false }).catch(() => undefined);
            running -= 1;
            throw new Error("cut off");
        },
    });
    await eventually("it was tried again", () => calls > 1);
    expect(most).toBe(1);
});

test("a producer that is cut off sends nothing any more, and that is no failure of the queue", async () => {
    const stopping = new AbortController();
    stopping.abort(new Error("too late"));
    const message = { id: randomUUID(), type: "order.placed", version: 1, correlationId: "r" } as const;
    const sending = producer.send(
        [{ ...message, occurredAt: new Date().toISOString(), payload: { orderId: randomUUID() } }],
        { signal: stopping.signal },
    );
    await expect(sending).rejects.toThrow();
    expect(await queue.bodies(queue.queueUrl)).toEqual([]);
});

test("what another worker cleans up is left to it: nobody waits for its locks", async () => {
    await shop.sql(
        `INSERT INTO inbox (message_id, handler, done_at)
         SELECT gen_random_uuid(), 'order.placed', now() - interval '40 days' FROM generate_series(1, 1500)`,
    );
    const left = async (): Promise<number> => (await shop.sql("SELECT 1 FROM inbox")).length;
    await shop.database.write(async (tx) => {
        const oldest = "SELECT 1 FROM inbox ORDER BY done_at LIMIT 1 FOR UPDATE";
        expect(await tx.query({ name: "test-lock-oldest", text: oldest })).toHaveLength(1);
        relay(producer);
        await eventually("the others are forgotten", async () => (await left()) <= 1);
    });
});
