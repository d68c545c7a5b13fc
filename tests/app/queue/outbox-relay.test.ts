import { randomUUID } from "node:crypto";
import type { Database, Queryable } from "../../../app/src/database/database";
import { FORGET_OLD_MAILS } from "../../../app/src/jobs/mail-job";
import { createOutbox } from "../../../app/src/queue/outbox";
import { type OutboxRelay, type OutboxRelayParts, startOutboxRelay } from "../../../app/src/queue/outbox-relay";
import { createProducer, type Producer } from "../../../app/src/queue/producer";
import { parseMessage } from "../../../app/src/queue/messages";
import { markAsSent, measureBacklog, takeFromOutbox } from "../../../app/src/queue/statements";
import {
    meter,
    type QueueClients,
    type ShopDatabase,
    START_TIMEOUT_MS,
    startDatabase,
    startQueue,
    withWrite,
} from "../support/backing-servers";
import { eventually } from "../support/eventually";

let shop: ShopDatabase;
let queue: QueueClients;
let producer: Producer;
let relays: OutboxRelay[] = [];
const outbox = createOutbox();

beforeAll(async () => {
    [shop, queue] = await Promise.all([startDatabase(), startQueue({ visibilitySeconds: 30 })]);
    producer = createProducer(queue.queueUrl, { ...queue, log: queue.recording.log });
}, START_TIMEOUT_MS);

afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.stop()));
    relays = [];
    await shop.sql("TRUNCATE outbox");
    await queue.bodies(queue.queueUrl);
});

afterAll(async () => {
    await queue.stop();
    await shop.stop();
});

function relay(parts: Partial<OutboxRelayParts> = {}, intervalMs = 20): OutboxRelay {
    const started = startOutboxRelay(
        { intervalMs },
        { database: shop.database, producer, log: queue.recording.log, metrics: meter, ...parts },
    );
    relays.push(started);
    return started;
}

async function add(count: number): Promise<string[]> {
    const orders = Array.from({ length: count }, () => randomUUID());
    await shop.database.write(async (tx) => {
        for (const orderId of orders) {
            await outbox.add(tx, { type: "order.placed", correlationId: "request-1", payload: { orderId } });
        }
    });
    return orders.sort();
}

/** The database, with a call after each of these statements. */
function counting(calls: Readonly<Record<string, () => void>>): Database {
    const listening = (q: Queryable): Queryable => ({
        query: async <R extends object>(statement: Parameters<Queryable["query"]>[0]) => {
            const rows = await q.query<R>(statement);
            calls[statement.name]?.();
            return rows;
        },
    });
    return {
        ...withWrite(shop.database, (work, options) => shop.database.write((tx) => work(listening(tx)), options)),
        read: (work, options) => shop.database.read((q) => work(listening(q)), options),
    };
}

async function unsent(): Promise<number> {
    return (await shop.sql("SELECT 1 FROM outbox WHERE sent_at IS NULL")).length;
}

async function received(): Promise<string[]> {
    const messages = (await queue.bodies(queue.queueUrl)).map(parseMessage);
    return messages.map(({ payload }) => (payload as { orderId: string }).orderId).sort();
}

test("what was added in a transaction arrives whole after its commit", async () => {
    const orderId = randomUUID();
    await shop.database.write((tx) =>
        outbox.add(tx, { type: "order.placed", correlationId: "request-7", payload: { orderId } }),
    );
    relay();
    await eventually("it is sent", async () => (await unsent()) === 0);
    const [body] = await queue.bodies(queue.queueUrl);
    expect(parseMessage(body ?? "")).toMatchObject({
        type: "order.placed",
        version: 1,
        correlationId: "request-7",
        payload: { orderId },
    });
});

test("what was added in a transaction that was rolled back is never sent", async () => {
    const rolledBack = shop.database.write(async (tx) => {
        await outbox.add(tx, { type: "order.placed", correlationId: "request-1", payload: { orderId: randomUUID() } });
        throw new Error("rolled back");
    });
    await expect(rolledBack).rejects.toThrow("rolled back");
    const [sent] = await add(1);
    relay();
    await eventually("the other one is sent", async () => (await unsent()) === 0);
    expect(await received()).toEqual([sent]);
});

