import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isPaymentRefused, isScarce, type SeededProduct } from "../seed";
import type { Twin } from "../twin";
import { waitingInOutbox } from "./faults";
import type { OrderRecord } from "./traffic";

const LOOK_MS = 250;

/** A period in which sessions may have been lost. */
export interface Period {
    readonly from: number;
    readonly to: number;
}

/**
 * Waits until every message is done. Dead letters are sent back, as an operator would: a fault of some length makes some.
 *
 * @returns what is left when the time is over; empty where everything is done
 */
export async function drain(twin: Twin, timeoutMs: number): Promise<string[]> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
        const [{ waiting, inFlight, deadLetters }, unsent, open, pending] = await Promise.all([
            twin.counter.depth(),
            waitingInOutbox(twin),
            count(twin, "FROM orders WHERE state NOT IN ('confirmed', 'cancelled')"),
            count(twin, "FROM products WHERE image_state = 'pending'"),
        ]);
        if (waiting + inFlight + deadLetters + unsent + open + pending === 0) return [];
        if (performance.now() > deadline) {
            return [
                `not everything was done: ${waiting} messages wait, ${inFlight} are in hand, ${deadLetters} are dead letters, ` +
                    `${unsent} were not sent, ${open} orders are not at their end, ${pending} images are not looked at`,
            ];
        }
        if (deadLetters > 0) await twin.runRole("redrive", { REDRIVE_DRY_RUN: "off" });
        await sleep(LOOK_MS);
    }
}

/** What must be true at the end, whatever was broken; answers with what is not. */
export async function findViolations(
    twin: Twin,
    { orders, images }: { readonly orders: readonly OrderRecord[]; readonly images: ReadonlySet<string> },
): Promise<string[]> {
    const violations: string[] = [];
    const mails = readdirSync(twin.mailFolder).filter((file) => file.endsWith(".eml"));
    await twin.withDatabase(async (client) => {
        const rows = async <R extends object>(text: string, values: unknown[] = []) =>
            (await client.query<R>(text, values)).rows;

        const stored = await rows<{ id: string; idempotency_key: string; customer_id: string; state: string }>(
            "SELECT id, idempotency_key, customer_id, state FROM orders",
        );
        violations.push(...judgeOrders(orders, stored));
        const lines = await rows<{ order_id: string; product_id: string; quantity: number }>(
            "SELECT order_id, product_id, quantity FROM order_lines",
        );
        violations.push(...judgeContents(orders, lines));
        violations.push(...judgeShare(orders));

        violations.push(...judgeEnds(stored, lines, twin.products));

        const stock = await rows<StockRow>(
            `SELECT s.product_id, s.available, s.reserved, coalesce(sum(l.quantity), 0)::int AS sold
             FROM stock s LEFT JOIN (order_lines l JOIN orders o ON o.id = l.order_id AND o.state = 'confirmed')
                ON l.product_id = s.product_id
             GROUP BY s.product_id`,
        );
        violations.push(...judgeStock(stock, twin.products));

        const payments = await rows<PaymentRow>(
            `SELECT o.id, o.state, o.total_cents::int AS total, p.state AS payment, p.amount_cents::int AS amount
             FROM orders o LEFT JOIN payments p ON p.order_id = o.id`,
        );
        violations.push(...judgePayments(payments));

        // A message without a mark was not done, or was done by what does not look whether it was.
        const unmarked = await rows<{ id: string; type: string }>(
            "SELECT id, type FROM outbox WHERE NOT EXISTS (SELECT FROM inbox WHERE message_id = outbox.id)",
        );
        for (const { id, type } of unmarked) violations.push(`message ${id} (${type}) is not marked as done`);

        const shown = await rows<{ id: string; image_state: string }>(
            "SELECT id, image_state FROM products WHERE id = ANY ($1) AND (image_state <> 'shown' OR image_key IS NULL)",
            [[...images]],
        );
        for (const { id, image_state } of shown)
            violations.push(
                `the image of product ${id} is acknowledged, and ${image_state === "shown" ? "has no file" : image_state}`,
            );

        const sent = await rows<{ message_id: string }>("SELECT message_id FROM mails");
        const wanted = await rows<{ id: string }>("SELECT id FROM outbox WHERE type = 'mail.requested'");
        violations.push(
            ...judgeMails(
                mails,
                sent.map(({ message_id }) => message_id),
                stored.length,
            ),
        );
        const asked = new Set(wanted.map(({ id }) => id));
        for (const file of mails) {
            const id = file.replace(/\.eml$/, "");
            if (asked.size > 0 && !asked.has(id)) violations.push(`mail ${id} was sent, but nobody asked for it`);
        }
    });
    return violations;
}

