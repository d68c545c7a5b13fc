import { PurgeQueueCommand } from "@aws-sdk/client-sqs";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import type { Database, Queryable } from "../../../app/src/database/database";
import { recoverOrders } from "../../../app/src/jobs/order-recovery";
import { startWorker, type Worker, type WorkerParts } from "../../../app/src/jobs/worker";
import { createFileMailer } from "../../../app/src/mail/file";
import type { PaymentPort } from "../../../app/src/payments/payment-port";
import { createPaymentStub } from "../../../app/src/payments/stub";
import { createOutbox } from "../../../app/src/queue/outbox";
import { createS3Store } from "../../../app/src/storage/s3";
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

jest.setTimeout(60_000);

let shop: ShopDatabase;
let queue: QueueClients;
let mails: string;
let workers: Worker[] = [];
const outbox = createOutbox();

beforeAll(async () => {
    mails = mkdtempSync(path.join(tmpdir(), "headroom-mail-"));
    [shop, queue] = await Promise.all([startDatabase(), startQueue({ visibilitySeconds: 2, maxReceives: 5 })]);
}, START_TIMEOUT_MS);

afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop(5_000)));
    workers = [];
    expect(await shop.sql("SELECT * FROM stock WHERE available < 0 OR reserved < 0")).toEqual([]);
});

afterAll(async () => {
    await queue.stop();
    await shop.stop();
    rmSync(mails, { recursive: true, force: true });
});

function payments(): PaymentPort {
    return createPaymentStub({ latencyMs: 0, failureShare: 0 }, queue);
}

function work(parts: Partial<WorkerParts> = {}): Worker {
    const worker = startWorker(
        {
            consumer: {
                queueUrl: queue.queueUrl,
                visibilitySeconds: 2,
                batchSize: 5,
                pollers: 2,
                messageTimeoutMs: 20_000,
                waitSeconds: 1,
            },
            relay: { intervalMs: 50 },
            images: { servedPrefix: "assets/" },
            recovery: { stalledSeconds: 600 },
        },
        {
            ...queue,
            database: shop.database,
            payments: payments(),
            mailer: createFileMailer({ folder: mails, from: "shop@example.com" }),
            storage: createS3Store({ bucket: queue.bucket, uploadExpiresSeconds: 300 }, queue),
            productChanged: () => Promise.resolve(),
            log: queue.recording.log,
            metrics: meter,
            ...parts,
        },
    );
    workers.push(worker);
    return worker;
}

async function addProduct(available: number): Promise<string> {
    const id = randomUUID();
    await shop.sql(
        "INSERT INTO products (id, sku, name, price_cents, currency) VALUES ($1, $2, 'A thing', 1000, 'EUR')",
        [id, id],
    );
    await shop.sql("INSERT INTO stock (product_id, available) VALUES ($1, $2)", [id, available]);
    return id;
}

/** As the web process does: the order and its first message in one transaction. */
async function place(productId: string, totalCents = 1_000, quantity = 1): Promise<string> {
    const orderId = randomUUID();
    await shop.database.write(async (tx) => {
        await tx.query({
            name: "test-add-order",
            text: `INSERT INTO orders (id, customer_id, email, total_cents, currency, idempotency_key, request_hash)
                   VALUES ($1, 'ann', 'ann@example.com', $2, 'EUR', $3, '')`,
            values: [orderId, totalCents, orderId],
        });
        await tx.query({
            name: "test-add-line",
            text: "INSERT INTO order_lines (order_id, product_id, quantity, unit_price_cents) VALUES ($1, $2, $3, 1000)",
            values: [orderId, productId, quantity],
        });
        await outbox.add(tx, { type: "order.placed", correlationId: `request-${orderId}`, payload: { orderId } });
    });
    return orderId;
}

async function stateOf(orderId: string): Promise<string | undefined> {
    return (await shop.sql<{ state: string }>("SELECT state FROM orders WHERE id = $1", [orderId]))[0]?.state;
}

async function paymentOf(orderId: string): Promise<string | undefined> {
    return (await shop.sql<{ state: string }>("SELECT state FROM payments WHERE order_id = $1", [orderId]))[0]?.state;
}

async function stockOf(productId: string): Promise<object | undefined> {
    return (await shop.sql("SELECT available, reserved FROM stock WHERE product_id = $1", [productId]))[0];
}

/** The ids of the messages that asked for a mail about an order. */
async function mailsAbout(orderId: string): Promise<string[]> {
    const rows = await shop.sql<{ id: string }>(
        "SELECT id FROM outbox WHERE type = 'mail.requested' AND payload->>'orderId' = $1",
        [orderId],
    );
    return rows.map(({ id }) => id);
}

