import {
    BrokenCircuitError,
    bulkhead,
    type BulkheadPolicy,
    circuitBreaker,
    type CircuitBreakerPolicy,
    CircuitState,
    ConsecutiveBreaker,
    ExponentialBackoff,
    handleWhen,
    type IBreaker,
    isBrokenCircuitError,
    isBulkheadRejectedError,
    retry,
    type RetryPolicy,
    SamplingBreaker,
    TaskCancelledError,
    timeout,
    type TimeoutPolicy,
    TimeoutStrategy,
} from "cockatiel";
import type { Logger } from "pino";
import { DependencyUnavailable, type Unavailability } from "./dependency-unavailable";
import { isDependencyFailure } from "./failure";
import type { BreakerSettings, Dependency, DependencySettings } from "./settings";

/** `open`: the dependency is left alone; `half-open`: one call tries whether it answers again, the others are refused. */
export type BreakerState = "closed" | "open" | "half-open";

/** How a call is made. */
export interface CallOptions {
    /** The call may be repeated: making it twice has the effect of making it once. By default it may not. */
    idempotent?: boolean;
    /** The caller's own wish to stop. It ends the call and is no failure of the dependency. */
    signal?: AbortSignal;
}

/** How a call ended. An error that is an answer counts as answered. */
export type Outcome = "answered" | "cancelled" | Unavailability;

/** Is told what happens to the calls of a dependency. */
export interface PolicyObserver {
    called(dependency: Dependency, outcome: Outcome, seconds: number): void;
    retried(dependency: Dependency): void;
}

/** An error that is an answer is a result too: for the breaker, the dependency works. */
type Result<T> = { value: T } | { error: unknown };

/** One attempt took too long. The name is what `isDependencyFailure` looks for. */
class AttemptTimeout extends Error {
    override readonly name = "TimeoutError";
}

/** The shortest time after which a caller shall come back; HTTP's Retry-After knows whole seconds only. */
const SHORTEST_RETRY_SECONDS = 1;

/**
 * How one dependency is called. From the outside in: bulkhead, retry, breaker, time-out. The bulkhead is outermost, so that a
 * call that waits between two attempts keeps its place: retries cannot multiply the load. The breaker counts every attempt.
 */
export class DependencyPolicy {
    readonly #bulkhead: BulkheadPolicy;
    readonly #retry: RetryPolicy;
    readonly #breaker: CircuitBreakerPolicy;
    readonly #timeout: TimeoutPolicy;
    readonly #observer: PolicyObserver;
    #openedAt = 0;

