import * as jobStatements from "../../../app/src/jobs/statements";
import * as queueStatements from "../../../app/src/queue/statements";
import { type ShopDatabase, START_TIMEOUT_MS, startDatabase } from "../support/backing-servers";

let shop: ShopDatabase;
beforeAll(async () => {
    shop = await startDatabase();
    await shop.sql(`
        INSERT INTO products (id, sku, name, price_cents, currency)
            SELECT gen_random_uuid(), 'sku-' || n, 'thing ' || n, 100, 'EUR' FROM generate_series(1, 50000) n;
        INSERT INTO stock (product_id, available) SELECT id, 10 FROM products;
        INSERT INTO orders (id, customer_id, state, total_cents, currency, idempotency_key, request_hash, updated_at)
            SELECT gen_random_uuid(), 'c' || n % 100, CASE WHEN n % 100 = 0 THEN 'placed' ELSE 'confirmed' END, 100, 'EUR', 'k' || n, '',
                   now() - make_interval(secs => n)
            FROM generate_series(1, 50000) n;
        INSERT INTO order_lines SELECT o.id, p.id, 1, 100 FROM orders o, LATERAL (SELECT id FROM products OFFSET 5 LIMIT 2) p;
        INSERT INTO payments (order_id, reference, state, amount_cents, currency) SELECT id, 'r', 'captured', 100, 'EUR' FROM orders;
        INSERT INTO outbox (id, type, payload, correlation_id, created_at, sent_at)
            SELECT gen_random_uuid(), 'order.placed', '{}', 'r', now() - make_interval(secs => n), CASE WHEN n > 50 THEN now() END
            FROM generate_series(1, 50000) n;
        INSERT INTO inbox (message_id, handler, done_at)
            SELECT gen_random_uuid(), 'order.placed', now() - make_interval(secs => n) FROM generate_series(1, 50000) n;
    `);
    await shop.sql("ANALYZE");
}, START_TIMEOUT_MS);

afterAll(async () => {
    await shop.stop();
});

const STATEMENTS = Object.values({ ...queueStatements, ...jobStatements });

test("no two statements share a name", () => {
    expect(new Set(STATEMENTS.map(({ name }) => name)).size).toBe(STATEMENTS.length);
});

test.each(STATEMENTS)("$name finds its rows by an index, however large the table is", async ({ text }) => {
    const plan = await shop.sql<{ "QUERY PLAN": string }>(`EXPLAIN (GENERIC_PLAN) ${text}`);
    const scans = plan.map((line) => line["QUERY PLAN"]).filter((line) => line.includes("Seq Scan"));
    expect(scans).toEqual([]);
});
