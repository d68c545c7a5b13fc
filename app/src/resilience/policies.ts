import type { Meter } from "@opentelemetry/api";
import type { Logger } from "pino";
import { type BreakerState, DependencyPolicy } from "./dependency-policy";
import { createPolicyObserver, observeStates } from "./metrics";
import { DEPENDENCIES, type Dependency, type ResilienceSettings } from "./settings";

export { DEFAULT_RESILIENCE } from "./defaults";
export type { BreakerState, DependencyPolicy } from "./dependency-policy";
export { DependencyUnavailable } from "./dependency-unavailable";
export { isDependencyFailure } from "./failure";
export { DEPENDENCIES, type Dependency, type DependencySettings, type ResilienceSettings } from "./settings";

/** How the process calls what it depends on: one policy for each dependency, shared by all callers. */
export interface Policies {
    /** The policy of a dependency. */
    for(dependency: Dependency): DependencyPolicy;
    /** The state of every breaker. */
    states(): Readonly<Record<Dependency, BreakerState>>;
}

/** Creates the policies of a process. Once: two sets would each count half of the failures, and allow twice the load. */
export function createPolicies(settings: ResilienceSettings, deps: { log: Logger; metrics: Meter }): Policies {
    const observer = createPolicyObserver(deps.metrics);
    const policies = new Map(
        DEPENDENCIES.map((dependency) => [
            dependency,
            new DependencyPolicy(dependency, settings[dependency], { log: deps.log, observer }),
        ]),
    );
    observeStates(deps.metrics, policies);

    const policyFor = (dependency: Dependency): DependencyPolicy => {
        const policy = policies.get(dependency);
        if (policy === undefined) throw new TypeError(`there is no dependency ${dependency}`);
        return policy;
    };
    return {
        for: policyFor,
        states: () =>
            Object.fromEntries(DEPENDENCIES.map((dependency) => [dependency, policyFor(dependency).state])) as Record<
                Dependency,
                BreakerState
            >,
    };
}
