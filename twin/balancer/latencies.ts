import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

const WINDOW_SECONDS = 10;

/** Durations of the last ten seconds: one histogram for each second, so that old ones go. */
export class Latencies {
    #seconds: { second: number; histogram: RecordableHistogram }[] = [];

    constructor(private readonly now: () => number = () => performance.now()) {}

    record(milliseconds: number): void {
        const second = Math.floor(this.now() / 1_000);
        let last = this.#seconds.at(-1);
        if (last?.second !== second) {
            last = { second, histogram: createHistogram() };
            this.#seconds = [...this.#recent(second), last];
        }
        // The histogram takes whole numbers from 1: microseconds are fine enough.
        last.histogram.record(Math.max(1, Math.round(milliseconds * 1_000)));
    }

    /** In milliseconds. */
    summary(): { p50: number; p99: number } | undefined {
        const recent = this.#recent(Math.floor(this.now() / 1_000));
        if (recent.length === 0) return undefined;
        const all = createHistogram();
        for (const { histogram } of recent) all.add(histogram);
        return { p50: all.percentile(50) / 1_000, p99: all.percentile(99) / 1_000 };
    }

    #recent(second: number): { second: number; histogram: RecordableHistogram }[] {
        return this.#seconds.filter((one) => one.second > second - WINDOW_SECONDS);
    }
}
