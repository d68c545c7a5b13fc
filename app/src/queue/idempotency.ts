import type { Queryable } from "../database/database";
import { isDone, markAsDone } from "./statements";

/**
 * Marks a message as done, in the transaction of its effect: a message that is delivered again finds the mark, and one whose
 * transaction was rolled back left none.
 *
 * @returns false where it was done before: the caller does nothing then
 */
export async function markDone(tx: Queryable, messageId: string, handler: string): Promise<boolean> {
    const rows = await tx.query<{ new: number }>({ ...markAsDone, values: [messageId, handler] });
    return rows.length > 0;
}

/** Whether a message was done before; spares the work for one that was. Only `markDone` is sure. */
export async function wasDone(q: Queryable, messageId: string, handler: string): Promise<boolean> {
    const rows = await q.query<{ done: number }>({ ...isDone, values: [messageId, handler] });
    return rows.length > 0;
}
