import type { Meter } from "@opentelemetry/api";
import type { BreakerState, DependencyPolicy, PolicyObserver } from "./dependency-policy";
import type { Dependency } from "./settings";

/** A number for each state, higher is worse: a maximum over processes and time then shows the worst. */
const STATE_VALUES: Readonly<Record<BreakerState, number>> = { closed: 0, "half-open": 1, open: 2 };

/** Bounds for calls that take from a millisecond (cache) to many seconds (payments). */
const DURATION_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Measures the calls to every dependency. */
export function createPolicyObserver(meter: Meter): PolicyObserver {
    const durations = meter.createHistogram("dependency.call.duration", {
        description: "Calls to a dependency, with retries and waiting, by how they ended",
        unit: "s",
        advice: { explicitBucketBoundaries: DURATION_BOUNDS },
    });
    const retries = meter.createCounter("dependency.call.retries", {
        description: "Attempts after the first one",
        unit: "{attempt}",
    });
    return {
        called: (dependency, outcome, seconds) => {
            durations.record(seconds, { dependency, outcome });
        },
        retried: (dependency) => {
            retries.add(1, { dependency });
        },
    };
}

/** Reports breakers and bulkheads whenever metrics are collected. */
export function observeStates(meter: Meter, policies: ReadonlyMap<Dependency, DependencyPolicy>): void {
    const state = meter.createObservableGauge("dependency.breaker.state", {
        description: "0 closed, 1 half-open, 2 open",
    });
    const running = meter.createObservableGauge("dependency.bulkhead.running", {
        description: "Calls that run",
        unit: "{call}",
    });
    const waiting = meter.createObservableGauge("dependency.bulkhead.waiting", {
        description: "Calls that wait for their turn",
        unit: "{call}",
    });
    meter.addBatchObservableCallback(
        (result) => {
            for (const [dependency, policy] of policies) {
                result.observe(state, STATE_VALUES[policy.state], { dependency });
                result.observe(running, policy.load.running, { dependency });
                result.observe(waiting, policy.load.waiting, { dependency });
            }
        },
        [state, running, waiting],
    );
}
