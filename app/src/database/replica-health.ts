import type { ReplicaState } from "./types";

/** What is known of a replica, and for how long it has been well. */
export interface ReplicaHealth {
    readonly state: ReplicaState | "unknown";
    /** Looks in a row that found it well, while it is not in use. */
    readonly wellFor: number;
}

/** What a look at a replica found. Undefined lag: the writer could not be asked. */
export type Observation =
    { readonly answers: false } | { readonly answers: true; readonly lagSeconds: number | undefined };

export const UNKNOWN: ReplicaHealth = { state: "unknown", wellFor: 0 };

/** A replica that was out has to be well this often, so that one at the threshold does not come and go all the time. */
const LOOKS_TO_RETURN = 2;

/**
 * The health of a replica after a look at it. Out at once: with an error, or further behind than the limit. Back when it
 * was found within half of the limit twice in a row. One that was never seen before is taken at its word.
 */
export function judge(before: ReplicaHealth, seen: Observation, maxLagSeconds: number): ReplicaHealth {
    if (!seen.answers) return { state: "down", wellFor: 0 };
    const lag = seen.lagSeconds ?? 0;
    if (lag > maxLagSeconds) return { state: "lagging", wellFor: 0 };
    if (before.state === "in use" || before.state === "unknown") return { state: "in use", wellFor: 0 };
    if (lag > maxLagSeconds / 2) return { state: "lagging", wellFor: 0 };
    const wellFor = before.wellFor + 1;
    return wellFor >= LOOKS_TO_RETURN ? { state: "in use", wellFor: 0 } : { state: before.state, wellFor };
}
