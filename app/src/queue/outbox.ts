import type { Queryable } from "../database/database";
import { createMessage, type NewMessage } from "./messages";
import { addToOutbox } from "./statements";

/** Messages that leave with the transaction that they belong to: both happen, or neither does. */
export interface Outbox {
    /** Adds a message within the caller's transaction. The relay sends it after the commit: at least once, in no certain order. */
    add(tx: Queryable, message: NewMessage): Promise<void>;
}

export function createOutbox(): Outbox {
    return {
        async add(tx, message) {
            const { id, type, version, payload, correlationId, traceparent, occurredAt } = createMessage(message);
            await tx.query({
                ...addToOutbox,
                values: [id, type, version, JSON.stringify(payload), correlationId, traceparent ?? null, occurredAt],
            });
        },
    };
}
