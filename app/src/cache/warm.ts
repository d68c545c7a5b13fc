import type { Logger } from "pino";
import type { CacheResult } from "./options";

/** Something to warm: what the shop looks up itself, and so exactly what its requests will find. */
export interface WarmTask {
    /** For the log. */
    name: string;
    /** The lookups, each a call of `getOrLoad`. They are asked for as they are needed: a catalogue may be large. */
    lookups: () => AsyncIterable<() => Promise<Pick<CacheResult<unknown>, "source">>>;
}

/** What warming came to. */
export interface WarmSummary {
    /** Loaded and kept. */
    loaded: number;
    /** Was there already. */
    present: number;
    failed: number;
}

export interface WarmOptions {
    log: Logger;
    /** Lookups at the same time; the default of 8 leaves the database room for its users. */
    concurrency?: number;
    /** Ends warming early. */
    signal?: AbortSignal;
}

/** After so many failures in a row something is down: warming would only add to its load. */
const MOST_FAILURES_IN_A_ROW = 20;

/**
 * Fills the cache before it is needed: after it was lost, or before the first traffic of a region. Every lookup that fails is
 * counted and left out; when too many fail in a row, it ends.
 */
export async function warmCache(tasks: readonly WarmTask[], options: WarmOptions): Promise<WarmSummary> {
    const summary: WarmSummary = { loaded: 0, present: 0, failed: 0 };
    for (const task of tasks) {
        const done = await warmOne(task, options);
        options.log.info({ task: task.name, ...done }, "cache warmed");
        summary.loaded += done.loaded;
        summary.present += done.present;
        summary.failed += done.failed;
    }
    return summary;
}

async function warmOne(task: WarmTask, { log, concurrency = 8, signal }: WarmOptions): Promise<WarmSummary> {
    const summary: WarmSummary = { loaded: 0, present: 0, failed: 0 };
    const lookups = task.lookups()[Symbol.asyncIterator]();
    let failuresInARow = 0;
    const goesOn = (): boolean => signal?.aborted !== true && failuresInARow < MOST_FAILURES_IN_A_ROW;

    const count = (source: CacheResult<unknown>["source"] | "failed"): void => {
        // Not kept anywhere: the cache is down, and nothing was gained.
        const failed = source === "failed" || source === "loaded-without-cache";
        failuresInARow = failed ? failuresInARow + 1 : 0;
        if (failed) summary.failed++;
        else if (source === "miss") summary.loaded++;
        else summary.present++;
    };
    const work = async (): Promise<void> => {
        while (goesOn()) {
            const next = await lookups.next();
            if (next.done) return;
            try {
                count((await next.value()).source);
            } catch (error) {
                log.debug({ task: task.name, reason: (error as Error).message }, "lookup failed");
                count("failed");
            }
        }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    if (!goesOn()) {
        log.warn({ task: task.name }, "warming ended early");
        // Lets the source of the lookups clean up.
        await lookups.return?.();
    }
    return summary;
}
