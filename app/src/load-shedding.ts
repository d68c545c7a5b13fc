import underPressure from "@fastify/under-pressure";
import type { FastifyInstance } from "fastify";
import type { Configuration } from "./configuration";

/** Seconds after which a client may try again: long enough for autoscaling's metric to see the load, short for a person. */
const RETRY_AFTER_SECONDS = 10;

/** How often memory and event loop are looked at. */
const SAMPLE_INTERVAL_MS = 500;

/**
 * Route option for health checks: they are answered under pressure too. A process that sheds load is alive, and taking it
 * out of the balancer would push its load onto the others.
 */
export const NEVER_SHED = { pressureHandler: (): void => undefined };

/** Answers 503 with Retry-After while the process has more to do than it can: a quick no is better than a late yes. */
export async function shedLoad(
    server: FastifyInstance,
    configuration: Pick<Configuration, "maxHeapUsedBytes" | "maxEventLoopDelayMs">,
): Promise<void> {
    await server.register(underPressure, {
        maxHeapUsedBytes: configuration.maxHeapUsedBytes,
        maxEventLoopDelay: configuration.maxEventLoopDelayMs,
        sampleInterval: SAMPLE_INTERVAL_MS,
        retryAfter: RETRY_AFTER_SECONDS,
    });
}
