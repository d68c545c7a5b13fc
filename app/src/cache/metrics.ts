import type { Meter } from "@opentelemetry/api";
import type { CacheKey } from "./key";

/** How a lookup ended, for the metrics. */
export type Lookup =
    | "hit"
    | "miss"
    /** The value was past its time and was given out all the same. */
    | "stale"
    /** What was there did not have the shape that was asked for. Counts as a miss too. */
    | "corrupt"
    /** The same value was being looked up in this process already: the cache was not asked. */
    | "shared"
    /** The cache could not be asked. */
    | "unavailable";

/** Values are loaded in milliseconds, or the database is in trouble. */
const LOAD_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Counts what the cache is good for. */
export class CacheMetrics {
    #lookups = 0;
    #hits = 0;
    readonly #count;
    readonly #loads;
    readonly #invalidations;

    constructor(meter: Meter, connected: () => boolean) {
        this.#count = meter.createCounter("cache.lookups", {
            description: "Lookups by kind of key and by how they ended",
            unit: "{lookup}",
        });
        this.#loads = meter.createHistogram("cache.load.duration", {
            description: "Loading a value that the cache did not have",
            unit: "s",
            advice: { explicitBucketBoundaries: LOAD_BOUNDS },
        });
        this.#invalidations = meter.createCounter("cache.invalidations", {
            description: "Keys that were forgotten, and those for which it has to be tried again",
            unit: "{key}",
        });
        meter
            .createObservableGauge("cache.hit.ratio", {
                description: "Hits among the lookups since the start",
                unit: "1",
            })
            .addCallback((result) => {
                result.observe(this.hitRatio);
            });
        meter
            .createObservableGauge("cache.connected", { description: "1 while the cache takes commands, else 0" })
            .addCallback((result) => {
                result.observe(connected() ? 1 : 0);
            });
    }

    get lookups(): number {
        return this.#lookups;
    }

    get hits(): number {
        return this.#hits;
    }

    /** Of the lookups that reached the cache. 0 without any. */
    get hitRatio(): number {
        return this.#lookups === 0 ? 0 : this.#hits / this.#lookups;
    }

    looked(key: CacheKey, result: Lookup): void {
        this.#count.add(1, { kind: kindOf(key), result });
        if (result === "shared" || result === "unavailable") return;
        this.#lookups++;
        if (result === "hit") this.#hits++;
    }

    loaded(key: CacheKey, seconds: number): void {
        this.#loads.record(seconds, { kind: kindOf(key) });
    }

    invalidated(count: number, result: "done" | "failed"): void {
        this.#invalidations.add(count, { result });
    }
}

/** The first part of a key: a constant of the program, so that there are few. */
function kindOf(key: CacheKey): string {
    return key.split(":", 1)[0] ?? key;
}
