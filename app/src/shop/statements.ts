import type { Statement } from "../database/database";

/** Every statement of the shop's web side. */

export const readProduct: Statement = {
    name: "shop-read-product",
    text: `SELECT id, sku, name, description, price_cents, currency, image_key, image_state, version, updated_at
           FROM products WHERE id = $1`,
};

/** The catalogue by name. */
export const listProducts: Statement = {
    name: "shop-list-products",
    text: `SELECT id, sku, name, description, price_cents, currency, image_key, image_state, version, updated_at
           FROM products ORDER BY name, id LIMIT $1`,
};

/** A page is found by the product that the one before ended with: the thousandth costs as much as the first. */
export const listProductsAfter: Statement = {
    name: "shop-list-products-after",
    text: `SELECT id, sku, name, description, price_cents, currency, image_key, image_state, version, updated_at
           FROM products WHERE (name, id) > (SELECT name, id FROM products WHERE id = $2)
           ORDER BY name, id LIMIT $1`,
};

/** What was ordered together with a product, most often first, among the orders that came last. */
export const readBoughtTogether: Statement = {
    name: "shop-read-bought-together",
    text: `SELECT other.product_id
           FROM (SELECT order_id FROM order_lines WHERE product_id = $1 ORDER BY created_at DESC LIMIT 200) AS bought
           JOIN order_lines other ON other.order_id = bought.order_id AND other.product_id <> $1
           GROUP BY other.product_id
           ORDER BY count(*) DESC, other.product_id
           LIMIT $2`,
};

export const readPrices: Statement = {
    name: "shop-read-prices",
    text: `SELECT id, price_cents, currency FROM products WHERE id = ANY($1::uuid[])`,
};

export const addProduct: Statement = {
    name: "shop-add-product",
    text: `INSERT INTO products (id, sku, name, description, price_cents, currency)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (sku) DO NOTHING
           RETURNING id, sku, name, description, price_cents, currency, image_key, image_state, version, updated_at`,
};

export const addStock: Statement = {
    name: "shop-add-stock",
    text: `INSERT INTO stock (product_id, available) VALUES ($1, $2)`,
};

/** Nothing where the product has changed since the client read it. */
export const changeProduct: Statement = {
    name: "shop-change-product",
    text: `UPDATE products
           SET name = coalesce($3, name), description = coalesce($4, description),
               price_cents = coalesce($5, price_cents), version = version + 1, updated_at = now()
           WHERE id = $1 AND version = $2
           RETURNING id, sku, name, description, price_cents, currency, image_key, image_state, version, updated_at`,
};

/** The latest upload of a product is the one that counts. */
export const expectImage: Statement = {
    name: "shop-expect-image",
    text: `UPDATE products
           SET upload_key = $2, image_state = 'pending', version = version + 1, updated_at = now()
           WHERE id = $1
           RETURNING id`,
};

/** No row where the key was used before. A second request at the same time waits here until the first has ended. */
export const addOrder: Statement = {
    name: "shop-add-order",
    text: `INSERT INTO orders (id, customer_id, email, state, total_cents, currency, idempotency_key, request_hash)
           VALUES ($1, $2, $3, 'placed', $4, $5, $6, $7)
           ON CONFLICT (customer_id, idempotency_key) DO NOTHING
           RETURNING id, created_at`,
};

export const addOrderLines: Statement = {
    name: "shop-add-order-lines",
    text: `INSERT INTO order_lines (order_id, product_id, quantity, unit_price_cents)
           SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::int[])`,
};

export const readOrderByKey: Statement = {
    name: "shop-read-order-by-key",
    text: `SELECT id, request_hash FROM orders WHERE customer_id = $1 AND idempotency_key = $2`,
};

export const readOrder: Statement = {
    name: "shop-read-order",
    text: `SELECT id, state, total_cents, currency, created_at FROM orders WHERE id = $1 AND customer_id = $2`,
};

export const readOrderLines: Statement = {
    name: "shop-read-order-lines",
    text: `SELECT product_id, quantity, unit_price_cents FROM order_lines WHERE order_id = $1 ORDER BY product_id`,
};

/** The latest first. */
export const listOrders: Statement = {
    name: "shop-list-orders",
    text: `SELECT id, state, total_cents, currency, created_at FROM orders
           WHERE customer_id = $1
           ORDER BY created_at DESC, id DESC LIMIT $2`,
};

/** Those before the order that the page before ended with. */
export const listOrdersBefore: Statement = {
    name: "shop-list-orders-before",
    text: `SELECT id, state, total_cents, currency, created_at FROM orders
           WHERE customer_id = $1
             AND (created_at, id) < (SELECT created_at, id FROM orders WHERE id = $3 AND customer_id = $1)
           ORDER BY created_at DESC, id DESC LIMIT $2`,
};
