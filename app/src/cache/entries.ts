import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { DependencyPolicy } from "../resilience/policies";
import type { ValkeyClient } from "./client";
import type { CacheKey } from "./key";

/** Changed whenever entries are written in another form: then the old ones are as good as not there. */
const FORMAT = 1;

/** Of an invalidated key, in place of the token of the one that loads. */
const INVALIDATED = "invalidated";

/** What is kept: the value, and until when it is fresh, in milliseconds since 1970. */
const Entry = z.object({ v: z.unknown(), f: z.number() });

/**
 * Takes the lease, unless there is another value than the one that was seen, or somebody has the lease: a value that came
 * between the lookup and this is as good as a hit.
 */
const ACQUIRE = `
local value = redis.call("GET", KEYS[1])
if value and value ~= ARGV[3] then return {"value", value} end
local held = redis.call("SET", KEYS[2], ARGV[1], "PX", ARGV[2], "NX", "GET")
return {"lease", held}`;

/** Writes the value only while the lease is the writer's own, and gives the lease back. */
const STORE = `
if redis.call("GET", KEYS[2]) ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3])
redis.call("DEL", KEYS[2])
return 1`;

/** Gives a lease back, if it is still the own one. */
const RELEASE = `
if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("DEL", KEYS[1]) end
return 1`;

/** What the cache holds for a key; `text` is as it was found. */
export type Found<T> = { text: string } & ({ state: "fresh" | "stale"; value: T } | { state: "missing" | "corrupt" });

/** The permission to load and store a value, for one process at a time. */
export type Lease<T> =
    | { state: "ours"; token: string }
    /** There is another value by now. */
    | { state: "found"; found: Found<T> }
    /** Another process loads it at this moment. */
    | { state: "taken" }
    /** The value has just changed: what is read now may still be the old one. It may be kept for a moment only. */
    | { state: "invalidated" };

/** The commands of the cache-aside pattern, each through the policy of the cache. */
export class Entries {
    constructor(
        private readonly client: ValkeyClient,
        private readonly policy: DependencyPolicy,
        private readonly prefix: string,
    ) {}

    async read<T>(key: CacheKey, schema: z.ZodType<T>): Promise<Found<T>> {
        const text = await this.policy.run(() => this.client.get(this.#valueKey(key)), { idempotent: true });
        return decode(text, schema);
    }

    /**
     * Asks for the permission to load. It ends by itself: who dies with it does not keep the others waiting for ever.
     *
     * @param seen what a lookup has found and the caller does not want
     */
    async lease<T>(key: CacheKey, schema: z.ZodType<T>, seen: Found<T>, forMs: number): Promise<Lease<T>> {
        const token = randomUUID();
        const [kind, text] = (await this.policy.run(() =>
            this.client.eval(ACQUIRE, 2, this.#valueKey(key), this.#leaseKey(key), token, forMs, seen.text),
        )) as ["value" | "lease", string | null];
        if (kind === "value") return { state: "found", found: decode(text, schema) };
        if (text === null) return { state: "ours", token };
        return { state: text === INVALIDATED ? "invalidated" : "taken" };
    }

    /** Whether the value was stored: not, when it was invalidated since the lease was given. */
    async store(key: CacheKey, value: unknown, token: string, freshMs: number, staleMs: number): Promise<boolean> {
        const entry = JSON.stringify({ v: value, f: Date.now() + freshMs });
        const stored = await this.policy.run(() =>
            this.client.eval(STORE, 2, this.#valueKey(key), this.#leaseKey(key), token, entry, freshMs + staleMs),
        );
        return stored === 1;
    }

    /** Stores what was loaded soon after an invalidation, unless somebody else did. */
    async storeBriefly(key: CacheKey, value: unknown, forMs: number): Promise<void> {
        const entry = JSON.stringify({ v: value, f: Date.now() + forMs });
        await this.policy.run(() => this.client.set(this.#valueKey(key), entry, "PX", forMs, "NX"));
    }

    async release(key: CacheKey, token: string): Promise<void> {
        await this.policy.run(() => this.client.eval(RELEASE, 1, this.#leaseKey(key), token), { idempotent: true });
    }

    /** Removes the value. Whoever loads it now must not store it, and whoever does within `quarantineMs` only for a moment. */
    async invalidate(key: CacheKey, quarantineMs: number): Promise<void> {
        await this.policy.run(
            async () => {
                // In this order: a value that is stored between the two is removed by the second.
                await this.client.set(this.#leaseKey(key), INVALIDATED, "PX", quarantineMs);
                await this.client.unlink(this.#valueKey(key));
            },
            { idempotent: true },
        );
    }

    /** The braces put a value and its lease into the same slot of the cluster, which a script demands. */
    #valueKey(key: CacheKey): string {
        return `${this.prefix}:${FORMAT}:{${key}}`;
    }

    #leaseKey(key: CacheKey): string {
        return `${this.#valueKey(key)}:lease`;
    }
}

function decode<T>(text: string | null, schema: z.ZodType<T>): Found<T> {
    if (text === null) return { state: "missing", text: "" };
    const entry = Entry.safeParse(parseJson(text));
    const value = entry.success ? schema.safeParse(entry.data.v) : undefined;
    if (!entry.success || !value?.success) return { state: "corrupt", text };
    return { state: Date.now() < entry.data.f ? "fresh" : "stale", value: value.data, text };
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
