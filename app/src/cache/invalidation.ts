import type { Logger } from "pino";
import { z } from "zod";
import type { Connection } from "./connection";
import type { Entries } from "./entries";
import type { CacheKey } from "./key";
import type { CacheMetrics } from "./metrics";

/**
 * Keys that are forgotten at the same time. All at once, thousands would fill the bulkhead of the cache, and open its breaker
 * for everybody: after an outage, or an import.
 */
const PORTION = 50;

/** Between two attempts at what could not be invalidated. */
const RETRY_MS = 1_000;
/** More would be a write load that the database does not bear either; the oldest are given up, and their time ends them. */
const MOST_PENDING = 10_000;

/** What one attempt takes on: an attempt at a cache that hangs must end. */
const MOST_AT_ONCE = 20 * PORTION;

const Event = z.array(z.string());

export interface InvalidationParts {
    connection: Connection;
    entries: Entries;
    metrics: CacheMetrics;
    log: Logger;
    /** The keys that could not be invalidated yet. */
    pending: Set<CacheKey>;
    /**
     * What is loaded within this time after an invalidation is kept for a moment only: read from a replica that lags it may be
     * the old value, which would stay for its whole time. Longer than a replica that is asked may lag.
     */
    longestLagMs: number;
}

/**
 * Forgets values that have changed: in the cache, in this process and in all others. What fails is repeated until it works; in
 * the meantime this process does not read these keys from the cache.
 *
 * ```
 * commit of the change ── A ── mark "invalidated" ── B ── value removed ── C ── event ── … ── end of the mark
 * ```
 *
 * - Dies at A or B, or has not got through when it dies: the old value stays for what is left of its time, a few minutes for
 *   everything that is cached. What must not be so old does not belong into a cache.
 * - Somebody began to load before the change: from A on its lease is gone, and it stores nothing. Whom it answers has asked
 *   before the change was told.
 * - Somebody loads between B and the end of the mark: is told to read where the change was made, keeps the value for a moment.
 * - Dies at C: the others may share a load for the milliseconds that it still takes. It stores nothing.
 */
export class Invalidation {
    readonly #channel: string;
    #timer: NodeJS.Timeout | undefined;

    constructor(
        private readonly parts: InvalidationParts,
        prefix: string,
        private readonly forget: (keys: readonly CacheKey[]) => void,
    ) {
        this.#channel = `${prefix}:invalidated`;
        this.#listen();
    }

    /** Never throws: the change is committed, and whoever made it cannot do anything about the cache. */
    async invalidate(keys: readonly CacheKey[]): Promise<void> {
        this.forget(keys);
        for (const key of keys) this.parts.pending.add(key);
        await this.#work(keys);
        if (this.parts.pending.size > 0) this.#retryLater();
    }

    close(): void {
        clearTimeout(this.#timer);
    }

    async #work(keys: readonly CacheKey[]): Promise<void> {
        for (let start = 0; start < keys.length; start += PORTION) {
            await this.#workOnPortion(keys.slice(start, start + PORTION));
        }
    }

    async #workOnPortion(keys: readonly CacheKey[]): Promise<void> {
        const outcomes = await Promise.allSettled(
            keys.map(async (key) => {
                await this.parts.entries.invalidate(key, this.parts.longestLagMs);
                return key;
            }),
        );
        const done = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
        for (const key of done) this.parts.pending.delete(key);
        this.parts.metrics.invalidated(done.length, "done");
        if (done.length < keys.length) {
            const failed = keys.length - done.length;
            this.parts.metrics.invalidated(failed, "failed");
            this.parts.log.warn({ keys: failed }, "cache was not invalidated: trying again");
        }
        if (done.length > 0) await this.#publish(done);
    }

    /** The others forget what they are loading. Where this is lost, they still cannot store it. */
    async #publish(keys: readonly CacheKey[]): Promise<void> {
        try {
            await this.parts.connection.client.publish(this.#channel, JSON.stringify(keys));
        } catch (error) {
            this.parts.log.debug({ reason: (error as Error).message }, "invalidation was not announced");
        }
    }

    #listen(): void {
        const { subscriber } = this.parts.connection;
        subscriber.on("message", (channel: string, text: string) => {
            if (channel !== this.#channel) return;
            const keys = Event.safeParse(parseJson(text));
            if (keys.success) this.forget(keys.data as CacheKey[]);
        });
        // Waits for the connection; after a loss the client subscribes again by itself.
        subscriber.subscribe(this.#channel).catch((error: unknown) => {
            this.parts.log.debug({ reason: (error as Error).message }, "not subscribed to invalidations");
        });
    }

    #retryLater(): void {
        this.#giveUpOldest();
        this.#timer ??= setTimeout(() => {
            this.#timer = undefined;
            void this.#retry();
        }, RETRY_MS).unref();
    }

    async #retry(): Promise<void> {
        if (this.parts.connection.connected) await this.#work([...this.parts.pending].slice(0, MOST_AT_ONCE));
        if (this.parts.pending.size > 0) this.#retryLater();
    }

    #giveUpOldest(): void {
        for (const key of this.parts.pending) {
            if (this.parts.pending.size <= MOST_PENDING) return;
            this.parts.pending.delete(key);
        }
    }
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
