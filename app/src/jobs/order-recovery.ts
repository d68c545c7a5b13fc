import type { Meter } from "@opentelemetry/api";
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";
import type { Database } from "../database/database";
import type { MessageType } from "../queue/messages";
import type { Outbox } from "../queue/outbox";
import type { OrderState } from "./order-saga";
import { takeStalledOrders } from "./statements";

export interface OrderRecoverySettings {
    /** An order without a step for this long is taken up again. */
    readonly stalledSeconds: number;
}

export interface OrderRecoveryParts {
    readonly database: Database;
    readonly outbox: Outbox;
    readonly log: Logger;
    readonly metrics: Meter;
}

/** The step that an order in a state is waiting for; final states have none. */
const NEXT_STEP: Readonly<Partial<Record<OrderState, Extract<MessageType, `order.${string}`>>>> = {
    placed: "order.placed",
    stock_reserved: "order.stock-reserved",
    payment_authorized: "order.payment-authorized",
    cancelling: "order.cancelling",
};

/**
 * Takes up orders whose message has become a dead letter, as after an outage of the payment provider that outlasted every
 * attempt: each gets a new message for the step that it is waiting for. The dead letter may be moved back as well: a step
 * that was done does nothing.
 *
 * @returns how many
 */
export async function recoverOrders(
    { stalledSeconds }: OrderRecoverySettings,
    { database, outbox, log }: Pick<OrderRecoveryParts, "database" | "outbox" | "log">,
): Promise<number> {
    const { value } = await database.write(async (tx) => {
        const orders = await tx.query<{ id: string; state: OrderState }>({
            ...takeStalledOrders,
            values: [stalledSeconds],
        });
        for (const { id: orderId, state } of orders) {
            const type = NEXT_STEP[state];
            if (type === undefined) continue;
            const correlationId = `recovery:${randomUUID()}`;
            await outbox.add(tx, { type, correlationId, payload: { orderId } });
        }
        return orders;
    });
    for (const { id: orderId, state } of value) log.warn({ orderId, state }, "a stalled order is taken up again");
    return value.length;
}

/** Looks for stalled orders again and again; several processes may. Answers how to stop it. */
export function startOrderRecovery(settings: OrderRecoverySettings, parts: OrderRecoveryParts): () => Promise<void> {
    const recovered = parts.metrics.createCounter("shop.orders.recovered", {
        description: "Orders that were taken up again",
        unit: "{order}",
    });
    const stopping = new AbortController();
    const run = async (): Promise<void> => {
        // Not all processes at the same time.
        const pause = (): Promise<boolean> =>
            wait(settings.stalledSeconds * 250 * (0.5 + Math.random()), true, { signal: stopping.signal }).catch(
                () => false,
            );
        while (await pause()) {
            try {
                recovered.add(await recoverOrders(settings, parts));
            } catch (error) {
                parts.log.warn({ err: error }, "could not look for stalled orders");
            }
        }
    };
    const running = run();
    return async () => {
        stopping.abort();
        await running;
    };
}
