import type { ResilienceSettings } from "./settings";

/**
 * The limits of one process, and why. A request shall be answered, or refused, within the load balancer's 60 s and far
 * within a person's patience: what is slower than the time-outs here is as good as broken.
 *
 * Concurrency follows Little's law: calls at the same time = calls a second × seconds each. A process that answers 1,000
 * requests a second with cache calls of 2 ms needs 2 at a time; the numbers below leave room for a tenfold slower answer.
 */
export const DEFAULT_RESILIENCE: ResilienceSettings = {
    "database-writer": {
        // A whole transaction. The slowest statement of the shop takes milliseconds; a lock is waited for up to 2 s.
        timeoutMs: 5_000,
        attempts: 2,
        backoff: { initialMs: 50, maximumMs: 500 },
        // By share: conflicts and lost connections happen at any time, an outage fails all.
        breaker: { kind: "sampling", share: 0.5, durationMs: 10_000, minimumCallsPerSecond: 1 },
        // A failover of RDS takes 60 to 120 s: trying every 2 s finds the new primary soon after it is there.
        halfOpenAfterMs: 2_000,
        // Above the pool's connections: who waits for a connection waits here, for a place that is counted.
        bulkhead: { concurrent: 32, queued: 64 },
    },
    "database-reader": {
        timeoutMs: 2_000,
        // Once more is enough: the second attempt goes to another replica or to the writer.
        attempts: 2,
        backoff: { initialMs: 20, maximumMs: 200 },
        breaker: { kind: "sampling", share: 0.5, durationMs: 10_000, minimumCallsPerSecond: 1 },
        halfOpenAfterMs: 2_000,
        // Also the dam when the cache is gone and every read comes here.
        bulkhead: { concurrent: 32, queued: 128 },
    },
    cache: {
        // A cache answers in a millisecond: who waits longer than this had better ask the database. The client's own time-out
        // (CACHE_COMMAND_TIMEOUT_MS) is below it.
        timeoutMs: 500,
        attempts: 2,
        backoff: { initialMs: 10, maximumMs: 50 },
        breaker: { kind: "sampling", share: 0.5, durationMs: 5_000, minimumCallsPerSecond: 2 },
        // ElastiCache promotes a replica within seconds.
        halfOpenAfterMs: 1_000,
        bulkhead: { concurrent: 512, queued: 512 },
    },
    queue: {
        // SQS: tens of milliseconds; the outbox keeps what could not be sent.
        timeoutMs: 5_000,
        attempts: 3,
        backoff: { initialMs: 100, maximumMs: 2_000 },
        breaker: { kind: "consecutive", failures: 5 },
        halfOpenAfterMs: 5_000,
        bulkhead: { concurrent: 16, queued: 64 },
    },
    storage: {
        // An image of some megabytes at a slow 1 MB/s.
        timeoutMs: 15_000,
        attempts: 3,
        backoff: { initialMs: 100, maximumMs: 2_000 },
        breaker: { kind: "consecutive", failures: 5 },
        halfOpenAfterMs: 5_000,
        // Images are held in memory: 8 of 10 MB each are 80 MB.
        bulkhead: { concurrent: 8, queued: 32 },
    },
    payments: {
        // Card networks take seconds. A worker waits for it, no client does.
        timeoutMs: 10_000,
        // Safe with the idempotency key that every call carries.
        attempts: 3,
        backoff: { initialMs: 500, maximumMs: 5_000 },
        breaker: { kind: "consecutive", failures: 5 },
        halfOpenAfterMs: 15_000,
        bulkhead: { concurrent: 8, queued: 16 },
    },
    mail: {
        timeoutMs: 10_000,
        // One: a mail that was sent twice is worse than one that comes with the message's next delivery.
        attempts: 1,
        backoff: { initialMs: 500, maximumMs: 5_000 },
        breaker: { kind: "consecutive", failures: 5 },
        halfOpenAfterMs: 30_000,
        // SES starts with 14 mails a second for an account.
        bulkhead: { concurrent: 4, queued: 16 },
    },
};
