import { randomUUID } from "node:crypto";
import { readBoughtTogether } from "../../../app/src/shop/statements";
import { type ShopDatabase, START_TIMEOUT_MS, startDatabase } from "../support/backing-servers";

let shop: ShopDatabase;

beforeAll(async () => {
    shop = await startDatabase();
}, START_TIMEOUT_MS);

afterAll(() => shop.stop());

async function addProduct(): Promise<string> {
    const id = randomUUID();
    const text = "INSERT INTO products (id, sku, name, price_cents, currency) VALUES ($1, $2, 'A thing', 100, 'EUR')";
    await shop.sql(text, [id, id]);
    return id;
}

/** Orders of both products. Their ids, which are random, begin with a digit, so that they sort otherwise than their times. */
async function orderTogether(products: readonly [string, string], count: number, digit: string): Promise<void> {
    await shop.sql(
        `WITH added AS (
             INSERT INTO orders (id, customer_id, total_cents, currency, idempotency_key, request_hash)
             SELECT overlay(gen_random_uuid()::text PLACING $3 FROM 1)::uuid, 'c', 200, 'EUR', gen_random_uuid()::text, ''
             FROM generate_series(1, $4::int) RETURNING id)
         INSERT INTO order_lines (order_id, product_id, quantity, unit_price_cents)
         SELECT added.id, product, 1, 100 FROM added, unnest(ARRAY[$1, $2]::uuid[]) AS product`,
        [...products, digit, count],
    );
}

test("what was bought together lately is recommended, whatever was bought together long ago", async () => {
    const [product, before, lately] = [await addProduct(), await addProduct(), await addProduct()];
    await orderTogether([product, before], 300, "f");
    await orderTogether([product, lately], 200, "0");
    const found = await shop.database.read(
        (q) => q.query<{ product_id: string }>({ ...readBoughtTogether, values: [product, 4] }),
        { consistency: "writer" },
    );
    expect(found).toEqual([{ product_id: lately }]);
});