test("several relays at once send every message, and none of them twice", async () => {
    const orders = await add(137);
    for (let count = 0; count < 4; count++) relay();
    await eventually("all are sent", async () => (await unsent()) === 0);
    expect(await received()).toEqual(orders);
});

test("a relay that dies in the middle of a batch leaves it to the others", async () => {
    const orders = await add(25);
    // Its transaction stays open with locked rows, as that of a process that hangs; then its connection ends.
    let die: (reason: Error) => void = () => undefined;
    const dead = new Promise<never>((_resolve, reject) => (die = reject));
    let took = 0;
    const dying = shop.database
        .write(async (tx) => {
            took = (
                await tx.query({
                    name: "test-take",
                    text: "SELECT id FROM outbox ORDER BY created_at, id LIMIT 10 FOR UPDATE",
                })
            ).length;
            await dead;
        })
        .catch(() => undefined);
    await eventually("the rows are locked", () => took === 10);
    relay();
    await eventually("the others are sent", async () => (await unsent()) === 10);
    die(new Error("killed"));
    await dying;
    await eventually("all are sent", async () => (await unsent()) === 0);
    expect(await received()).toEqual(orders);
});

test("a relay that dies between sending and marking sends again: at least once", async () => {
    const orders = await add(5);
    let crashed = false;
    // The relay has other transactions too, which clean up: the one that marks is to be lost.
    const crashing = withWrite(shop.database, (work, options) =>
        shop.database.write(async (tx) => {
            const statements = new Set<string>();
            const value = await work({
                query: (statement) => {
                    statements.add(statement.name);
                    return tx.query(statement);
                },
            });
            if (crashed || !statements.has(markAsSent.name)) return value;
            crashed = true;
            throw new Error("the connection is lost before the commit");
        }, options),
    );
    relay({ database: crashing });
    await eventually("all are marked as sent", async () => (await unsent()) === 0);
    const all = await received();
    expect(all).toHaveLength(10);
    expect([...new Set(all)]).toEqual(orders);
});

test("while the queue is away messages stay in the outbox, and go when it is back", async () => {
    const orders = await add(12);
    let away = true;
    let calls = 0;
    relay({
        producer: {
            send: (messages) => {
                calls += 1;
                return away ? Promise.reject(new Error("connect ECONNREFUSED")) : producer.send(messages);
            },
        },
    });
    await eventually("it was tried", () => calls > 0);
    expect(await unsent()).toBe(12);
    away = false;
    await eventually("all are sent", async () => (await unsent()) === 0);
    expect(await received()).toEqual(orders);
});

test("messages that the queue refuses stay, and the others go", async () => {
    await add(3);
    const refused = (await shop.sql<{ id: string }>("SELECT id FROM outbox LIMIT 1"))[0]?.id ?? "";
    relay({
        producer: {
            send: (messages) => producer.send(messages.filter(({ id }) => id !== refused)),
        },
    });
    await eventually("two are sent", async () => (await unsent()) === 1);
    expect(await shop.sql("SELECT id FROM outbox WHERE sent_at IS NULL")).toEqual([{ id: refused }]);
});

test("types of a newer version wait for a relay that knows them", async () => {
    await shop.sql(
        "INSERT INTO outbox (id, type, payload, correlation_id) VALUES (gen_random_uuid(), 'order.shipped', '{}', 'r')",
    );
    const orders = await add(1);
    relay();
    await eventually("the known one is sent", async () => (await unsent()) === 1);
    expect(await received()).toEqual(orders);
});

test("a wake-up sends at once", async () => {
    let looks = 0;
    const sleeping = relay({ database: counting({ [takeFromOutbox.name]: () => (looks += 1) }) }, 60_000);
    await eventually("it has looked once", () => looks === 1);
    const orders = await add(1);
    expect(await unsent()).toBe(1);
    await eventually("it is sent", async () => {
        sleeping.wake();
        return (await unsent()) === 0;
    });
    expect(await received()).toEqual(orders);
});

