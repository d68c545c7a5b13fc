import { randomUUID } from "node:crypto";
import sharp from "sharp";
import { makeVariants } from "../../../app/src/jobs/image-variants";
import { recoverOrders } from "../../../app/src/jobs/order-recovery";
import { startWorker, type Worker, type WorkerParts } from "../../../app/src/jobs/worker";
import type { Mailer } from "../../../app/src/mail/mailer";
import type { Authorization, PaymentPort } from "../../../app/src/payments/payment-port";
import { createPaymentStub } from "../../../app/src/payments/stub";
import { createMessage, type NewMessage, serializeMessage } from "../../../app/src/queue/messages";
import { createOutbox } from "../../../app/src/queue/outbox";
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
const workers: Worker[] = [];
const outbox = createOutbox();

beforeAll(async () => {
    [shop, queue] = await Promise.all([startDatabase(), startQueue({ visibilitySeconds: 2, maxReceives: 5 })]);
}, START_TIMEOUT_MS);

afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop(5_000)));
});

afterAll(async () => {
    await queue.stop();
    await shop.stop();
});

function work(parts: Partial<WorkerParts>, visibilitySeconds = 2): void {
    const { queueUrl, policies } = queue;
    const consumer = { visibilitySeconds, batchSize: 5, pollers: 2, messageTimeoutMs: 20_000, waitSeconds: 1 };
    const worker = startWorker(
        {
            consumer: { queueUrl, ...consumer },
            relay: { intervalMs: 20 },
            images: { servedPrefix: "assets/" },
            recovery: { stalledSeconds: 600 },
        },
        {
            ...queue,
            database: shop.database,
            payments: createPaymentStub({ latencyMs: 0, failureShare: 0 }, { policies }),
            mailer: { send: () => Promise.resolve() },
            productChanged: () => Promise.resolve(),
            log: queue.recording.log,
            metrics: meter,
            ...parts,
        },
    );
    workers.push(worker);
}

async function addOrder(state: string): Promise<{ orderId: string; productId: string }> {
    const [orderId, productId] = [randomUUID(), randomUUID()];
    await shop.sql("INSERT INTO products (id, sku, name, price_cents, currency) VALUES ($1, $2, 'A', 1000, 'EUR')", [
        productId,
        productId,
    ]);
    await shop.sql("INSERT INTO stock (product_id, available, reserved) VALUES ($1, 9, 1)", [productId]);
    await shop.sql(
        `INSERT INTO orders (id, customer_id, email, state, total_cents, currency, idempotency_key, request_hash)
         VALUES ($1, 'ann', 'ann@example.com', $2, 1000, 'EUR', $3, '')`,
        [orderId, state, orderId],
    );
    await shop.sql(
        "INSERT INTO order_lines (order_id, product_id, quantity, unit_price_cents) VALUES ($1, $2, 1, 1000)",
        [orderId, productId],
    );
    return { orderId, productId };
}

async function send(message: NewMessage, copies = 1): Promise<string> {
    const made = createMessage(message);
    await Promise.all(Array.from({ length: copies }, () => queue.send(serializeMessage(made))));
    return made.id;
}

async function allDone(): Promise<void> {
    await eventually("nothing is left in the outbox and in the queue", async () => {
        const unsent = await shop.sql("SELECT 1 FROM outbox WHERE sent_at IS NULL");
        const { waiting, inHand } = await queue.count(queue.queueUrl);
        return unsent.length + waiting + inHand === 0;
    });
}

