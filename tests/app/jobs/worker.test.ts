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
import { markAsDone } from "../../../app/src/queue/statements";
import { createPolicies, DEFAULT_RESILIENCE } from "../../../app/src/resilience/policies";
import { createS3Store } from "../../../app/src/storage/s3";
import {
    type DatabaseFactory,
    meter,
    type QueueClients,
    type QueueFactory,
    type ShopDatabase,
    START_TIMEOUT_MS,
    startDatabases,
    startQueues,
    withWrite,
} from "../support/backing-servers";
import { eventually } from "../support/eventually";

jest.setTimeout(60_000);

type PaymentCall = "authorize" | "capture" | "void";

const outbox = createOutbox();
let databases: DatabaseFactory;
let queues: QueueFactory;
let mails: string;

beforeAll(async () => {
    mails = mkdtempSync(path.join(tmpdir(), "headroom-mail-"));
    [databases, queues] = await Promise.all([startDatabases(), startQueues()]);
}, START_TIMEOUT_MS);

afterAll(async () => {
    await queues.stop();
    await databases.stop();
    rmSync(mails, { recursive: true, force: true });
});

/**
 * As many as two workers work at the same time, with their relays and a monitor: what waits for a connection for too long counts
 * as a failure of the database, and its breaker opens.
 */
const CONNECTIONS = 24;

/**
 * Shops that no test is at: each is one test's at a time, and nobody's any more after a failure or with messages left, which
 * would be the next test's.
 */
const idle: [ShopDatabase, QueueClients][] = [];

/**
 * A shop for this test alone: most of them wait for a message to come again, so they do that at the same time. Whatever
 * happens to it, its stock must not be negative.
 */
function inShop<A extends unknown[]>(
    work: (world: World, ...parameters: A) => Promise<void>,
): (...parameters: A) => Promise<void> {
    return async (...parameters) => {
        const parts =
            idle.pop() ??
            (await Promise.all([
                databases.create(CONNECTIONS),
                queues.create({ visibilitySeconds: 2, maxReceives: 5 }),
            ]));
        const world = new World(...parts);
        try {
            await work(world, ...parameters);
        } finally {
            await world.stop();
        }
        expect(await world.shop.sql("SELECT * FROM stock WHERE available < 0 OR reserved < 0")).toEqual([]);
        if (await world.isAtRest()) idle.push(parts);
    };
}

class World {
    readonly #workers: Worker[] = [];

    constructor(
        readonly shop: ShopDatabase,
        readonly queue: QueueClients,
    ) {}

