import type { Meter } from "@opentelemetry/api";
import type { Logger } from "pino";
import type { Policies } from "../resilience/policies";
import { CacheAside } from "./cache-aside";
import type { ValkeyClient } from "./client";
import type { CacheSettings } from "./configuration";
import { Connection, type ConnectionOptions } from "./connection";
import { Entries } from "./entries";
import { Invalidation } from "./invalidation";
import type { CacheKey } from "./key";
import { CacheMetrics } from "./metrics";
import type { CacheOptions, CacheResult, Load } from "./options";

export type { ValkeyClient } from "./client";
export type { CacheSettings } from "./configuration";
export { cacheKey, type CacheKey } from "./key";
export type { CacheOptions, CacheResult } from "./options";

/** What is known of the cache. */
export interface CacheStatus {
    /** Whether the client has a connection that takes commands. */
    connected: boolean;
    /** Lookups since the start that the cache was there for, and how many of them it answered. */
    lookups: number;
    hits: number;
    /** hits / lookups, 0 without lookups. */
    hitRatio: number;
}

/** Values that are read often and may be a little old, kept beside the database. */
export interface Cache {
    /**
     * The value of a key: from the cache, else from `load`, whose value is then kept. However many ask for the same key at the
     * same time, one loads; see cache-aside.ts. With the cache down everybody loads: then the bulkhead of the database is
     * what keeps it standing.
     *
     * What `load` reads may be behind, as a replica is; see `LoadHint` for when it must not be.
     *
     * A value that is not there can be kept too: with a schema that takes `null`, and a short time for it
     * (`ttlSeconds: (value) => (value === null ? 10 : 300)`).
     *
     * @throws what `load` throws, where no stale value can stand in; never for a reason of the cache's own
     */
    getOrLoad<T>(key: CacheKey, load: Load<T>, options: CacheOptions<T>): Promise<CacheResult<T>>;
    /**
     * Forgets values, here and in every other process. Call it after the transaction that changed them. Does not throw: what
     * could not be forgotten is tried again until it is.
     */
    invalidate(...keys: CacheKey[]): Promise<void>;
    status(): CacheStatus;
    /** Whether the cache answers. */
    ready(): Promise<boolean>;
    close(): Promise<void>;
    /** For sessions, carts and the rate limit: to be used through the policy `cache`. */
    readonly client: ValkeyClient;
    /** What every key of this application begins with. */
    readonly keyPrefix: string;
}

/** What the cache needs from the process. */
export interface CacheDependencies {
    log: Logger;
    metrics: Meter;
    policies: Policies;
    /** How far behind what is loaded may be at most, in milliseconds; the default is 10 s. See `invalidation.ts`. */
    longestLagMs?: number;
    /** For tests. */
    connection?: ConnectionOptions;
}

const DEFAULT_LONGEST_LAG_MS = 10_000;

/** Opens the cache. Waits a moment for the server and no longer: a process must start while its cache is down. */
export async function openCache(settings: CacheSettings, deps: CacheDependencies): Promise<Cache> {
    const { log, policies } = deps;
    const { keyPrefix } = settings;
    const { longestLagMs = DEFAULT_LONGEST_LAG_MS } = deps;
    const policy = policies.for("cache");
    const connection = await Connection.open(settings, log, deps.connection);
    const metrics = new CacheMetrics(deps.metrics, () => connection.connected);
    const entries = new Entries(connection.client, policy, keyPrefix);
    const pending = new Set<CacheKey>();
    const aside = new CacheAside(entries, metrics, log, pending);
    const invalidation = new Invalidation(
        { connection, entries, metrics, log, pending, longestLagMs },
        keyPrefix,
        (keys) => {
            aside.forget(keys);
        },
    );

    return {
        client: connection.client,
        keyPrefix,
        getOrLoad: (key, load, options) => aside.getOrLoad(key, load, options),
        invalidate: (...keys) => invalidation.invalidate(keys),
        status: () => ({
            connected: connection.connected,
            lookups: metrics.lookups,
            hits: metrics.hits,
            hitRatio: metrics.hitRatio,
        }),
        ready: async () => {
            try {
                await policy.run(() => connection.client.ping(), { idempotent: true });
                return true;
            } catch {
                return false;
            }
        },
        close: () => {
            invalidation.close();
            connection.close();
            return Promise.resolve();
        },
    };
}
