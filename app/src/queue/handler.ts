import type { Logger } from "pino";
import type { Queryable } from "../database/database";
import type { MessageOf, MessageType } from "./messages";

/** What a handler's effect gets beside the message. */
export interface EffectContext {
    /** The transaction in which the message is marked as done. It may be run again: no effects but those on it. */
    readonly tx: Queryable;
    readonly log: Logger;
    /** Aborts when the message takes too long or the process must stop. */
    readonly signal: AbortSignal;
    /**
     * Runs after the commit, or never, where the process dies there: for what is nice to have, as a metric. What must not be
     * lost belongs into the outbox, what may be done again into a follow-up. Its errors are logged.
     */
    readonly afterCommit: (work: () => Promise<void>) => void;
}

/** The effect of a message, in one transaction: happens once for each message id, however often the message is delivered. */
export type Handler<M, P = undefined> = (message: M, context: EffectContext, prepared: P) => Promise<void>;

/** What a handler's preparation gets beside the message. */
export type PreparationContext = Pick<EffectContext, "log" | "signal">;

/** A handler that needs no preparation, as one that does. */
type AnyHandler<M> = Handler<M> | RunnableHandler<M>;

/** A handler whose kind of preparation is nobody else's business; made by `inTwoSteps`. */
export interface RunnableHandler<M> {
    prepareEffect(message: M, context: PreparationContext): Promise<(context: EffectContext) => Promise<void>>;
    followUp?(message: M): Promise<void>;
}

/**
 * Does what messages of one type ask for, in two steps. What is slow or not in the database comes first, outside of the
 * transaction, so that no connection and no lock waits for it. It may run more than once for a message, also at the same
 * time: it must be idempotent by itself, and an error in it brings the message back later. The effect is in one transaction
 * with the mark that the message was done.
 *
 * @param followUp runs between the commit and the deletion of the message, and again for each time that the message comes again,
 *   so that it happens even if the process dies after the commit. Its errors are logged, and do not bring the message back.
 */
export function inTwoSteps<M, P>(
    prepare: (message: M, context: PreparationContext) => Promise<P>,
    effect: Handler<M, P>,
    followUp?: (message: M) => Promise<void>,
): RunnableHandler<M> {
    return {
        ...(followUp && { followUp }),
        async prepareEffect(message, context) {
            const prepared = await prepare(message, context);
            return (effectContext) => effect(message, effectContext, prepared);
        },
    };
}

/** A handler for every type of message that a worker does. Messages of a type without one are dead letters. */
export type Handlers = { readonly [T in MessageType]?: AnyHandler<MessageOf<T>> };

/** Both kinds of handlers as one. */
export function runnable<M>(any: AnyHandler<M>): RunnableHandler<M> {
    return typeof any === "function"
        ? { prepareEffect: (message) => Promise.resolve((context) => any(message, context, undefined)) }
        : any;
}
