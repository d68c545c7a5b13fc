import { createHash, randomUUID } from "node:crypto";
import { z } from "zod";
import type { Database, Lsn, Queryable } from "../database/database";
import type { Flags } from "../flags/flags";
import type { Outbox } from "../queue/outbox";
import type { BusinessMetrics } from "../telemetry/business";
import { Refusal } from "./refusal";
import {
    addOrder,
    addOrderLines,
    listOrders,
    listOrdersBefore,
    readOrder,
    readOrderByKey,
    readOrderLines,
    readPrices,
} from "./statements";

/** How far an order is; see jobs/order-saga.ts, which moves it. */
export const ORDER_STATES = [
    "placed",
    "stock_reserved",
    "payment_authorized",
    "confirmed",
    "cancelling",
    "cancelled",
] as const;

export const OrderSummary = z
    .object({
        id: z.uuid(),
        state: z.enum(ORDER_STATES),
        totalCents: z.int(),
        currency: z.string(),
        createdAt: z.iso.datetime(),
    })
    .describe("An order");
z.globalRegistry.add(OrderSummary, { id: "OrderSummary" });

export const Order = OrderSummary.extend({
    items: z.array(z.object({ productId: z.uuid(), quantity: z.int(), priceCents: z.int() })),
}).describe("An order and what was ordered");
z.globalRegistry.add(Order, { id: "Order" });
export type Order = z.output<typeof Order>;

export const OrderPage = z.object({ items: z.array(OrderSummary), next: z.uuid().nullable() });
export type OrderPage = z.output<typeof OrderPage>;

/** Who orders. */
export interface Customer {
    readonly id: string;
    /** Where the confirmation goes; without it there is none. */
    readonly email?: string | undefined;
}

export interface NewOrder {
    readonly items: readonly { readonly productId: string; readonly quantity: number }[];
}

export interface OrdersParts {
    readonly database: Database;
    readonly outbox: Outbox;
    readonly flags: Flags;
    readonly metrics: BusinessMetrics;
}

interface SummaryRow {
    readonly id: string;
    readonly state: Order["state"];
    readonly total_cents: string | number;
    readonly currency: string;
    readonly created_at: Date;
}

interface LineRow {
    readonly product_id: string;
    readonly quantity: number;
    readonly unit_price_cents: number;
}

/** The most that an order may be worth: a typing error in a price list must not become a payment. */
const LARGEST_TOTAL_CENTS = 100_000_000;

/** The customers' orders. */
export class Orders {
    constructor(private readonly parts: OrdersParts) {}

    /**
     * Accepts an order: the order, its lines and the message that sets it on its way are one transaction. With the same key
     * it is accepted once, however often and from wherever it is asked for.
     *
     * Where the process dies before the commit, there is no order; after it, there is one with its message, and a client that
     * got no answer asks again with the same key and gets it. Where the commit's answer is lost nothing is tried again here:
     * the client's next request finds out.
     *
     * @throws Refusal where the key was used for something else, where a product does not exist, where checkout is off
     */
    async place(
        customer: Customer,
        { idempotencyKey, correlationId }: { idempotencyKey: string; correlationId: string },
        order: NewOrder,
    ): Promise<{ order: Order; isNew: boolean; lsn: Lsn }> {
        const hash = hashOf(order);
        const open = await this.parts.flags.isEnabled("checkout");
        const { value, lsn } = await this.parts.database.write(async (tx) => {
            const earlier = await findEarlier(tx, customer.id, idempotencyKey, hash);
            if (earlier) return { order: earlier, isNew: false };
            if (!open) throw new Refusal("switched off", "Orders are not taken at the moment.");
            const lines = await priceLines(tx, order);
            const id = randomUUID();
            const { totalCents, currency } = sum(lines);
            const [added] = await tx.query<{ id: string }>({
                ...addOrder,
                values: [id, customer.id, customer.email ?? null, totalCents, currency, idempotencyKey, hash],
            });
            if (added === undefined) {
                // A request with the same key was running, and has been answered while this one waited for it.
                const other = await findEarlier(tx, customer.id, idempotencyKey, hash);
                if (other) return { order: other, isNew: false };
                throw new Refusal("conflict", "A request with the same Idempotency-Key failed just now. Try again.");
            }
            const columns = [
                lines.map((line) => line.productId),
                lines.map((line) => line.quantity),
                lines.map((line) => line.priceCents),
            ];
            await tx.query({ ...addOrderLines, values: [id, ...columns] });
            await this.parts.outbox.add(tx, { type: "order.placed", correlationId, payload: { orderId: id } });
            return { order: await loadOrder(tx, id, customer.id), isNew: true };
        });
        if (value.order === undefined) throw new Error("an order that was just written is not there");
        if (value.isNew) this.parts.metrics.orderPlaced(value.order.currency, value.order.totalCents);
        return { order: value.order, isNew: value.isNew, lsn };
    }

