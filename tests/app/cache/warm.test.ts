import type { CacheResult } from "../../../app/src/cache/cache";
import { warmCache, type WarmTask } from "../../../app/src/cache/warm";
import { recordingLog } from "../support/recording-log";

type Lookup = () => Promise<Pick<CacheResult<unknown>, "source">>;

/** A task of these lookups that counts how many were asked for, and whether it was told to end. */
class Task implements WarmTask {
    readonly name = "products";
    asked = 0;
    ended = false;

    constructor(private readonly all: Lookup[]) {}

    readonly lookups = async function* (this: Task): AsyncGenerator<Lookup> {
        try {
            for (const lookup of this.all) {
                this.asked++;
                yield await Promise.resolve(lookup);
            }
        } finally {
            this.ended = true;
        }
    }.bind(this);
}

const answer =
    (source: CacheResult<unknown>["source"]): Lookup =>
    () =>
        Promise.resolve({ source });
const failing: Lookup = () => Promise.reject(new Error("lost"));
const times = (count: number, lookup: Lookup): Lookup[] => Array.from({ length: count }, () => lookup);

describe("warming the cache", () => {
    const { log } = recordingLog();

    test("makes every lookup, and counts what came of it", async () => {
        const task = new Task([...times(30, answer("miss")), ...times(5, answer("hit")), ...times(2, failing)]);
        expect(await warmCache([task], { log })).toEqual({ loaded: 30, present: 5, failed: 2 });
        expect(task.asked).toBe(37);
    });

    test("makes no more lookups at the same time than allowed", async () => {
        let running = 0;
        let most = 0;
        const lookup: Lookup = async () => {
            most = Math.max(most, ++running);
            await new Promise(setImmediate);
            running--;
            return { source: "miss" };
        };
        await warmCache([new Task(times(50, lookup))], { log, concurrency: 3 });
        expect(most).toBe(3);
    });

    test("counts as failed what could not be kept", async () => {
        const summary = await warmCache([new Task(times(3, answer("loaded-without-cache")))], { log });
        expect(summary).toEqual({ loaded: 0, present: 0, failed: 3 });
    });

    test("ends when everything fails, and lets the source of the lookups clean up", async () => {
        const task = new Task(times(10_000, failing));
        const { failed } = await warmCache([task], { log });
        expect(failed).toBeLessThan(100);
        expect(task.asked).toBeLessThan(100);
        expect(task.ended).toBe(true);
    });

    test("ends when it is told to", async () => {
        const stop = new AbortController();
        const task = new Task([...times(5, answer("miss")), ...times(1_000, () => (stop.abort(), answer("miss")()))]);
        await warmCache([task], { log, signal: stop.signal, concurrency: 1 });
        expect(task.asked).toBeLessThan(10);
    });
});