async function settled(...orders: string[]): Promise<void> {
    await eventually("every order has come to its end, with its mail", async () => {
        for (const orderId of orders) {
            if (!["confirmed", "cancelled"].includes((await stateOf(orderId)) ?? "")) return false;
            const [asked] = await mailsAbout(orderId);
            if (asked === undefined || !readdirSync(mails).includes(`${asked}.eml`)) return false;
        }
        const [{ waiting } = { waiting: 0 }] = await shop.sql<{ waiting: number }>(
            "SELECT count(*)::int AS waiting FROM outbox WHERE sent_at IS NULL",
        );
        const { waiting: queued, inHand } = await queue.count(queue.queueUrl);
        return waiting + queued + inHand === 0;
    });
}

test("an order that can be paid and delivered is confirmed, and one mail says so", async () => {
    const product = await addProduct(5);
    const orderId = await place(product, 2_000, 2);
    work();
    await settled(orderId);
    expect(await stateOf(orderId)).toBe("confirmed");
    expect(await paymentOf(orderId)).toBe("captured");
    expect(await stockOf(product)).toEqual({ available: 3, reserved: 0 });
    expect(await mailsAbout(orderId)).toHaveLength(1);
});

test("an order whose payment is declined is cancelled, and its stock is free again", async () => {
    const product = await addProduct(5);
    const orderId = await place(product, 1_002);
    work();
    await settled(orderId);
    expect(await stateOf(orderId)).toBe("cancelled");
    expect(await paymentOf(orderId)).toBe("declined");
    expect(await stockOf(product)).toEqual({ available: 5, reserved: 0 });
    expect(await mailsAbout(orderId)).toHaveLength(1);
});

test("an order whose capture is refused is cancelled, and its authorization is given back", async () => {
    const product = await addProduct(5);
    const orderId = await place(product, 1_003);
    const voided: string[] = [];
    const stub = payments();
    work({
        payments: {
            ...stub,
            void: (reference, key) => {
                voided.push(key);
                return stub.void(reference, key);
            },
        },
    });
    await settled(orderId);
    expect(await stateOf(orderId)).toBe("cancelled");
    expect(await paymentOf(orderId)).toBe("voided");
    expect(voided).toEqual([`${orderId}:void`]);
    expect(await stockOf(product)).toEqual({ available: 5, reserved: 0 });
});

test("of more orders than there is stock, as many as there is stock for are confirmed", async () => {
    const product = await addProduct(7);
    const orders = await Promise.all(Array.from({ length: 20 }, () => place(product)));
    work();
    work();
    await settled(...orders);
    const states = await Promise.all(orders.map(stateOf));
    expect(states.filter((state) => state === "confirmed")).toHaveLength(7);
    expect(states.filter((state) => state === "cancelled")).toHaveLength(13);
    expect(await stockOf(product)).toEqual({ available: 0, reserved: 0 });
});

test("an order of more than there is touches no stock and no payment", async () => {
    const product = await addProduct(1);
    const orderId = await place(product, 1_000, 2);
    work();
    await settled(orderId);
    expect(await stateOf(orderId)).toBe("cancelled");
    expect(await paymentOf(orderId)).toBeUndefined();
    expect(await stockOf(product)).toEqual({ available: 1, reserved: 0 });
});

/** Every way an order can go: the amount that leads there, and what is left in the end when one of ten things was ordered. */
const WAYS = [
    { way: "confirmed", cents: 1_000, state: "confirmed", payment: "captured", available: 9 },
    { way: "declined", cents: 1_002, state: "cancelled", payment: "declined", available: 10 },
    { way: "refused", cents: 1_003, state: "cancelled", payment: "voided", available: 10 },
] as const;

