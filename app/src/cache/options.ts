import type { z } from "zod";

/** Where a value came from. */
export type Source =
    /** The cache had it. */
    | "hit"
    /** It was loaded. */
    | "miss"
    /** The cache had one that was past its time: loading failed, or another process is loading. */
    | "stale"
    /** It was loaded, and the cache could not be asked. */
    | "loaded-without-cache";

/** How a value is cached. */
export interface CacheOptions<T> {
    /** What is read from the cache must have this shape, else it counts as missing: another version may have written it. */
    schema: z.ZodType<T>;
    /** How long a value is fresh. Each gets up to a tenth less, by chance, so that not all end at the same time. */
    ttlSeconds: number | ((value: T) => number);
    /** How long after that it is still given out when loading fails or takes its time. The default is 0: not at all. */
    staleSeconds?: number | ((value: T) => number);
}

/** What whoever loads a value is told. */
export interface LoadHint {
    /** The value was invalidated a moment ago: a replica may not know of the change yet, so it is to be read where it was made. */
    readonly justChanged: boolean;
}

/** Reads a value where it comes from. */
export type Load<T> = (hint: LoadHint) => Promise<T>;

/** A setting of the options for one value. */
export function forValue<T>(seconds: number | ((value: T) => number), value: T): number {
    return typeof seconds === "number" ? seconds : seconds(value);
}

/** A value, and where it came from. All callers that asked at the same time share it: it must not be changed. */
export interface CacheResult<T> {
    value: T;
    source: Source;
}
