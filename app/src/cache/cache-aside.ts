import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";
import { DependencyUnavailable } from "../resilience/policies";
import type { Entries, Found, Lease } from "./entries";
import type { CacheKey } from "./key";
import type { CacheMetrics } from "./metrics";
import { type CacheOptions, type CacheResult, forValue, type Load } from "./options";

/** A tenth less, at most: values that were stored at the same time are loaded again at different ones. */
const JITTER = 0.1;

/** How long one process may load alone: above the time-out of a read, with its second attempt. */
const LEASE_MS = 6_000;

/** How long the others wait for it before they load themselves. A read takes milliseconds; one that takes longer is in trouble. */
const WAIT_MS = 1_000;
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 100;

/** What is loaded soon after an invalidation: long enough to spare the database a rush, and nobody minds a second. */
const BRIEFLY_MS = 1_000;

/**
 * Cache-aside with a single flight: in this process, callers for the same key share one lookup; among the processes, one has
 * the lease to load and the others wait for what it stores. The wait is short and ends with loading: the lease saves the
 * database work, and no answer depends on it.
 */
export class CacheAside {
    readonly #flights = new Map<CacheKey, Promise<CacheResult<unknown>>>();

    constructor(
        private readonly entries: Entries,
        private readonly metrics: CacheMetrics,
        private readonly log: Logger,
        /** The cache may hold old values for these, since they could not be invalidated. */
        private readonly pending: ReadonlySet<CacheKey>,
    ) {}

    getOrLoad<T>(key: CacheKey, load: Load<T>, options: CacheOptions<T>): Promise<CacheResult<T>> {
        const running = this.#flights.get(key);
        if (running !== undefined) {
            this.metrics.looked(key, "shared");
            // One key is one type: callers agree on it as they agree on the key.
            return running as Promise<CacheResult<T>>;
        }
        const flight: Promise<CacheResult<T>> = this.#lookUp(key, load, options).finally(() => {
            // Forgotten meanwhile, another may have taken its place.
            if (this.#flights.get(key) === flight) this.#flights.delete(key);
        });
        this.#flights.set(key, flight);
        return flight;
    }

    /** What is being looked up may be old: who asks from now on gets a lookup of their own. */
    forget(keys: readonly CacheKey[]): void {
        for (const key of keys) this.#flights.delete(key);
    }

    async #lookUp<T>(key: CacheKey, load: Load<T>, options: CacheOptions<T>): Promise<CacheResult<T>> {
        const justChanged = this.pending.has(key);
        const found = justChanged ? undefined : await this.#read(key, options);
        if (found === undefined) {
            this.metrics.looked(key, "unavailable");
            return { value: await this.#load(key, load, justChanged), source: "loaded-without-cache" };
        }
        if (found.state === "fresh") {
            this.metrics.looked(key, "hit");
            return { value: found.value, source: "hit" };
        }
        return this.#loadWithLease(key, load, options, found);
    }

    async #loadWithLease<T>(
        key: CacheKey,
        load: Load<T>,
        options: CacheOptions<T>,
        found: Found<T>,
    ): Promise<CacheResult<T>> {
        const { lease, other } = await this.#leaseOrOther(key, options, found);
        if (other !== undefined) {
            this.metrics.looked(key, other.state === "fresh" ? "hit" : "stale");
            return { value: other.value, source: other.state === "fresh" ? "hit" : "stale" };
        }
        try {
            const value = await this.#load(key, load, lease?.state === "invalidated");
            this.metrics.looked(key, found.state === "corrupt" ? "corrupt" : "miss");
            await this.#store(key, value, lease, options);
            return { value, source: "miss" };
        } catch (error) {
            if (lease?.state === "ours") await this.#quietly(() => this.entries.release(key, lease.token));
            if (found.state !== "stale") throw error;
            this.metrics.looked(key, "stale");
            this.log.warn({ key, reason: (error as Error).message }, "stale value in place of an error");
            return { value: found.value, source: "stale" };
        }
    }

    /**
     * The lease, or the value of the process that has it. Neither, when that takes too long or the cache fails now: then the
     * value is loaded and not stored.
     */
    async #leaseOrOther<T>(
        key: CacheKey,
        options: CacheOptions<T>,
        found: Found<T>,
    ): Promise<{ lease?: Lease<T>; other?: Value<T> }> {
        const deadline = performance.now() + WAIT_MS;
        let delayMs = FIRST_LOOK_MS;
        let seen = found;
        for (;;) {
            // Asked for again each time: the one that has it may fail, and give it back.
            const lease = await this.#quietly(() => this.entries.lease(key, options.schema, seen, LEASE_MS));
            if (lease?.state === "found") {
                if (lease.found.state === "fresh") return { other: lease.found };
                seen = lease.found;
            } else if (lease?.state !== "taken") {
                return { lease };
            } else if (found.state === "stale") {
                return { other: found };
            }
            if (performance.now() > deadline) return {};
            await wait(delayMs * (0.5 + Math.random() / 2));
            delayMs = Math.min(delayMs * 2, LONGEST_LOOK_MS);
        }
    }

    async #load<T>(key: CacheKey, load: Load<T>, justChanged: boolean): Promise<T> {
        const started = performance.now();
        const value = await load({ justChanged });
        this.metrics.loaded(key, (performance.now() - started) / 1_000);
        return value;
    }

    /** Undefined where the cache cannot be asked. */
    async #read<T>(key: CacheKey, { schema, staleSeconds = 0 }: CacheOptions<T>): Promise<Found<T> | undefined> {
        const found = await this.#quietly(() => this.entries.read(key, schema));
        // Written with another option: what is not wanted stale is not there.
        return found?.state === "stale" && forValue(staleSeconds, found.value) === 0
            ? { state: "missing", text: found.text }
            : found;
    }

    async #store<T>(
        key: CacheKey,
        value: T,
        lease: Lease<T> | undefined,
        { ttlSeconds, staleSeconds = 0 }: CacheOptions<T>,
    ): Promise<void> {
        if (lease?.state === "invalidated") {
            await this.#quietly(() => this.entries.storeBriefly(key, value, BRIEFLY_MS));
        }
        if (lease?.state !== "ours") return;
        const freshMs = Math.ceil(forValue(ttlSeconds, value) * 1_000 * (1 - Math.random() * JITTER));
        const staleMs = Math.ceil(forValue(staleSeconds, value) * 1_000);
        await this.#quietly(() => this.entries.store(key, value, lease.token, freshMs, staleMs));
    }

    /** A cache that does not do what it is asked is no reason to fail: undefined in place of an error. */
    async #quietly<R>(work: () => Promise<R>): Promise<R | undefined> {
        try {
            return await work();
        } catch (error) {
            // What is unavailable is counted and logged by its policy; anything else is worth a line.
            if (!(error instanceof DependencyUnavailable)) {
                this.log.warn({ reason: (error as Error).message }, "cache command failed");
            }
            return undefined;
        }
    }
}

type Value<T> = Extract<Found<T>, { value: T }>;
