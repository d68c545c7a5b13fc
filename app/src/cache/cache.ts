import type { Meter } from "@opentelemetry/api";
import type { Logger } from "pino";
import type { z } from "zod";
import type { Policies } from "../resilience/policies";
import type { CacheSettings } from "./configuration";
import type { CacheKey } from "./key";
import type { ValkeyClient } from "./client";

export { cacheKey, type CacheKey } from "./key";
export type { CacheSettings } from "./configuration";
export type { ValkeyClient } from "./client";

/** Where a value came from. */
export type Source =
    /** The cache had it. */
    | "hit"
    /** It was loaded, and the cache has it now. */
    | "miss"
    /** Loading failed, and the cache had one that was past its time. */
    | "stale"
    /** It was loaded, and the cache could not be asked. */
    | "loaded-without-cache";

/** How a value is cached. */
export interface CacheOptions<T> {
    /** What is read from the cache must have this shape, else it counts as missing: an older version may have written it. */
    schema: z.ZodType<T>;
    /** How long a value is fresh. Each gets up to a tenth less, by chance, so that not all end at the same time. */
    ttlSeconds: number;
    /** How long after that it is still given out when loading fails. The default is 0: not at all. */
    staleSeconds?: number;
}

/** What is known of the cache. */
export interface CacheStatus {
    /** Whether the client has a connection that takes commands. */
    connected: boolean;
    /** Lookups since the start, and how many of them the cache answered. */
    lookups: number;
    hits: number;
    /** hits / lookups, 0 without lookups. */
    hitRatio: number;
}

/** Values that are read often and may be a little old, kept beside the database. */
export interface Cache {
    /**
     * The value of a key: from the cache, else from `load`, whose value is then kept. However many ask for the same key at the
     * same time, one loads; see cache-aside.ts.
     *
     * @throws what `load` throws, where no stale value can stand in
     */
    getOrLoad<T>(
        key: CacheKey,
        load: () => Promise<T>,
        options: CacheOptions<T>,
    ): Promise<{ value: T; source: Source }>;
    /** Forgets values, here and in every other process. Call it after the transaction that changed them. */
    invalidate(...keys: CacheKey[]): Promise<void>;
    status(): CacheStatus;
    /** Whether the cache answers. */
    ready(): Promise<boolean>;
    close(): Promise<void>;
    /** For sessions, carts and the rate limit. */
    readonly client: ValkeyClient;
}

/** What the cache needs from the process. */
export interface CacheDependencies {
    log: Logger;
    metrics: Meter;
    policies: Policies;
}

/** Opens the cache. It does not wait for the server: a process must start while its cache is down. */
export function openCache(_settings: CacheSettings, _deps: CacheDependencies): Promise<Cache> {
    throw new Error("under construction");
}