    constructor(
        readonly dependency: Dependency,
        readonly settings: DependencySettings,
        { log, observer }: { log: Logger; observer: PolicyObserver },
    ) {
        const failures = handleWhen((error) => isDependencyFailure(error));
        this.#bulkhead = bulkhead(settings.bulkhead.concurrent, settings.bulkhead.queued);
        this.#retry = retry(failures, {
            maxAttempts: settings.attempts - 1,
            // Its default generator is decorrelated jitter: many callers that failed together do not come back together.
            backoff: new ExponentialBackoff({
                initialDelay: settings.backoff.initialMs,
                maxDelay: settings.backoff.maximumMs,
            }),
        });
        this.#breaker = circuitBreaker(failures, {
            breaker: createBreaker(settings.breaker),
            halfOpenAfter: settings.halfOpenAfterMs,
        });
        // Aggressive: work that does not listen to its signal must not hold the caller. Not aborted on return: what the work
        // has handed out, such as a stream, lives on.
        this.#timeout = timeout(settings.timeoutMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
        this.#observer = observer;
        this.#report(log);
    }

    get state(): BreakerState {
        switch (this.#breaker.state) {
            case CircuitState.Closed:
                return "closed";
            case CircuitState.HalfOpen:
                return "half-open";
            default:
                return "open";
        }
    }

    /** Calls that run, and calls that wait for their turn. */
    get load(): { running: number; waiting: number } {
        const { concurrent, queued } = this.settings.bulkhead;
        return {
            running: concurrent - this.#bulkhead.executionSlots,
            waiting: queued - this.#bulkhead.queueSlots,
        };
    }

    /**
     * Calls the dependency.
     *
     * @param work one attempt. Its signal aborts when the attempt takes too long or the caller gives up; what can be stopped
     *     then shall stop. Errors that are answers (see `isDependencyFailure`) come through as they are.
     * @throws DependencyUnavailable where the dependency does not answer, or is not asked at all
     */
    async run<T>(work: (signal: AbortSignal) => Promise<T>, options: CallOptions = {}): Promise<T> {
        const started = performance.now();
        const call = { asked: false };
        const ended = (outcome: Outcome): void => {
            this.#observer.called(this.dependency, outcome, (performance.now() - started) / 1_000);
        };
        let result: Result<T>;
        try {
            result = await this.#bulkhead.execute(
                ({ signal }) =>
                    options.idempotent
                        ? this.#retry.execute((context) => this.#attempt(work, context.signal, call), signal)
                        : this.#attempt(work, signal, call),
                // One for each call: cockatiel would listen for all of them at a single one.
                AbortSignal.any(options.signal ? [options.signal] : []),
            );
        } catch (error) {
            if (options.signal?.aborted) {
                ended("cancelled");
                throw options.signal.reason;
            }
            const unavailable = this.#explain(error, call.asked);
            ended(unavailable.reason);
            throw unavailable;
        }
        ended("answered");
        if ("error" in result) throw result.error;
        return result.value;
    }

    async #attempt<T>(
        work: (signal: AbortSignal) => Promise<T>,
        caller: AbortSignal,
        call: { asked: boolean },
    ): Promise<Result<T>> {
        if (caller.aborted) throw new TaskCancelledError();
        // cockatiel would let all others wait for the one call that tries. A quick no is better than a late one.
        if (this.#breaker.state === CircuitState.HalfOpen) throw new BrokenCircuitError();
        return this.#breaker.execute(async ({ signal }) => {
            call.asked = true;
            try {
                return await this.#timeout.execute((context) => settle(work, context.signal), signal);
            } catch (error) {
                if (error instanceof TaskCancelledError && !caller.aborted) {
                    throw new AttemptTimeout(`no answer within ${this.settings.timeoutMs} ms`);
                }
                throw error;
            }
        }, caller);
    }

    #explain(error: unknown, asked: boolean): DependencyUnavailable {
        const reason = this.#reason(error, asked);
        const seconds = reason === "bulkhead full" ? SHORTEST_RETRY_SECONDS : this.#retryAfterSeconds();
        const refused = isBrokenCircuitError(error) || isBulkheadRejectedError(error);
        return new DependencyUnavailable(this.dependency, reason, seconds, refused ? undefined : error);
    }

    #reason(error: unknown, asked: boolean): Unavailability {
        if (isBulkheadRejectedError(error)) return "bulkhead full";
        // The breaker may have opened between two attempts: then the dependency was asked, and what came of it is not known.
        if (isBrokenCircuitError(error)) return asked ? "failed" : "breaker open";
        return error instanceof AttemptTimeout ? "timeout" : "failed";
    }

    /** When an open breaker lets the next call try; with the breaker closed, soon. */
    #retryAfterSeconds(): number {
        if (this.state !== "open") return SHORTEST_RETRY_SECONDS;
        const leftMs = this.#openedAt + this.settings.halfOpenAfterMs - Date.now();
        return Math.max(SHORTEST_RETRY_SECONDS, Math.ceil(leftMs / 1_000));
    }

    #report(log: Logger): void {
        const { dependency } = this;
        this.#breaker.onBreak(() => {
            this.#openedAt = Date.now();
            log.warn({ dependency, halfOpenAfterMs: this.settings.halfOpenAfterMs }, "circuit breaker opened");
        });
        this.#breaker.onReset(() => {
            log.info({ dependency }, "circuit breaker closed");
        });
        this.#retry.onRetry(() => {
            this.#observer.retried(dependency);
        });
    }
}

function createBreaker(settings: BreakerSettings): IBreaker {
    return settings.kind === "consecutive"
        ? new ConsecutiveBreaker(settings.failures)
        : new SamplingBreaker({
              threshold: settings.share,
              duration: settings.durationMs,
              minimumRps: settings.minimumCallsPerSecond,
          });
}

/** Turns errors that are answers into results. After an abort the error is the abort's, whatever its looks. */
async function settle<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<Result<T>> {
    try {
        return { value: await work(signal) };
    } catch (error) {
        if (signal.aborted) throw new TaskCancelledError();
        if (isDependencyFailure(error)) throw error;
        return { error };
    }
}