/** Every acknowledged order is there exactly once and at its end, and no order is there twice. */
export function judgeOrders(
    orders: readonly OrderRecord[],
    stored: readonly { id: string; idempotency_key: string; customer_id: string; state: string }[],
): string[] {
    const violations: string[] = [];
    const byKey = new Map<string, { id: string; customer: string }[]>();
    for (const { id, idempotency_key: key, customer_id: customer } of stored) {
        byKey.set(key, [...(byKey.get(key) ?? []), { id, customer }]);
    }
    const keys = new Set(orders.map(({ key }) => key));
    for (const { key, customerId, orderId, otherIds } of orders) {
        const rows = byKey.get(key) ?? [];
        if (otherIds.length > 0) {
            violations.push(`order ${key} was acknowledged as ${[orderId, ...otherIds].join(" and ")}`);
        }
        if (rows.length > 1) violations.push(`order ${key} is there ${rows.length} times`);
        if (orderId === undefined) continue;
        const [row] = rows;
        if (row === undefined) violations.push(`order ${key} was acknowledged as ${orderId} and is not there`);
        else if (row.customer !== customerId)
            violations.push(`order ${key} of ${customerId} is there as one of ${row.customer}`);
        else if (row.id !== orderId) violations.push(`order ${key} was acknowledged as ${orderId}, not as ${row.id}`);
    }
    for (const { id, idempotency_key, state } of stored) {
        if (!keys.has(idempotency_key)) violations.push(`order ${id} is there, but nobody ordered it`);
        if (state !== "confirmed" && state !== "cancelled") violations.push(`order ${id} is still ${state}`);
    }
    return violations;
}

/** What was acknowledged is what was ordered. */
export function judgeContents(
    orders: readonly OrderRecord[],
    lines: readonly { order_id: string; product_id: string; quantity: number }[],
): string[] {
    const stored = new Map<string, string[]>();
    for (const { order_id, product_id, quantity } of lines) {
        stored.set(order_id, [...(stored.get(order_id) ?? []), `${quantity} of ${product_id}`]);
    }
    return orders.flatMap(({ key, orderId, items }) => {
        if (orderId === undefined) return [];
        const wanted = describeLines(items.map(({ productId, quantity }) => `${quantity} of ${productId}`));
        const got = describeLines(stored.get(orderId) ?? []);
        return wanted === got ? [] : [`order ${key} holds ${got}, but ${wanted} was ordered`];
    });
}

function describeLines(lines: readonly string[]): string {
    return lines.length === 0 ? "nothing" : [...lines].sort().join(" and ");
}

/**
 * An order is cancelled for a reason only: its payment was refused, or there was not enough of a product. Where the payment
 * is refused it must be.
 */
export function judgeEnds(
    stored: readonly { id: string; state: string }[],
    lines: readonly { order_id: string; product_id: string; quantity: number }[],
    products: readonly SeededProduct[],
): string[] {
    const byId = new Map(products.map((product) => [product.id, product]));
    const totals = new Map<string, { cents: number; scarce: boolean }>();
    for (const { order_id, product_id, quantity } of lines) {
        const product = byId.get(product_id);
        if (product === undefined) continue;
        const { cents, scarce } = totals.get(order_id) ?? { cents: 0, scarce: false };
        totals.set(order_id, {
            cents: cents + quantity * product.priceCents,
            scarce: scarce || isScarce(product),
        });
    }
    return stored.flatMap(({ id, state }) => {
        const total = totals.get(id);
        if (total === undefined) return [];
        if (isPaymentRefused(total.cents)) {
            return state === "confirmed" ? [`order ${id} is confirmed, though its payment is refused`] : [];
        }
        if (state !== "cancelled" || total.scarce) return [];
        return [`order ${id} is cancelled, though it could be paid and there was enough of everything`];
    });
}