    async stop(): Promise<void> {
        await Promise.all(this.#workers.map((worker) => worker.stop(5_000)));
    }

    payments(): PaymentPort {
        return createPaymentStub({ latencyMs: 0, failureShare: 0 }, this.queue);
    }

    work(parts: Partial<WorkerParts> = {}): Worker {
        const worker = startWorker(
            {
                consumer: {
                    queueUrl: this.queue.queueUrl,
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
                ...this.queue,
                database: this.shop.database,
                payments: this.payments(),
                mailer: createFileMailer({ folder: mails, from: "shop@example.com" }),
                storage: createS3Store({ bucket: this.queue.bucket, uploadExpiresSeconds: 300 }, this.queue),
                productChanged: () => Promise.resolve(),
                log: this.queue.recording.log,
                metrics: meter,
                // Of its own: what one test has broken is whole for the next one.
                policies: createPolicies(DEFAULT_RESILIENCE, { log: this.queue.recording.log, metrics: meter }),
                ...parts,
            },
        );
        this.#workers.push(worker);
        return worker;
    }

    async addProduct(available: number): Promise<string> {
        const id = randomUUID();
        await this.shop.sql(
            "INSERT INTO products (id, sku, name, price_cents, currency) VALUES ($1, $2, 'A thing', 1000, 'EUR')",
            [id, id],
        );
        await this.shop.sql("INSERT INTO stock (product_id, available) VALUES ($1, $2)", [id, available]);
        return id;
    }

    /** As the web process does: the order and its first message in one transaction. */
    async place(productId: string, totalCents = 1_000, quantity = 1): Promise<string> {
        const orderId = randomUUID();
        await this.shop.database.write(async (tx) => {
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

    async stateOf(orderId: string): Promise<string | undefined> {
        return (await this.shop.sql<{ state: string }>("SELECT state FROM orders WHERE id = $1", [orderId]))[0]?.state;
    }

    /** How many steps were ever done in this shop, the mails among them. */
    async stepsDone(): Promise<number> {
        return (await this.shop.sql("SELECT 1 FROM inbox")).length;
    }

    async paymentOf(orderId: string): Promise<string | undefined> {
        return (await this.shop.sql<{ state: string }>("SELECT state FROM payments WHERE order_id = $1", [orderId]))[0]
            ?.state;
    }

    async stockOf(productId: string): Promise<object | undefined> {
        return (await this.shop.sql("SELECT available, reserved FROM stock WHERE product_id = $1", [productId]))[0];
    }

    /** The ids of the messages that asked for a mail about an order. */
    async mailsAbout(orderId: string): Promise<string[]> {
        const rows = await this.shop.sql<{ id: string }>(
            "SELECT id FROM outbox WHERE type = 'mail.requested' AND payload->>'orderId' = $1",
            [orderId],
        );
        return rows.map(({ id }) => id);
    }

    async settled(...orders: string[]): Promise<void> {
        await eventually("every order has come to its end, with its mail", async () => {
            for (const orderId of orders) {
                if (!["confirmed", "cancelled"].includes((await this.stateOf(orderId)) ?? "")) return false;
                const [asked] = await this.mailsAbout(orderId);
                if (asked === undefined || !readdirSync(mails).includes(`${asked}.eml`)) return false;
            }
            return this.isAtRest();
        });
    }

    /** Whether no message is on its way. */
    async isAtRest(): Promise<boolean> {
        const unsent = await this.shop.sql("SELECT 1 FROM outbox WHERE sent_at IS NULL");
        const { waiting, inHand } = await this.queue.count(this.queue.queueUrl);
        return unsent.length + waiting + inHand === 0;
    }
}

test.concurrent(
    "an order that can be paid and delivered is confirmed, and one mail says so",
    inShop(async (world) => {
        const product = await world.addProduct(5);
        const orderId = await world.place(product, 2_000, 2);
        world.work();
        await world.settled(orderId);
        expect(await world.stateOf(orderId)).toBe("confirmed");
        expect(await world.paymentOf(orderId)).toBe("captured");
        expect(await world.stockOf(product)).toEqual({ available: 3, reserved: 0 });
        expect(await world.mailsAbout(orderId)).toHaveLength(1);
    }),
);

test.concurrent(
    "an order whose payment is declined is cancelled, and its stock is free again",
    inShop(async (world) => {
        const product = await world.addProduct(5);
        const orderId = await world.place(product, 1_002);
        world.work();
        await world.settled(orderId);
        expect(await world.stateOf(orderId)).toBe("cancelled");
        expect(await world.paymentOf(orderId)).toBe("declined");
        expect(await world.stockOf(product)).toEqual({ available: 5, reserved: 0 });
        expect(await world.mailsAbout(orderId)).toHaveLength(1);
    }),
);

test.concurrent(
    "an order whose capture is refused is cancelled, and its authorization is given back",
    inShop(async (world) => {
        const product = await world.addProduct(5);
        const orderId = await world.place(product, 1_003);
        const voided: string[] = [];
        const stub = world.payments();
        world.work({
            payments: {
                ...stub,
                void: (reference, key) => {
                    voided.push(key);
                    return stub.void(reference, key);
                },
            },
        });
        await world.settled(orderId);
        expect(await world.stateOf(orderId)).toBe("cancelled");
        expect(await world.paymentOf(orderId)).toBe("voided");
        expect(voided).toEqual([`${orderId}:void`]);
        expect(await world.stockOf(product)).toEqual({ available: 5, reserved: 0 });
    }),
);

test.concurrent(
    "of more orders than there is stock, as many as there is stock for are confirmed",
    inShop(async (world) => {
        const product = await world.addProduct(7);
        const orders = await Promise.all(Array.from({ length: 20 }, () => world.place(product)));
        world.work();
        world.work();
        await world.settled(...orders);
        const states = await Promise.all(orders.map((id) => world.stateOf(id)));
        expect(states.filter((state) => state === "confirmed")).toHaveLength(7);
        expect(states.filter((state) => state === "cancelled")).toHaveLength(13);
        expect(await world.stockOf(product)).toEqual({ available: 0, reserved: 0 });
    }),
);

test.concurrent(
    "an order of more than there is touches no stock and no payment",
    inShop(async (world) => {
        const product = await world.addProduct(1);
        const orderId = await world.place(product, 1_000, 2);
        world.work();
        await world.settled(orderId);
        expect(await world.stateOf(orderId)).toBe("cancelled");
        expect(await world.paymentOf(orderId)).toBeUndefined();
        expect(await world.stockOf(product)).toEqual({ available: 1, reserved: 0 });
    }),
);

/** Every way an order can go: the amount that leads there, and what is left in the end when one of ten things was ordered;
 * and the steps (with the mail) and the calls of the provider on the way. */
const WAYS = [
    {
        way: "confirmed",
        cents: 1_000,
        state: "confirmed",
        payment: "captured",
        available: 9,
        steps: 4,
        calls: ["authorize", "capture"],
    },
    {
        way: "declined",
        cents: 1_002,
        state: "cancelled",
        payment: "declined",
        available: 10,
        steps: 4,
        calls: ["authorize"],
    },
    {
        way: "refused",
        cents: 1_003,
        state: "cancelled",
        payment: "voided",
        available: 10,
        steps: 5,
        calls: ["authorize", "capture", "void"],
    },
] as const;

describe.each(WAYS)("an order that is $way", ({ cents, state, payment, available, steps, calls }) => {
    const commits = Array.from({ length: steps }, (_, index) => index + 1);

    test.concurrent.each(commits)(
        "ends as it should when the worker dies before its commit no. %i",
        inShop(async (world, commit: number) => {
            const product = await world.addProduct(10);
            const orderId = await world.place(product, cents);
            const before = await world.stepsDone();
            const lossy = failing(world.shop.database, commit, "before");
            world.work({ database: lossy.database });
            await world.settled(orderId);
            expect(lossy.failed()).toBe(true);
            expect((await world.stepsDone()) - before).toBe(steps);
            expect(await world.stateOf(orderId)).toBe(state);
            expect(await world.paymentOf(orderId)).toBe(payment);
            expect(await world.stockOf(product)).toEqual({ available, reserved: 0 });
            expect(await world.mailsAbout(orderId)).toHaveLength(1);
        }),
    );

    test.concurrent.each(commits)(
        "ends as it should when the worker dies after its commit no. %i",
        inShop(async (world, commit: number) => {
            const product = await world.addProduct(10);
            const orderId = await world.place(product, cents);
            const before = await world.stepsDone();
            const lossy = failing(world.shop.database, commit, "after");
            world.work({ database: lossy.database });
            await world.settled(orderId);
            expect(lossy.failed()).toBe(true);
            expect((await world.stepsDone()) - before).toBe(steps);
            expect(await world.stateOf(orderId)).toBe(state);
            expect(await world.paymentOf(orderId)).toBe(payment);
            expect(await world.stockOf(product)).toEqual({ available, reserved: 0 });
            expect(await world.mailsAbout(orderId)).toHaveLength(1);
        }),
    );

    test.concurrent.each(["authorize", "capture", "void"] satisfies PaymentCall[])(
        "ends as it should when the answer to %s is lost, after it had its effect",
        inShop(async (world, call: PaymentCall) => {
            const product = await world.addProduct(10);
            const orderId = await world.place(product, cents);
            const keys: string[] = [];
            world.work({ payments: losing(world.payments(), call, keys) });
            await world.settled(orderId);
            expect(await world.stateOf(orderId)).toBe(state);
            expect(await world.paymentOf(orderId)).toBe(payment);
            expect(await world.stockOf(product)).toEqual({ available, reserved: 0 });
            // Asked again with the same key.
            const asked: readonly PaymentCall[] = calls;
            expect(keys.length).toBe(asked.includes(call) ? 2 : 0);
            expect(new Set(keys).size).toBe(asked.includes(call) ? 1 : 0);
        }),
    );
});

test.concurrent(
    "messages that are delivered again and again change nothing",
    inShop(async (world) => {
        const product = await world.addProduct(10);
        const orderId = await world.place(product);
        world.work();
        await world.settled(orderId);
        const before = await world.shop.sql("SELECT id FROM outbox");
        await world.shop.sql("UPDATE outbox SET sent_at = NULL");
        await world.settled(orderId);
        // The same steps under new ids, as after a redrive by hand: the order's state keeps them from happening again.
        for (const type of [
            "order.placed",
            "order.stock-reserved",
            "order.payment-authorized",
            "order.cancelling",
        ] as const) {
            await world.shop.database.write((tx) =>
                outbox.add(tx, { type, correlationId: "again", payload: { orderId } }),
            );
        }
        await world.settled(orderId);
        expect(await world.shop.sql("SELECT id FROM outbox")).toHaveLength(before.length + 4);
        expect(await world.stateOf(orderId)).toBe("confirmed");
        expect(await world.stockOf(product)).toEqual({ available: 9, reserved: 0 });
        expect(await world.mailsAbout(orderId)).toHaveLength(1);
    }),
);

test.concurrent(
    "orders whose messages are lost are taken up where they stood",
    inShop(async (world) => {
        const product = await world.addProduct(10);
        const orders = await Promise.all([world.place(product), world.place(product), world.place(product, 1_003)]);
        const away: PaymentPort = {
            ...world.payments(),
            authorize: () => Promise.reject(new Error("the provider is away")),
        };
        const [worker] = [world.work({ payments: away })];
        await eventually("they wait for their payment", async () =>
            (await Promise.all(orders.map((id) => world.stateOf(id)))).every((state) => state === "stock_reserved"),
        );
        await worker.stop(0);
        await world.shop.sql("DELETE FROM outbox WHERE sent_at IS NULL");
        await world.queue.sqs.send(new PurgeQueueCommand({ QueueUrl: world.queue.queueUrl }));
        const recovery = { stalledSeconds: 0 };
        const parts = { database: world.shop.database, outbox, log: world.queue.recording.log };
        expect(await recoverOrders({ stalledSeconds: 3_600 }, parts)).toBe(0);
        expect(await recoverOrders(recovery, parts)).toBe(3);
        world.work();
        await eventually("they have come to their end", async () =>
            (await Promise.all(orders.map((id) => world.stateOf(id)))).every(
                (state) => state === "confirmed" || state === "cancelled",
            ),
        );
        expect(await Promise.all(orders.map((id) => world.stateOf(id)))).toEqual([
            "confirmed",
            "confirmed",
            "cancelled",
        ]);
        expect(await world.stockOf(product)).toEqual({ available: 8, reserved: 0 });
    }),
);

/** A database whose connection is lost around one of the commits of the order's steps, once; and whether it was. */
function failing(
    database: Database,
    commit: number,
    when: "before" | "after",
): { database: Database; failed(): boolean } {
    let count = 0;
    let failed = false;
    const lossy = withWrite(database, async (work, options) => {
        // Only what is new in the inbox is a step: the relay, its chores and a message that came twice are not.
        let isStep = false;
        const watched = (tx: Queryable): Queryable => ({
            query: async <R extends object>(statement: Parameters<Queryable["query"]>[0]) => {
                const rows = await tx.query<R>(statement);
                isStep ||= statement.name === markAsDone.name && rows.length > 0;
                return rows;
            },
        });
        let isTheOne = false;
        const fail = (moment: typeof when): void => {
            if (moment !== when || !isTheOne || failed) return;
            failed = true;
            throw new Error(`the connection is lost ${moment} the commit`);
        };
        const result = await database.write(async (tx) => {
            const value = await work(watched(tx));
            if (isStep) isTheOne = ++count === commit;
            fail("before");
            return value;
        }, options);
        fail("after");
        return result;
    });
    return { database: lossy, failed: () => failed };
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
    async function upload(world: World, product: string, body: Buffer): Promise<string> {
        const key = `uploads/${randomUUID()}`;
        const storage = createS3Store({ bucket: world.queue.bucket, uploadExpiresSeconds: 300 }, world.queue);
        await storage.put(key, body, { contentType: "image/jpeg", cacheControl: "no-store" });
        await announce(world, product, key);
        return key;
    }

    async function announce(world: World, productId: string, key: string): Promise<void> {
        await world.shop.database.write(async (tx) => {
            await tx.query({
                name: "test-set-upload",
                text: "UPDATE products SET upload_key = $2, image_state = 'processing' WHERE id = $1",
                values: [productId, key],
            });
            await outbox.add(tx, { type: "image.uploaded", correlationId: "r", payload: { productId, key } });
        });
    }

    async function imageOf(
        world: World,
        id: string,
    ): Promise<{ image_key: string | null; image_state: string } | undefined> {
        return (await world.shop.sql<never>("SELECT image_key, image_state FROM products WHERE id = $1", [id]))[0];
    }

    const picture = (): Promise<Buffer> =>
        sharp({ create: { width: 500, height: 400, channels: 3, background: "green" } })
            .jpeg()
            .toBuffer();

    test.concurrent(
        "is shown in every size under keys that the CDN serves, and the product's copy in caches is forgotten",
        inShop(async (world) => {
            const product = await world.addProduct(0);
            const changed: string[] = [];
            await upload(world, product, await picture());
            world.work({
                productChanged: (id) => {
                    changed.push(id);
                    return Promise.resolve();
                },
            });
            await eventually("it is shown", async () => (await imageOf(world, product))?.image_state === "shown");
            const key = (await imageOf(world, product))?.image_key ?? "";
            expect(key).toMatch(/^assets\/products\//);
            const storage = createS3Store({ bucket: world.queue.bucket, uploadExpiresSeconds: 300 }, world.queue);
            for (const name of ["small", "medium", "large"]) {
                expect((await sharp(await storage.get(`${key}/${name}.webp`)).metadata()).format).toBe("webp");
            }
            await eventually("the cache is told", () => changed.includes(product));
        }),
    );

    test.concurrent(
        "that is none is refused for good; what was shown before stays",
        inShop(async (world) => {
            const product = await world.addProduct(0);
            await world.shop.sql("UPDATE products SET image_key = 'assets/products/before' WHERE id = $1", [product]);
            await upload(world, product, Buffer.from("no image"));
            world.work();
            await eventually("it is refused", async () => (await imageOf(world, product))?.image_state === "refused");
            expect((await imageOf(world, product))?.image_key).toBe("assets/products/before");
        }),
    );

    test.concurrent(
        "that is larger than was allowed is refused, and not read to its end",
        inShop(async (world) => {
            const product = await world.addProduct(0);
            const key = await upload(world, product, await picture());
            const storage = createS3Store({ bucket: world.queue.bucket, uploadExpiresSeconds: 300 }, world.queue);
            const limits: unknown[] = [];
            world.work({
                storage: {
                    ...storage,
                    // As if the file had one byte more than is allowed: the queue server takes none of that size.
                    get: (asked, options) => {
                        limits.push(asked, options);
                        return storage.get(asked, { maxBytes: 10 });
                    },
                },
            });
            await eventually("it is refused", async () => (await imageOf(world, product))?.image_state === "refused");
            expect(limits).toEqual([key, { maxBytes: 15 * 1_024 * 1_024 }]);
        }),
    );

    test.concurrent(
        "that never arrived is refused",
        inShop(async (world) => {
            const product = await world.addProduct(0);
            await announce(world, product, "uploads/never");
            world.work();
            await eventually("it is refused", async () => (await imageOf(world, product))?.image_state === "refused");
        }),
    );

    test.concurrent(
        "that was replaced by a newer one meanwhile is not shown",
        inShop(async (world) => {
            const product = await world.addProduct(0);
            await upload(world, product, await picture());
            await world.shop.sql("UPDATE products SET upload_key = 'uploads/newer' WHERE id = $1", [product]);
            world.work();
            await eventually("the queue is empty", async () => {
                const { waiting, inHand } = await world.queue.count(world.queue.queueUrl);
                const unsent = await world.shop.sql("SELECT 1 FROM outbox WHERE sent_at IS NULL");
                return waiting + inHand + unsent.length === 0;
            });
            expect(await imageOf(world, product)).toEqual({ image_key: null, image_state: "processing" });
        }),
    );
});