    /** @param after the position of the customer's last write */
    async get(customerId: string, orderId: string, after: Lsn | undefined): Promise<Order> {
        const order = await this.parts.database.read((q) => loadOrder(q, orderId, customerId), readOptions(after));
        if (order === undefined) throw new Refusal("not found", "There is no such order.");
        return order;
    }

    /**
     * The latest first.
     *
     * @param cursor the order that the page before ended with
     */
    async list(
        customerId: string,
        cursor: string | undefined,
        limit: number,
        after: Lsn | undefined,
    ): Promise<OrderPage> {
        // One more than asked for tells whether there is another page.
        const statement =
            cursor === undefined
                ? { ...listOrders, values: [customerId, limit + 1] }
                : { ...listOrdersBefore, values: [customerId, limit + 1, cursor] };
        const rows = await this.parts.database.read((q) => q.query<SummaryRow>(statement), readOptions(after));
        const items = rows.slice(0, limit).map(toSummary);
        return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    }
}

function readOptions(after: Lsn | undefined): { after?: Lsn } {
    return after === undefined ? {} : { after };
}

/** What was asked for, whatever the order of the lines and the white space. */
function hashOf({ items }: NewOrder): string {
    const lines = items.map(({ productId, quantity }) => `${productId.toLowerCase()}:${quantity}`).sort();
    return createHash("sha256").update(lines.join(",")).digest("hex");
}

async function findEarlier(tx: Queryable, customerId: string, key: string, hash: string): Promise<Order | undefined> {
    const statement = { ...readOrderByKey, values: [customerId, key] };
    const [earlier] = await tx.query<{ id: string; request_hash: string }>(statement);
    if (earlier === undefined) return undefined;
    if (earlier.request_hash !== hash) {
        throw new Refusal("conflict", "The Idempotency-Key was used for another order. Take a new one.");
    }
    return loadOrder(tx, earlier.id, customerId);
}

type PricedLine = Order["items"][number] & { readonly currency: string };

async function priceLines(tx: Queryable, { items }: NewOrder): Promise<PricedLine[]> {
    const quantities = new Map<string, number>();
    for (const { productId, quantity } of items) {
        const id = productId.toLowerCase();
        quantities.set(id, (quantities.get(id) ?? 0) + quantity);
    }
    const statement = { ...readPrices, values: [[...quantities.keys()]] };
    const rows = await tx.query<{ id: string; price_cents: number; currency: string }>(statement);
    const missing = [...quantities.keys()].filter((id) => !rows.some((row) => row.id === id));
    if (missing.length > 0) throw new Refusal("invalid", `There is no such product: ${missing.join(", ")}.`);
    return rows.map((row) => ({
        productId: row.id,
        quantity: quantities.get(row.id) ?? 0,
        priceCents: row.price_cents,
        currency: row.currency,
    }));
}

function sum(lines: readonly PricedLine[]): { totalCents: number; currency: string } {
    const [currency = "", ...others] = new Set(lines.map((line) => line.currency));
    if (others.length > 0) throw new Refusal("invalid", "An order can hold products of one currency only.");
    const totalCents = lines.reduce((total, { quantity, priceCents }) => total + quantity * priceCents, 0);
    if (totalCents > LARGEST_TOTAL_CENTS) {
        throw new Refusal("invalid", `An order may be worth ${LARGEST_TOTAL_CENTS} cents at most.`);
    }
    return { totalCents, currency };
}

async function loadOrder(q: Queryable, id: string, customerId: string): Promise<Order | undefined> {
    const [row] = await q.query<SummaryRow>({ ...readOrder, values: [id, customerId] });
    if (row === undefined) return undefined;
    const lines = await q.query<LineRow>({ ...readOrderLines, values: [id] });
    return {
        ...toSummary(row),
        items: lines.map((line) => ({
            productId: line.product_id,
            quantity: line.quantity,
            priceCents: line.unit_price_cents,
        })),
    };
}

function toSummary(row: SummaryRow): z.output<typeof OrderSummary> {
    return {
        id: row.id,
        state: row.state,
        totalCents: Number(row.total_cents),
        currency: row.currency,
        createdAt: row.created_at.toISOString(),
    };
}