describe.each(WAYS)("an order that is $way", ({ cents, state, payment, available }) => {
    /** The transactions of a worker that has nothing else to do: the steps, and the mail. */
    test.each([1, 2, 3, 4, 5])("ends as it should when the worker dies before its commit no. %i", async (commit) => {
        const product = await addProduct(10);
        const orderId = await place(product, cents);
        work({ database: failing(shop.database, commit, "before") });
        await settled(orderId);
        expect(await stateOf(orderId)).toBe(state);
        expect(await paymentOf(orderId)).toBe(payment);
        expect(await stockOf(product)).toEqual({ available, reserved: 0 });
        expect(await mailsAbout(orderId)).toHaveLength(1);
    });

    test.each([1, 2, 3, 4, 5])("ends as it should when the worker dies after its commit no. %i", async (commit) => {
        const product = await addProduct(10);
        const orderId = await place(product, cents);
        work({ database: failing(shop.database, commit, "after") });
        await settled(orderId);
        expect(await stateOf(orderId)).toBe(state);
        expect(await paymentOf(orderId)).toBe(payment);
        expect(await stockOf(product)).toEqual({ available, reserved: 0 });
        expect(await mailsAbout(orderId)).toHaveLength(1);
    });

    test.each(["authorize", "capture", "void"] as const)(
        "ends as it should when the answer to %s is lost, after it had its effect",
        async (call) => {
            const product = await addProduct(10);
            const orderId = await place(product, cents);
            const keys: string[] = [];
            work({ payments: losing(payments(), call, keys) });
            await settled(orderId);
            expect(await stateOf(orderId)).toBe(state);
            expect(await paymentOf(orderId)).toBe(payment);
            expect(await stockOf(product)).toEqual({ available, reserved: 0 });
            // Asked again with the same key.
            expect(new Set(keys).size).toBeLessThanOrEqual(1);
        },
    );
});

test("messages that are delivered again and again change nothing", async () => {
    const product = await addProduct(10);
    const orderId = await place(product);
    work();
    await settled(orderId);
    const before = await shop.sql("SELECT id FROM outbox");
    await shop.sql("UPDATE outbox SET sent_at = NULL");
    await settled(orderId);
    // The same steps under new ids, as after a redrive by hand: the order's state keeps them from happening again.
    for (const type of [
        "order.placed",
        "order.stock-reserved",
        "order.payment-authorized",
        "order.cancelling",
    ] as const) {
        await shop.database.write((tx) => outbox.add(tx, { type, correlationId: "again", payload: { orderId } }));
    }
    await settled(orderId);
    expect(await shop.sql("SELECT id FROM outbox")).toHaveLength(before.length + 4);
    expect(await stateOf(orderId)).toBe("confirmed");
    expect(await stockOf(product)).toEqual({ available: 9, reserved: 0 });
    expect(await mailsAbout(orderId)).toHaveLength(1);
});

test("orders whose messages are lost are taken up where they stood", async () => {
    const product = await addProduct(10);
    const orders = await Promise.all([place(product), place(product), place(product, 1_003)]);
    const away: PaymentPort = {
        ...payments(),
        authorize: () => Promise.reject(new Error("the provider is away")),
    };
    const [worker] = [work({ payments: away })];
    await eventually("they wait for their payment", async () =>
        (await Promise.all(orders.map(stateOf))).every((state) => state === "stock_reserved"),
    );
    await worker.stop(0);
    await shop.sql("DELETE FROM outbox WHERE sent_at IS NULL");
    await queue.sqs.send(new PurgeQueueCommand({ QueueUrl: queue.queueUrl }));
    const recovery = { stalledSeconds: 0 };
    const parts = { database: shop.database, outbox, log: queue.recording.log };
    expect(await recoverOrders({ stalledSeconds: 3_600 }, parts)).toBe(0);
    expect(await recoverOrders(recovery, parts)).toBe(3);
    work();
    await eventually("they have come to their end", async () =>
        (await Promise.all(orders.map(stateOf))).every((state) => state === "confirmed" || state === "cancelled"),
    );
    expect(await Promise.all(orders.map(stateOf))).toEqual(["confirmed", "confirmed", "cancelled"]);
    expect(await stockOf(product)).toEqual({ available: 8, reserved: 0 });
});

/** A database whose connection is lost around one of the commits of the order's steps, once. */
function failing(database: Database, commit: number, when: "before" | "after"): Database {
    let count = 0;
    let failed = false;
    return withWrite(database, async (work, options) => {
        // Only what is in the inbox is a step; the relay and its chores are not.
        const statements = new Set<string>();
        const watched = (tx: Queryable): Queryable => ({
            query: (statement) => {
                statements.add(statement.name);
                return tx.query(statement);
            },
        });
        const fail = (moment: typeof when): void => {
            if (moment === "before" && statements.has("inbox-mark-as-done")) count += 1;
            if (moment !== when || count !== commit || failed) return;
            failed = true;
            throw new Error(`the connection is lost ${moment} the commit`);
        };
        const result = await database.write(async (tx) => {
            const value = await work(watched(tx));
            fail("before");
            return value;
        }, options);
        fail("after");
        return result;
    });
}

