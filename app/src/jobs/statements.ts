import type { Statement } from "../database/database";

/** Every statement of the jobs. */

/** Locks the order: its steps happen one after the other, whoever does them. */
export const lockOrder: Statement = {
    name: "job-lock-order",
    text: `SELECT state, total_cents, currency FROM orders WHERE id = $1 FOR UPDATE`,
};

export const readOrder: Statement = {
    name: "job-read-order",
    text: `SELECT o.state, o.total_cents, o.currency, p.reference AS payment_reference, p.state AS payment_state
           FROM orders o LEFT JOIN payments p ON p.order_id = o.id
           WHERE o.id = $1`,
};

export const setOrderState: Statement = {
    name: "job-set-order-state",
    text: `UPDATE orders SET state = $2, updated_at = now() WHERE id = $1`,
};

/** By product: the order in which stock is locked, so that two orders never wait for each other. */
export const readOrderLines: Statement = {
    name: "job-read-order-lines",
    text: `SELECT product_id, sum(quantity)::int AS quantity FROM order_lines
           WHERE order_id = $1 GROUP BY product_id ORDER BY product_id`,
};

export const lockStock: Statement = {
    name: "job-lock-stock",
    text: `SELECT product_id, available FROM stock WHERE product_id = ANY($1::uuid[]) ORDER BY product_id FOR UPDATE`,
};

export const reserveStock: Statement = {
    name: "job-reserve-stock",
    text: `UPDATE stock SET available = available - wanted.quantity, reserved = reserved + wanted.quantity
           FROM unnest($1::uuid[], $2::int[]) AS wanted (product_id, quantity)
           WHERE stock.product_id = wanted.product_id`,
};

export const releaseStock: Statement = {
    name: "job-release-stock",
    text: `UPDATE stock SET available = available + wanted.quantity, reserved = reserved - wanted.quantity
           FROM unnest($1::uuid[], $2::int[]) AS wanted (product_id, quantity)
           WHERE stock.product_id = wanted.product_id`,
};

/** What was reserved has been sold. */
export const takeStock: Statement = {
    name: "job-take-stock",
    text: `UPDATE stock SET reserved = reserved - wanted.quantity
           FROM unnest($1::uuid[], $2::int[]) AS wanted (product_id, quantity)
           WHERE stock.product_id = wanted.product_id`,
};

/**
 * An authorization is never forgotten, even if the provider had declined before: it is money of the customer that is not
 * free. Nothing else replaces what is recorded.
 */
export const addPayment: Statement = {
    name: "job-add-payment",
    text: `INSERT INTO payments (order_id, reference, state, amount_cents, currency)
           VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (order_id) DO UPDATE
           SET reference = excluded.reference, state = excluded.state, updated_at = now()
           WHERE payments.state = 'declined' AND excluded.state = 'authorized'`,
};

export const setPaymentState: Statement = {
    name: "job-set-payment-state",
    text: `UPDATE payments SET state = $2, updated_at = now() WHERE order_id = $1`,
};

/** Only while the upload is the latest: an older one that took longer must not win. */
export const showImage: Statement = {
    name: "job-show-image",
    text: `UPDATE products
           SET image_key = $3, image_state = 'shown', upload_key = NULL, version = version + 1, updated_at = now()
           WHERE id = $1 AND upload_key = $2
           RETURNING id`,
};

export const refuseImage: Statement = {
    name: "job-refuse-image",
    text: `UPDATE products
           SET image_state = 'refused', upload_key = NULL, version = version + 1, updated_at = now()
           WHERE id = $1 AND upload_key = $2
           RETURNING id`,
};

export const readMailFacts: Statement = {
    name: "job-read-mail-facts",
    text: `SELECT email, total_cents, currency FROM orders WHERE id = $1`,
};

/** No row: another worker has the mail in hand, since less than `$2` seconds. */
export const claimMail: Statement = {
    name: "job-claim-mail",
    text: `INSERT INTO mails (message_id) VALUES ($1)
           ON CONFLICT (message_id) DO UPDATE SET sent_at = now()
           WHERE mails.sent_at < now() - make_interval(secs => $2)
           RETURNING 1 AS claimed`,
};

export const giveMailBack: Statement = {
    name: "job-give-mail-back",
    text: `DELETE FROM mails WHERE message_id = $1`,
};

export const markMailAsSent: Statement = {
    name: "job-mark-mail-as-sent",
    text: `INSERT INTO mails (message_id) VALUES ($1) ON CONFLICT (message_id) DO UPDATE SET sent_at = now()`,
};

/** In portions, as the outbox' statements say. */
export const forgetMails: Statement = {
    name: "job-forget-mails",
    text: `DELETE FROM mails
           WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM mails WHERE sent_at < now() - make_interval(secs => $1)
               ORDER BY sent_at LIMIT 1000 FOR UPDATE SKIP LOCKED))
           RETURNING 1 AS forgotten`,
};

/**
 * A portion of the orders that wait for a step, for this process alone; they count as touched from now on. Not those whose
 * message still waits in the outbox, as while the queue is away: it would get another one every time. Only the first of the
 * outbox are looked through; one message too many does no harm.
 */
export const takeStalledOrders: Statement = {
    name: "job-take-stalled-orders",
    text: `UPDATE orders SET updated_at = now()
           WHERE id IN (
               SELECT id FROM orders
               WHERE state IN ('placed', 'stock_reserved', 'payment_authorized', 'cancelling')
                 AND updated_at < now() - make_interval(secs => $1)
                 AND NOT EXISTS (
                     SELECT 1
                     FROM (SELECT payload->>'orderId' AS order_id FROM outbox WHERE sent_at IS NULL
                           ORDER BY created_at, id LIMIT 10000) AS waiting
                     WHERE waiting.order_id = orders.id::text)
               ORDER BY updated_at LIMIT 100 FOR UPDATE SKIP LOCKED)
           RETURNING id, state`,
};
