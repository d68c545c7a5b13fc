import type { Dependency } from "./settings";

/** Why a dependency did not answer. */
export type Unavailability =
    /** It failed so often that it is left alone for a while: it was not asked. */
    | "breaker open"
    /** As many calls as allowed are running and waiting: it was not asked. */
    | "bulkhead full"
    /** It did not answer in time. Whether the call had an effect is not known. */
    | "timeout"
    /** It could not be reached, or said itself that it cannot serve. Whether the call had an effect is not known. */
    | "failed";

/** A dependency did not answer. The request may be tried again after `retryAfterSeconds`; over HTTP that is a 503. */
export class DependencyUnavailable extends Error {
    /** Over HTTP: the service is unavailable for now. Fastify takes the status from here. */
    readonly statusCode = 503;

    /**
     * @param cause what the client of the dependency threw, for the log; it may tell about the inside and is not for the caller
     */
    constructor(
        readonly dependency: Dependency,
        readonly reason: Unavailability,
        /** Whole seconds, at least 1: the value of the header Retry-After. */
        readonly retryAfterSeconds: number,
        cause?: unknown,
    ) {
        super(`${dependency} is unavailable: ${reason}`, cause === undefined ? undefined : { cause });
        this.name = "DependencyUnavailable";
    }

    /** Whether the dependency was asked at all. Where it was not, the call had no effect. */
    get asked(): boolean {
        return this.reason === "timeout" || this.reason === "failed";
    }
}
