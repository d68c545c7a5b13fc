import type { Meter } from "@opentelemetry/api";
import type { Database, Queryable } from "../database/database";
import type { Authorization, PaymentPort } from "../payments/payment-port";
import { type EffectContext, type Handlers, inTwoSteps } from "../queue/handler";
import type { MessageOf, NewMessage } from "../queue/messages";
import type { Outbox } from "../queue/outbox";
import {
    addPayment,
    lockOrder,
    lockStock,
    readOrder,
    readOrderLines,
    releaseStock,
    reserveStock,
    setOrderState,
    setPaymentState,
    takeStock,
} from "./statements";

/**
 * How far an order is.
 *
 * ```
 * placed → stock_reserved → payment_authorized → confirmed
 *    │            └────────────────┴─→ cancelling → cancelled
 *    └──────────────────────────────────────────────────┘
 * ```
 */
export type OrderState =
    | "placed"
    | "stock_reserved"
    | "payment_authorized"
    | "confirmed"
    /** It will not be fulfilled; what was done for it is still to be undone. */
    | "cancelling"
    | "cancelled";

export interface OrderSagaParts {
    readonly database: Database;
    readonly outbox: Outbox;
    readonly payments: PaymentPort;
    readonly metrics: Meter;
}

type PaymentState = "authorized" | "declined" | "captured" | "voided";

interface Order {
    readonly state: OrderState;
    /** An `int8`, which pg gives as text. */
    readonly total_cents: string | number;
    readonly currency: string;
}

interface OrderWithPayment extends Order {
    readonly payment_reference: string | null;
    readonly payment_state: PaymentState | null;
}

interface Line {
    readonly product_id: string;
    readonly quantity: number;
}

type OrderMessage = MessageOf<
    "order.placed" | "order.stock-reserved" | "order.payment-authorized" | "order.cancelling"
>;

/**
 * The way of an order from its acceptance to its end: a saga, since the payment provider takes no part in our transactions.
 *
 * Each step is a message. Its effect (the order's next state, the stock, the payment's record and the message of the next
 * step) is one transaction, so that a crash leaves the order between two steps and never within one; the message of the step
 * comes again and goes on from there. The provider is asked before the transaction, with a key that follows from the order:
 * asking again has no further effect. A step whose order is not in the state that it begins with does nothing.
 *
 * What cannot be fulfilled is undone by one step, whatever had been done: the payment is voided, the stock released, the
 * order cancelled, the customer told.
 *
 * ```
 * provider asked ── A ── transaction: order locked, payment, stock, state, next message ── B ── commit ── C ── message deleted
 * ```
 *
 * - Dies at A, or the provider's answer is lost: the money is reserved, taken or free again, and nobody here knows. The step
 *   comes again, asks with the same key, and gets the same answer. The provider must know its keys for longer than that may
 *   take: `ORDER_STALLED_SECONDS` after the last attempt, and while it is away.
 * - Dies at B: as at A. Nothing of the transaction has happened.
 * - Dies at C, or the commit's answer is lost: the message comes again, and its id or the order's state says that it was done.
 * - Every attempt fails, and the message becomes a dead letter: jobs/order-recovery.ts takes the order up again, also one that
 *   is being cancelled. Its stock stays reserved until the payment is known to be free: it is sold late, never twice.
 * - Two workers have the same step: one waits for the other's lock, and finds the order past it.
 */
export function orderHandlers(parts: OrderSagaParts): Handlers {
    const saga = new OrderSaga(parts);
    return {
        "order.placed": (message, context) => saga.reserveStock(message, context),
        "order.stock-reserved": inTwoSteps(
            (message) => saga.authorizePayment(message),
            (message, context, authorization) => saga.recordAuthorization(message, context, authorization),
        ),
        "order.payment-authorized": inTwoSteps(
            (message) => saga.capturePayment(message),
            (message, context, capture) => saga.confirm(message, context, capture),
        ),
        "order.cancelling": inTwoSteps(
            (message) => saga.voidPayment(message),
            (message, context, voided) => saga.cancel(message, context, voided),
        ),
    };
}

class OrderSaga {
    readonly #database: Database;
    readonly #outbox: Outbox;
    readonly #payments: PaymentPort;
    readonly #ended;