test("a message keeps the version that it was written in, whichever release sends it", async () => {
    const orders = await add(2);
    const [next = ""] = orders;
    // As the release after this one writes it, and as the one before has.
    await shop.sql("UPDATE outbox SET version = 2 WHERE payload->>'orderId' = $1", [next]);
    await shop.sql("UPDATE outbox SET version = NULL WHERE payload->>'orderId' <> $1", [next]);
    relay();
    await eventually("they are sent", async () => (await unsent()) === 0);
    const bodies = await queue.bodies(queue.queueUrl);
    const versions = bodies.map((body) => JSON.parse(body) as { version: number; payload: { orderId: string } });
    expect(new Map(versions.map(({ version, payload }) => [payload.orderId, version]))).toEqual(
        new Map(orders.map((orderId) => [orderId, orderId === next ? 2 : 1])),
    );
});

test("an empty outbox is watched by one of many relays; the others look seldom", async () => {
    const looks = Array.from({ length: 4 }, () => 0);
    const counts = Array.from({ length: 4 }, () => 0);
    looks.forEach((_, index) => {
        const database = counting({
            [takeFromOutbox.name]: () => (looks[index] = (looks[index] ?? 0) + 1),
            [measureBacklog.name]: () => (counts[index] = (counts[index] ?? 0) + 1),
        });
        relay({ database });
    });
    const most = (): number => Math.max(...looks);
    await eventually("one of them has looked often", () => most() > 100);
    const others = looks.filter((count) => count !== most());
    expect(others).toHaveLength(3);
    for (const count of others) expect(count).toBeLessThan(most() / 4);
    expect(counts.filter((count) => count > 0)).toHaveLength(1);
    // What comes in is sent without any relay being told.
    const orders = await add(3);
    await eventually("all are sent", async () => (await unsent()) === 0);
    expect(await received()).toEqual(orders);
});

test("when the relay that watches stops, another one takes its place", async () => {
    let watching = 0;
    const first = relay({ database: counting({ [measureBacklog.name]: () => (watching += 1) }) });
    await eventually("it watches", () => watching > 0);
    await first.stop();
    let next = 0;
    relay({ database: counting({ [measureBacklog.name]: () => (next += 1) }) });
    await eventually("the other one watches", () => next > 0);
});

test("what was sent long ago is forgotten, and what waits or was sent lately is not", async () => {
    await shop.sql(
        `INSERT INTO outbox (id, type, payload, correlation_id, created_at, sent_at)
         SELECT gen_random_uuid(), 'order.shipped', '{}', 'r', now() - age, CASE WHEN sent THEN now() - age END
         FROM (VALUES (interval '4 days', true), (interval '1 day', true), (interval '4 days', false)) AS rows (age, sent)`,
    );
    await shop.sql(
        `INSERT INTO inbox (message_id, handler, done_at)
         VALUES (gen_random_uuid(), 'test', now() - interval '31 days'), (gen_random_uuid(), 'test', now() - interval '20 days')`,
    );
    await shop.sql(
        `INSERT INTO mails (message_id, sent_at)
         SELECT gen_random_uuid(), now() - interval '31 days' FROM generate_series(1, 2500)
         UNION ALL SELECT gen_random_uuid(), now() - interval '20 days'`,
    );
    relay({ forget: [FORGET_OLD_MAILS] });
    await eventually("the oldest are forgotten", async () => {
        const kept = await shop.sql("SELECT 1 FROM outbox");
        const marks = await shop.sql("SELECT 1 FROM inbox WHERE handler = 'test'");
        const mails = await shop.sql("SELECT 1 FROM mails");
        return kept.length === 2 && marks.length === 1 && mails.length === 1;
    });
});

test("every type has a payload that survives the way through the outbox", async () => {
    const orderId = randomUUID();
    const productId = randomUUID();
    await shop.database.write(async (tx) => {
        await outbox.add(tx, {
            type: "mail.requested",
            correlationId: "r",
            payload: { orderId, template: "order-confirmed" },
        });
        await outbox.add(tx, {
            type: "image.uploaded",
            correlationId: "r",
            payload: { productId, key: "uploads/ü'\"" },
        });
    });
    relay();
    await eventually("all are sent", async () => (await unsent()) === 0);
    const payloads = (await queue.bodies(queue.queueUrl)).map((body) => parseMessage(body).payload);
    expect(payloads).toEqual(
        expect.arrayContaining([
            { orderId, template: "order-confirmed" },
            { productId, key: "uploads/ü'\"" },
        ]),
    );
});