describe("a mail whose message is in the queue twice", () => {
    /** Holds the first one until the test lets it go: the second delivery comes meanwhile. */
    function slowMailer(): { mailer: Mailer; sent: string[]; release: () => void } {
        const sent: string[] = [];
        let release = (): void => undefined;
        const released = new Promise<void>((resolve) => (release = resolve));
        const mailer: Mailer = {
            send: async ({ messageId }) => {
                sent.push(messageId);
                await released;
            },
        };
        return {
            mailer,
            sent,
            release: () => {
                release();
            },
        };
    }

    test("is sent once, though both are worked on at the same time", async () => {
        const { orderId } = await addOrder("confirmed");
        const { mailer, sent, release } = slowMailer();
        // A claim that does not run out while the test holds the first one.
        work({ mailer }, 40);
        work({ mailer }, 40);
        const request = { orderId, template: "order-confirmed" } as const;
        const id = await send({ type: "mail.requested", payload: request, correlationId: "r" }, 4);
        await eventually("all of them were received", () => {
            return queue.recording.text().split("another worker sends it").length > 3;
        });
        release();
        await allDone();
        expect(sent).toEqual([id]);
        expect(await shop.sql("SELECT 1 FROM mails WHERE message_id = $1", [id])).toHaveLength(1);
    });

    test("is sent by the next delivery where the first one fails", async () => {
        const { orderId } = await addOrder("confirmed");
        const sent: string[] = [];
        work({
            mailer: {
                send: ({ messageId }) => {
                    sent.push(messageId);
                    return sent.length === 1 ? Promise.reject(new Error("refused for now")) : Promise.resolve();
                },
            },
        });
        const request = { orderId, template: "order-confirmed" } as const;
        const id = await send({ type: "mail.requested", payload: request, correlationId: "r" });
        await allDone();
        expect(sent).toEqual([id, id]);
    });

    test("is sent by another worker where the first one died with it in hand", async () => {
        const { orderId } = await addOrder("confirmed");
        const request = { orderId, template: "order-confirmed" } as const;
        const message = createMessage({ type: "mail.requested", payload: request, correlationId: "r" });
        // What the dead one has left behind: its claim, a moment old.
        await shop.sql("INSERT INTO mails (message_id) VALUES ($1)", [message.id]);
        const sent: string[] = [];
        work({
            mailer: {
                send: ({ messageId }) => {
                    sent.push(messageId);
                    return Promise.resolve();
                },
            },
        });
        await queue.send(serializeMessage(message));
        await allDone();
        expect(sent).toEqual([message.id]);
    });
});

describe("an order that two workers take on at the same time", () => {
    test("keeps no authorization when it is cancelled, even if the provider changes its mind", async () => {
        const { orderId, productId } = await addOrder("stock_reserved");
        const stub = createPaymentStub({ latencyMs: 0, failureShare: 0 }, queue);
        let calls = 0;
        let release: (authorization: Authorization) => void = () => undefined;
        const late = new Promise<Authorization>((resolve) => (release = resolve));
        const voided: string[] = [];
        const payments: PaymentPort = {
            ...stub,
            authorize: () =>
                ++calls === 1 ? late : Promise.resolve({ state: "declined", reference: "first" } as const),
            void: (reference, key) => {
                voided.push(reference);
                return stub.void(reference, key);
            },
        };
        work({ payments });
        // As the recovery of orders makes a second one.
        await send({ type: "order.stock-reserved", payload: { orderId }, correlationId: "r" });
        await eventually("the first one has asked", () => calls === 1);
        await send({ type: "order.stock-reserved", payload: { orderId }, correlationId: "recovery" });
        const state = async (): Promise<unknown> =>
            (await shop.sql("SELECT state FROM orders WHERE id = $1", [orderId]))[0]?.state;
        await eventually("the order is cancelled", async () => (await state()) === "cancelled");
        release({ state: "authorized", reference: "late" });
        await allDone();

        expect(voided).toEqual(["late"]);
        expect(await shop.sql("SELECT state, reference FROM payments WHERE order_id = $1", [orderId])).toEqual([
            { state: "voided", reference: "late" },
        ]);
        expect(await state()).toBe("cancelled");
        expect(await shop.sql("SELECT available, reserved FROM stock WHERE product_id = $1", [productId])).toEqual([
            { available: 10, reserved: 0 },
        ]);
    });

    test("is not taken up again while its message still waits to be sent", async () => {
        const { orderId } = await addOrder("placed");
        await shop.sql("UPDATE orders SET updated_at = now() - interval '1 hour' WHERE id = $1", [orderId]);
        await shop.database.write((tx) =>
            outbox.add(tx, { type: "order.placed", payload: { orderId }, correlationId: "r" }),
        );
        const parts = { database: shop.database, outbox, log: queue.recording.log };
        expect(await recoverOrders({ stalledSeconds: 600 }, parts)).toBe(0);
        await shop.sql("UPDATE outbox SET sent_at = now()");
        expect(await recoverOrders({ stalledSeconds: 600 }, parts)).toBe(1);
        work({});
        await allDone();
    });
});

describe("images", () => {
    test("are decoded one at a time: several large ones would be more than a worker has memory for", async () => {
        const original = await sharp({
            create: { width: 2_000, height: 2_000, channels: 3, background: "red" },
        })
            .png()
            .toBuffer();
        let most = 0;
        const watching = setInterval(() => (most = Math.max(most, sharp.counters().process)), 1);
        const made = await Promise.all(Array.from({ length: 6 }, () => makeVariants(original)));
        clearInterval(watching);
        expect(made.map((variants) => variants.length)).toEqual(Array.from({ length: 6 }, () => 3));
        expect(most).toBe(1);
    });
});
