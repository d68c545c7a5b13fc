import fc from "fast-check";
import {
    decide,
    type Sample,
    SCALE_IN_FRACTION,
    SCALE_IN_SAMPLES,
    SCALE_OUT_SAMPLES,
    type ScalingState,
    type TargetTracking,
} from "../../twin/target-tracking";

const MINUTE = 60;

const tracking: TargetTracking = {
    minimum: 2,
    maximum: 10,
    metrics: [
        { name: "cpu", target: 60 },
        { name: "requests", target: 1_000 },
    ],
    scaleOutCooldownSeconds: 60,
    scaleInCooldownSeconds: 300,
};

/** Feeds the same sample for some minutes; answers with the number of tasks after each. */
function run(
    minutes: number,
    measure: (tasks: number) => Sample["values"],
    state: ScalingState = { desired: tracking.minimum, samples: [] },
    start = 0,
): { counts: number[]; state: ScalingState; end: number } {
    const counts: number[] = [];
    let now = start;
    for (let minute = 0; minute < minutes; minute++) {
        now += MINUTE;
        state = decide(tracking, state, { tasks: state.desired, values: measure(state.desired) }, now).state;
        counts.push(state.desired);
    }
    return { counts, state, end: now };
}

test("three minutes above the target add as many tasks as bring the metric back to it", () => {
    const { counts } = run(3, () => ({ cpu: 150, requests: 10 }));
    expect(counts).toEqual([2, 2, 5]);
});

test("two minutes above the target and one below add nothing", () => {
    const { state, end } = run(2, () => ({ cpu: 150, requests: 10 }));
    expect(run(2, () => ({ cpu: 59, requests: 10 }), state, end).counts).toEqual([2, 2]);
});

test("the metric that asks for more tasks wins", () => {
    expect(run(3, () => ({ cpu: 90, requests: 3_500 })).counts.at(-1)).toBe(7);
});

test("a metric that was not measured adds nothing and does not hold back the other one", () => {
    expect(run(3, () => ({ requests: 2_000 })).counts.at(-1)).toBe(4);
    expect(run(3, () => ({})).counts.at(-1)).toBe(2);
});

test("while a step cools down only a larger one goes on, counted from where it began", () => {
    const slow: TargetTracking = { ...tracking, scaleOutCooldownSeconds: 300 };
    let state: ScalingState = { desired: 2, samples: [] };
    const feed = (cpu: number, now: number) => {
        state = decide(slow, state, { tasks: state.desired, values: { cpu, requests: 0 } }, now).state;
        return state.desired;
    };
    expect([feed(90, 60), feed(90, 120), feed(90, 180)]).toEqual([2, 2, 3]);
    // The same need again: it was answered.
    expect(feed(90, 240)).toBe(3);
    expect(feed(180, 300)).toBe(6);
    expect([feed(180, 540), feed(180, 600)]).toEqual([6, 10]);
});

test("fifteen quiet minutes in all metrics take tasks away, and the next ones wait for quieter measurements", () => {
    const busy = run(3, () => ({ cpu: 240, requests: 10 }));
    expect(busy.counts.at(-1)).toBe(8);
    const quiet = run(31, () => ({ cpu: 40, requests: 10 }), busy.state, busy.end);
    expect(quiet.counts[SCALE_IN_SAMPLES - 2]).toBe(8);
    // By now the busy minutes are not among the fifteen any more.
    expect(quiet.counts[SCALE_IN_SAMPLES - 1]).toBe(6);
    expect(quiet.counts.at(-1)).toBe(4);
});

test("one metric that is missing or near its target keeps every task", () => {
    const busy = run(3, () => ({ cpu: 240, requests: 10 }));
    expect(run(30, () => ({ cpu: 1 }), busy.state, busy.end).counts.at(-1)).toBe(8);
    expect(run(30, () => ({ cpu: 1, requests: 950 }), busy.state, busy.end).counts.at(-1)).toBe(8);
});

const metricValue = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined });
const samples = fc.array(fc.record({ cpu: metricValue, requests: metricValue }), { minLength: 1, maxLength: 60 });

test("the number stays in the range, and goes down only after fifteen measured minutes below the target", () => {
    fc.assert(
        fc.property(samples, fc.integer({ min: 2, max: 10 }), (all, desired) => {
            let state: ScalingState = { desired, samples: [] };
            const seen: Sample[] = [];
            all.forEach((values, index) => {
                const sample = { tasks: state.desired, values };
                const next = decide(tracking, state, sample, index * MINUTE).state;
                seen.push(sample);
                expect(next.desired).toBeGreaterThanOrEqual(tracking.minimum);
                expect(next.desired).toBeLessThanOrEqual(tracking.maximum);
                if (next.desired > state.desired) {
                    const recent = seen.slice(-SCALE_OUT_SAMPLES);
                    expect(
                        tracking.metrics.some(({ name, target }) =>
                            recent.every((one) => (one.values[name] ?? 0) > target),
                        ),
                    ).toBe(true);
                }
                if (next.desired < state.desired) {
                    for (const { name, target } of tracking.metrics) {
                        const window = seen.slice(-SCALE_IN_SAMPLES);
                        expect(window).toHaveLength(SCALE_IN_SAMPLES);
                        for (const one of window) {
                            expect(one.values[name]).toBeLessThan(target * SCALE_IN_FRACTION);
                            // What is left carries the load of each of these minutes.
                            const load = one.tasks * Number(one.values[name]);
                            expect(load / next.desired).toBeLessThanOrEqual(target * (1 + 1e-9));
                        }
                    }
                }
                state = next;
            });
        }),
    );
});

test("a constant load leads to a number that carries it and that does not swing", () => {
    fc.assert(
        fc.property(fc.double({ min: 0, max: 20_000, noNaN: true }), (requests) => {
            const share = (tasks: number) => ({ cpu: 1, requests: requests / tasks });
            const settled = run(240, share);
            const { counts } = run(240, share, settled.state, settled.end);
            expect(new Set(counts).size).toBe(1);
            const [count = 0] = counts;
            if (count < tracking.maximum) expect(requests / count).toBeLessThanOrEqual(1_000);
        }),
    );
});