    constructor({ database, outbox, payments, metrics }: OrderSagaParts) {
        this.#database = database;
        this.#outbox = outbox;
        this.#payments = payments;
        this.#ended = metrics.createCounter("shop.orders.ended", {
            description: "Orders that came to an end, by how and why",
            unit: "{order}",
        });
    }

    async reserveStock(message: OrderMessage, context: EffectContext): Promise<void> {
        const { tx } = context;
        const { orderId } = message.payload;
        const order = await this.#lock(message, context);
        if (order.state !== "placed") {
            this.#skip(order, context);
            return;
        }

        const lines = await tx.query<Line>({ ...readOrderLines, values: [orderId] });
        const stock = await lockStockOf(tx, lines);
        if (lines.some(({ product_id: id, quantity }) => (stock.get(id) ?? 0) < quantity)) {
            await this.#end(message, context, "cancelled", "out of stock");
            return;
        }
        await tx.query({ ...reserveStock, values: columns(lines) });
        await this.#advance(message, tx, "stock_reserved", "order.stock-reserved");
    }

    /** @returns undefined where there is nothing to pay any more */
    async authorizePayment({ payload: { orderId } }: OrderMessage): Promise<Authorization | undefined> {
        const order = await this.#read(orderId);
        if (order.state !== "stock_reserved") return undefined;
        return this.#payments.authorize({
            orderId,
            amountCents: Number(order.total_cents),
            currency: order.currency,
            idempotencyKey: `${orderId}:authorize`,
        });
    }

    async recordAuthorization(
        message: OrderMessage,
        context: EffectContext,
        authorization: Authorization | undefined,
    ): Promise<void> {
        const { tx } = context;
        const order = await this.#lock(message, context);
        if (authorization === undefined) {
            this.#skip(order, context);
            return;
        }
        const { reference, state } = authorization;
        await tx.query({
            ...addPayment,
            values: [message.payload.orderId, reference, state, order.total_cents, order.currency],
        });
        if (order.state !== "stock_reserved") {
            this.#skip(order, context);
            // It came to nothing while the provider was asked: what was authorized is given back.
            const isOver = order.state === "cancelling" || order.state === "cancelled";
            if (isOver && state === "authorized") await this.#send(message, tx, "order.cancelling");
        } else if (state === "authorized") {
            await this.#advance(message, tx, "payment_authorized", "order.payment-authorized");
        } else {
            context.log.info("payment declined");
            await this.#advance(message, tx, "cancelling", "order.cancelling");
        }
    }

    /** @returns undefined where there is nothing to capture any more */
    async capturePayment({ payload: { orderId } }: OrderMessage): Promise<"captured" | "refused" | undefined> {
        const order = await this.#read(orderId);
        if (order.state !== "payment_authorized" || order.payment_reference === null) return undefined;
        const { state } = await this.#payments.capture(order.payment_reference, `${orderId}:capture`);
        return state;
    }

    async confirm(
        message: OrderMessage,
        context: EffectContext,
        capture: "captured" | "refused" | undefined,
    ): Promise<void> {
        const { tx } = context;
        const { orderId } = message.payload;
        const order = await this.#lock(message, context);
        if (capture === undefined || order.state !== "payment_authorized") {
            this.#skip(order, context);
            return;
        }
        if (capture === "refused") {
            context.log.info("capture refused");
            await this.#advance(message, tx, "cancelling", "order.cancelling");
            return;
        }
        const lines = await tx.query<Line>({ ...readOrderLines, values: [orderId] });
        await lockStockOf(tx, lines);
        await tx.query({ ...takeStock, values: columns(lines) });
        await tx.query({ ...setPaymentState, values: [orderId, "captured"] });
        await this.#end(message, context, "confirmed", "paid");
    }

    /** @returns whether there was a payment to void */
    async voidPayment({ payload: { orderId } }: OrderMessage): Promise<boolean> {
        const order = await this.#read(orderId);
        if (order.payment_state !== "authorized" || order.payment_reference === null) return false;
        if (order.state !== "cancelling" && order.state !== "cancelled") return false;
        await this.#payments.void(order.payment_reference, `${orderId}:void`);
        return true;
    }

    async cancel(message: OrderMessage, context: EffectContext, voided: boolean): Promise<void> {
        const { tx } = context;
        const { orderId } = message.payload;
        const order = await this.#lock(message, context);
        if (voided) await tx.query({ ...setPaymentState, values: [orderId, "voided"] });
        if (order.state !== "cancelling") {
            this.#skip(order, context);
            return;
        }
        const lines = await tx.query<Line>({ ...readOrderLines, values: [orderId] });
        await lockStockOf(tx, lines);
        await tx.query({ ...releaseStock, values: columns(lines) });
        await this.#end(message, context, "cancelled", "payment failed");
    }

    async #lock({ payload }: OrderMessage, { tx }: EffectContext): Promise<Order> {
        const [order] = await tx.query<Order>({ ...lockOrder, values: [payload.orderId] });
        if (order === undefined) throw new Error("there is no such order");
        return order;
    }

    async #read(orderId: string): Promise<OrderWithPayment> {
        const [order] = await this.#database.read(
            (q) => q.query<OrderWithPayment>({ ...readOrder, values: [orderId] }),
            { consistency: "writer" },
        );
        if (order === undefined) throw new Error("there is no such order");
        return order;
    }

    async #advance(message: OrderMessage, tx: Queryable, state: OrderState, next: OrderMessage["type"]): Promise<void> {
        await tx.query({ ...setOrderState, values: [message.payload.orderId, state] });
        await this.#send(message, tx, next);
    }

    async #send({ correlationId, payload }: OrderMessage, tx: Queryable, type: OrderMessage["type"]): Promise<void> {
        await this.#outbox.add(tx, { type, correlationId, payload } satisfies NewMessage);
    }

    async #end(
        { correlationId, payload: { orderId } }: OrderMessage,
        { tx, log, afterCommit }: EffectContext,
        state: "confirmed" | "cancelled",
        reason: string,
    ): Promise<void> {
        await tx.query({ ...setOrderState, values: [orderId, state] });
        await this.#outbox.add(tx, {
            type: "mail.requested",
            correlationId,
            payload: { orderId, template: `order-${state}` },
        });
        afterCommit(() => {
            this.#ended.add(1, { state, reason });
            log.info({ orderId, state, reason }, "order ended");
            return Promise.resolve();
        });
    }

    #skip({ state }: Order, { log }: EffectContext): void {
        log.info({ state }, "the order is past this step");
    }
}

/** Locks the stock of an order's products, always in the same order. */
async function lockStockOf(tx: Queryable, lines: readonly Line[]): Promise<ReadonlyMap<string, number>> {
    const rows = await tx.query<{ product_id: string; available: number }>({
        ...lockStock,
        values: [lines.map(({ product_id: id }) => id)],
    });
    return new Map(rows.map(({ product_id: id, available }) => [id, available]));
}

function columns(lines: readonly Line[]): [ids: string[], quantities: number[]] {
    return [lines.map(({ product_id: id }) => id), lines.map(({ quantity }) => quantity)];
}
