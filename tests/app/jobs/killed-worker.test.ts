import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Pool } from "pg";
import { buildApp, RunningApp } from "../running-app";
import { START_TIMEOUT_MS } from "../support/backing-servers";
import { eventually } from "../support/eventually";
import { type ShopServers, startShopServers } from "../support/shop-servers";

jest.setTimeout(240_000);

const build = buildApp();
const main = path.join(build.folder, "main.js");
const running = new Set<RunningApp>();
let servers: ShopServers;
let pool: Pool;

beforeAll(async () => {
    servers = await startShopServers(main, { replicas: 0 });
    const { env } = servers;
    pool = new Pool({
        host: "127.0.0.1",
        port: Number(env.DATABASE_PORT),
        database: env.DATABASE_NAME,
        user: env.DATABASE_USER,
        password: env.DATABASE_PASSWORD,
        ssl: { ca: readFileSync(env.DATABASE_CA_FILE ?? "", "utf8") },
        max: 3,
    });
    // The servers may go first.
    pool.on("error", () => undefined);
}, START_TIMEOUT_MS);

afterAll(async () => {
    await Promise.all([...running].map((worker) => worker.kill()));
    await pool.end();
    await servers.stop();
    build.remove();
});

/** Slow payments: orders are under way when their worker dies. */
async function startWorker(): Promise<RunningApp> {
    const environment = { ...servers.env, PAYMENT_STUB_LATENCY_MS: "30", JOBS_BATCH_SIZE: "3" };
    const worker = await RunningApp.start(main, { arguments: ["worker"], environment });
    running.add(worker);
    return worker;
}

async function kill(worker: RunningApp): Promise<void> {
    running.delete(worker);
    await worker.kill();
}

async function rows<R extends object>(text: string): Promise<R[]> {
    return (await pool.query<R>(text)).rows;
}

/** Orders with their first message, as the web process leaves them: every tenth is declined, every fifth refused later. */
async function placeOrders(count: number): Promise<void> {
    const product = randomUUID();
    await pool.query(
        "INSERT INTO products (id, sku, name, price_cents, currency) VALUES ($1, 'sku', 'A thing', 1000, 'EUR')",
        [product],
    );
    await pool.query("INSERT INTO stock (product_id, available) VALUES ($1, $2)", [product, count]);
    await pool.query(
        `WITH added AS (
             INSERT INTO orders (id, customer_id, email, total_cents, currency, idempotency_key, request_hash)
             SELECT gen_random_uuid(), 'ann', 'ann@example.com',
                    1000 + CASE WHEN n % 10 = 0 THEN 2 WHEN n % 5 = 0 THEN 3 ELSE 0 END, 'EUR', 'key-' || n, ''
             FROM generate_series(1, $2::int) n RETURNING id),
         lines AS (INSERT INTO order_lines SELECT id, $1::uuid, 1, 1000 FROM added)
         INSERT INTO outbox (id, type, payload, correlation_id)
         SELECT gen_random_uuid(), 'order.placed', jsonb_build_object('orderId', id), 'test' FROM added`,
        [product, count],
    );
}

async function unfinished(): Promise<number> {
    const [row] = await rows<{ count: number }>(
        `SELECT (SELECT count(*) FROM orders WHERE state NOT IN ('confirmed', 'cancelled'))::int
              + (SELECT count(*) FROM outbox o WHERE NOT EXISTS (SELECT 1 FROM inbox i WHERE i.message_id = o.id))::int AS count`,
    );
    return row?.count ?? 0;
}

/** Messages that were done; an order has four or five. */
async function done(): Promise<number> {
    return (await rows("SELECT 1 FROM inbox")).length;
}

function mailFiles(): string[] {
    return existsSync(servers.mailFolder)
        ? readdirSync(servers.mailFolder).filter((name) => name.endsWith(".eml"))
        : [];
}

test("workers that are killed at any moment lose no order and do nothing twice", async () => {
    const count = 60;
    await placeOrders(count);
    await Promise.all([startWorker(), startWorker()]);
    let kills = 0;
    while (kills < 3) {
        const before = await done();
        await eventually("some work was done", async () => (await done()) >= before + 20 || (await unfinished()) === 0);
        if ((await unfinished()) === 0) break;
        const [oldest] = running;
        if (oldest) await kill(oldest);
        kills += 1;
        await startWorker();
    }
    // A machine that is quick has done it all before the last ones.
    expect(kills).toBeGreaterThanOrEqual(2);
    await eventually("every order and every message has come to its end", async () => (await unfinished()) === 0);

    expect(await rows("SELECT state, count(*)::int AS orders FROM orders GROUP BY state ORDER BY state")).toEqual([
        { state: "cancelled", orders: count / 5 },
        { state: "confirmed", orders: (count / 5) * 4 },
    ]);
    expect(await rows("SELECT state, count(*)::int AS payments FROM payments GROUP BY state ORDER BY state")).toEqual([
        { state: "captured", payments: (count / 5) * 4 },
        { state: "declined", payments: count / 10 },
        { state: "voided", payments: count / 10 },
    ]);
    expect(await rows("SELECT available, reserved FROM stock")).toEqual([{ available: count / 5, reserved: 0 }]);
    // One message asked for each mail, and each of them is one file.
    expect(await rows("SELECT payload->>'orderId' FROM outbox WHERE type = 'mail.requested'")).toHaveLength(count);
    expect(mailFiles()).toHaveLength(count);
    expect(await rows("SELECT 1 FROM mails")).toHaveLength(count);
});

test("a worker that is asked to stop ends with exit code 0, and nothing of its work is left in the middle", async () => {
    const [worker] = running;
    expect(await worker?.stop()).toBe(0);
    if (worker) running.delete(worker);
});