/** A provider whose answer to one kind of call is lost, the first time. */
function losing(port: PaymentPort, call: "authorize" | "capture" | "void", keys: string[]): PaymentPort {
    const lose = async <T>(key: string, answer: Promise<T>): Promise<T> => {
        keys.push(key);
        const value = await answer;
        if (keys.length === 1) throw new Error("the answer is lost");
        return value;
    };
    return {
        authorize: (request) =>
            call === "authorize" ? lose(request.idempotencyKey, port.authorize(request)) : port.authorize(request),
        capture: (reference, key) =>
            call === "capture" ? lose(key, port.capture(reference, key)) : port.capture(reference, key),
        void: (reference, key) => (call === "void" ? lose(key, port.void(reference, key)) : port.void(reference, key)),
    };
}

describe("an uploaded image", () => {
    async function upload(product: string, body: Buffer): Promise<string> {
        const key = `uploads/${randomUUID()}`;
        const storage = createS3Store({ bucket: queue.bucket, uploadExpiresSeconds: 300 }, queue);
        await storage.put(key, body, { contentType: "image/jpeg", cacheControl: "no-store" });
        await announce(product, key);
        return key;
    }

    async function announce(productId: string, key: string): Promise<void> {
        await shop.database.write(async (tx) => {
            await tx.query({
                name: "test-set-upload",
                text: "UPDATE products SET upload_key = $2, image_state = 'processing' WHERE id = $1",
                values: [productId, key],
            });
            await outbox.add(tx, { type: "image.uploaded", correlationId: "r", payload: { productId, key } });
        });
    }

    async function imageOf(id: string): Promise<{ image_key: string | null; image_state: string } | undefined> {
        return (await shop.sql<never>("SELECT image_key, image_state FROM products WHERE id = $1", [id]))[0];
    }

    const picture = (): Promise<Buffer> =>
        sharp({ create: { width: 500, height: 400, channels: 3, background: "green" } })
            .jpeg()
            .toBuffer();

    test("is shown in every size under keys that the CDN serves, and the product's copy in caches is forgotten", async () => {
        const product = await addProduct(0);
        const changed: string[] = [];
        await upload(product, await picture());
        work({
            productChanged: (id) => {
                changed.push(id);
                return Promise.resolve();
            },
        });
        await eventually("it is shown", async () => (await imageOf(product))?.image_state === "shown");
        const key = (await imageOf(product))?.image_key ?? "";
        expect(key).toMatch(/^assets\/products\//);
        const storage = createS3Store({ bucket: queue.bucket, uploadExpiresSeconds: 300 }, queue);
        for (const name of ["small", "medium", "large"]) {
            expect((await sharp(await storage.get(`${key}/${name}.webp`)).metadata()).format).toBe("webp");
        }
        await eventually("the cache is told", () => changed.includes(product));
    });

    test("that is none is refused for good; what was shown before stays", async () => {
        const product = await addProduct(0);
        await shop.sql("UPDATE products SET image_key = 'assets/products/before' WHERE id = $1", [product]);
        await upload(product, Buffer.from("no image"));
        work();
        await eventually("it is refused", async () => (await imageOf(product))?.image_state === "refused");
        expect((await imageOf(product))?.image_key).toBe("assets/products/before");
    });

    test("that is larger than was allowed is refused, and not read to its end", async () => {
        const product = await addProduct(0);
        const key = await upload(product, await picture());
        const storage = createS3Store({ bucket: queue.bucket, uploadExpiresSeconds: 300 }, queue);
        const limits: unknown[] = [];
        work({
            storage: {
                ...storage,
                // As if the file had one byte more than is allowed: the queue server takes none of that size.
                get: (asked, options) => {
                    limits.push(asked, options);
                    return storage.get(asked, { maxBytes: 10 });
                },
            },
        });
        await eventually("it is refused", async () => (await imageOf(product))?.image_state === "refused");
        expect(limits).toEqual([key, { maxBytes: 15 * 1_024 * 1_024 }]);
    });

    test("that never arrived is refused", async () => {
        const product = await addProduct(0);
        await announce(product, "uploads/never");
        work();
        await eventually("it is refused", async () => (await imageOf(product))?.image_state === "refused");
    });

    test("that was replaced by a newer one meanwhile is not shown", async () => {
        const product = await addProduct(0);
        await upload(product, await picture());
        await shop.sql("UPDATE products SET upload_key = 'uploads/newer' WHERE id = $1", [product]);
        work();
        await eventually("the queue is empty", async () => {
            const { waiting, inHand } = await queue.count(queue.queueUrl);
            const unsent = await shop.sql("SELECT 1 FROM outbox WHERE sent_at IS NULL");
            return waiting + inHand + unsent.length === 0;
        });
        expect(await imageOf(product)).toEqual({ image_key: null, image_state: "processing" });
    });
});
