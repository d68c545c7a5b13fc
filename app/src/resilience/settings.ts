/** What the process depends on. Each has limits and a breaker of its own: one that is slow must not take the others along. */
export const DEPENDENCIES = [
    "database-writer",
    "database-reader",
    "cache",
    "queue",
    "storage",
    "payments",
    "mail",
] as const;
export type Dependency = (typeof DEPENDENCIES)[number];

/** When a breaker opens. */
export type BreakerSettings =
    /** After this many failures without a success in between: for few calls, of which each counts. */
    | { kind: "consecutive"; failures: number }
    /** When this share of the calls of the last `durationMs` failed: for many calls, of which some always fail. */
    | { kind: "sampling"; share: number; durationMs: number; minimumCallsPerSecond: number };

/** The limits for the calls to one dependency. */
export interface DependencySettings {
    /** How long one attempt may take. */
    timeoutMs: number;
    /** Attempts in all, for calls that may be repeated; the others have one. */
    attempts: number;
    /** Between two attempts: decorrelated jitter, from about the first delay up to the longest. */
    backoff: { initialMs: number; maximumMs: number };
    breaker: BreakerSettings;
    /** How long an open breaker waits before it lets one call try. */
    halfOpenAfterMs: number;
    /** How many calls may run at the same time, and how many may wait for their turn. */
    bulkhead: { concurrent: number; queued: number };
}

/** The limits for every dependency. */
export type ResilienceSettings = Readonly<Record<Dependency, DependencySettings>>;