/** What the database holds of a product, and what confirmed orders have of it. */
export interface StockRow {
    readonly product_id: string;
    readonly available: number;
    readonly reserved: number;
    readonly sold: number;
}

/** What is gone was sold, nothing was sold that was not there, and nothing waits for an order that is at its end. */
export function judgeStock(rows: readonly StockRow[], products: readonly SeededProduct[]): string[] {
    const first = new Map(products.map(({ id, stock }) => [id, stock]));
    return rows.flatMap(({ product_id: id, available, reserved, sold }) => {
        const stock = first.get(id);
        if (stock === undefined) return [`stock of ${id}: nobody sells this product`];
        const gone = stock - available;
        return [
            ...(gone === sold && reserved === 0
                ? []
                : [`stock of ${id}: ${gone} are gone and ${reserved} reserved, but ${sold} were sold`]),
            ...(sold > stock ? [`stock of ${id}: ${sold} were sold, and there were ${stock}`] : []),
        ];
    });
}

/** An order and its payment, where it has one. */
export interface PaymentRow {
    readonly id: string;
    readonly state: string;
    readonly total: number;
    readonly payment: string | null;
    readonly amount: number | null;
}

/** A confirmed order is paid, with what it costs; no other order holds money. */
export function judgePayments(rows: readonly PaymentRow[]): string[] {
    return rows.flatMap(({ id, state, total, payment, amount }) => {
        const paid = payment === "captured";
        const holdsMoney = paid || payment === "authorized";
        if (state === "confirmed" ? !paid : holdsMoney) {
            return [`order ${id} is ${state}, but its payment is ${payment ?? "missing"}`];
        }
        if (amount === null || amount === total) return [];
        return [`order ${id} costs ${total} cents, and its payment is of ${amount}`];
    });
}

/** Where next to nothing was acknowledged, next to nothing could be lost: then the other rules say little. */
export function judgeShare(orders: readonly OrderRecord[]): string[] {
    const acknowledged = orders.filter(({ orderId }) => orderId !== undefined).length;
    if (orders.length === 0 || acknowledged >= orders.length / 2) return [];
    return [`only ${acknowledged} of ${orders.length} orders were acknowledged, though each was tried again`];
}

/** One mail for each order at its end, each written once and noted as sent. */
export function judgeMails(files: readonly string[], sent: readonly string[], orders: number): string[] {
    const violations: string[] = [];
    const written = new Set(files.map((file) => file.replace(/\.eml$/, "")));
    for (const id of sent) if (!written.has(id)) violations.push(`mail ${id} is noted as sent and was not sent`);
    const noted = new Set(sent);
    for (const id of written) if (!noted.has(id)) violations.push(`mail ${id} was sent and is not noted`);
    if (written.size !== orders) violations.push(`${written.size} mails were sent for ${orders} orders`);
    return violations;
}

/** A session may be lost only if it was there when a cache died. */
export function judgeSessions(
    lost: readonly { readonly customerId: string; readonly signedInAt: number; readonly noticedAt: number }[],
    cacheDeaths: readonly Period[],
): string[] {
    return lost
        .filter(
            ({ signedInAt, noticedAt }) => !cacheDeaths.some(({ from, to }) => signedInAt <= to && noticedAt >= from),
        )
        .map(({ customerId }) => `the session of ${customerId} was lost, though no cache died`);
}

export async function count(twin: Twin, rows: string): Promise<number> {
    return twin.withDatabase(async (client) => {
        return (await client.query<{ count: number }>(`SELECT count(*)::int AS count ${rows}`)).rows[0]?.count ?? 0;
    });
}
