import { Client } from "pg";
import { createConnector } from "../../../app/src/database/connection";
import type { Statement } from "../../../app/src/database/database";
import { type PostgresCluster, startPostgres } from "../../../twin/servers/postgres";
import { databaseSettingsFrom, migrateDatabase } from "../support/database";
import { statementsOfTheApplication } from "./statements";

jest.setTimeout(120_000);

/**
 * Enough rows that reading all of a table is dearer than an index, in the proportions of a shop that runs: most orders are
 * finished, most messages sent.
 */
const ROWS = [
    `INSERT INTO products (id, sku, name, description, price_cents, currency, upload_key)
        SELECT md5('product' || n)::uuid, 'SKU-' || n, 'Product ' || n, repeat('text ', 40), n, 'EUR',
            CASE WHEN n % 500 = 0 THEN 'uploads/' || n END
        FROM generate_series(1, 20000) n`,
    `INSERT INTO stock (product_id, available) SELECT id, 100 FROM products`,
    `INSERT INTO orders (id, customer_id, email, state, total_cents, currency, idempotency_key, request_hash, created_at, updated_at)
        SELECT md5('order' || n)::uuid, 'customer-' || n % 5000, n || '@example.com',
            CASE WHEN n % 500 = 0 THEN 'placed' WHEN n % 20 = 0 THEN 'cancelled' ELSE 'confirmed' END,
            n, 'EUR', 'key-' || n, md5(n::text), now() - n * interval '1 minute', now() - n * interval '1 minute'
        FROM generate_series(1, 50000) n`,
    `INSERT INTO order_lines (order_id, product_id, quantity, unit_price_cents, created_at)
        SELECT md5('order' || n)::uuid, md5('product' || 1 + (n * k * 7) % 20000)::uuid, 1, n, now() - n * interval '1 minute'
        FROM generate_series(1, 50000) n, generate_series(1, 2) k ON CONFLICT DO NOTHING`,
    `INSERT INTO payments (order_id, reference, state, amount_cents, currency)
        SELECT id, 'reference', 'captured', total_cents, currency FROM orders`,
    `INSERT INTO outbox (id, type, payload, correlation_id, created_at, sent_at)
        SELECT md5('message' || n)::uuid, 'order.placed', '{}', 'c', now() - n * interval '1 minute',
            CASE WHEN n > 100 THEN now() - n * interval '1 minute' END
        FROM generate_series(1, 50000) n`,
    `INSERT INTO inbox (message_id, handler, done_at)
        SELECT md5('message' || n)::uuid, 'order.placed', now() - n * interval '1 minute' FROM generate_series(1, 50000) n`,
    `INSERT INTO mails (message_id, sent_at)
        SELECT md5('message' || n)::uuid, now() - n * interval '1 minute' FROM generate_series(1, 50000) n`,
    // There is one, and the table is read whole. That would hide what more of them would do.
    `INSERT INTO leases (name) SELECT 'lease-' || n FROM generate_series(1, 20000) n`,
    "VACUUM ANALYZE",
];

/** A node of a plan, as EXPLAIN gives it in JSON. */
interface PlanNode {
    readonly "Node Type": string;
    readonly "Relation Name"?: string;
    readonly "Index Name"?: string;
    readonly "Index Cond"?: string;
    readonly Plans?: readonly PlanNode[];
}

let cluster: PostgresCluster;
let client: Client;

beforeAll(async () => {
    cluster = await startPostgres({ replicas: 0 });
    await migrateDatabase(cluster.ownerEnv);
    const settings = databaseSettingsFrom(cluster.ownerEnv);
    client = new Client({
        ...createConnector(settings).configFor(settings.writer),
        statement_timeout: 0,
        query_timeout: 0,
    });
    await client.connect();
    for (const text of ROWS) await client.query(text);
});

afterAll(async () => {
    await client.end();
    await cluster.stop();
});

/** The plan for whatever values: what a prepared statement settles on. */
async function planOf(text: string): Promise<PlanNode> {
    const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
        `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`,
    );
    const plan = rows[0]?.["QUERY PLAN"][0].Plan;
    if (plan === undefined) throw new Error(`no plan for ${text}`);
    return plan;
}

/**
 * Where a plan reads a whole table, or a whole index without a limit on how much of it; empty where it goes straight to what
 * it wants. A partial index holds only what it is for: that may be read from its beginning.
 */
function wholeReads(node: PlanNode, limited = false): string[] {
    const { "Node Type": type, "Relation Name": relation, "Index Name": index, "Index Cond": condition } = node;
    const here: string[] = [];
    if (type.endsWith("Seq Scan")) here.push(`reads all of ${relation ?? "a table"}`);
    if (/^(Index|Index Only|Bitmap Index) Scan$/.test(type) && condition === undefined && !limited) {
        here.push(`reads all of the index ${index ?? ""}`);
    }
    const below = limited || type === "Limit";
    return [...here, ...(node.Plans ?? []).flatMap((plan) => wholeReads(plan, below))];
}

const statements: readonly Statement[] = statementsOfTheApplication();

describe("the statements of the application", () => {
    it.each(statements.map((statement) => [statement.name, statement] as const))(
        "%s finds its rows by an index",
        async (_, { text }) => {
            const plan = await planOf(text);
            expect({ reads: wholeReads(plan), plan: wholeReads(plan).length > 0 ? plan : undefined }).toEqual({
                reads: [],
                plan: undefined,
            });
        },
    );

    it("have names that tell them apart, short enough for PostgreSQL", () => {
        const names = statements.map(({ name }) => name);
        expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
        expect(names.filter((name) => Buffer.byteLength(name) > 63)).toEqual([]);
    });
});

describe("a statement without an index", () => {
    it.each([
        ["SELECT id FROM orders WHERE email = $1", "reads all of orders"],
        ["SELECT count(*) FROM orders", "reads all of"],
        ["SELECT id FROM products WHERE description LIKE $1 LIMIT 10", "reads all of products"],
        ["UPDATE orders SET email = NULL WHERE request_hash = $1", "reads all of orders"],
    ])("is found out: %s", async (text, what) => {
        expect(wholeReads(await planOf(text)).join()).toContain(what);
    });
});
