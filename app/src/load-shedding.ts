import underPressure, { TYPE_EVENT_LOOP_DELAY } from "@fastify/under-pressure";
import type { FastifyInstance } from "fastify";
import type { Configuration } from "./configuration";

/** Seconds after which a client may try again: long enough for autoscaling's metric to see the load, short for a person. */
const RETRY_AFTER_SECONDS = 10;

/** How often memory and event loop are looked at. */
const SAMPLE_INTERVAL_MS = 500;

/**
 * The first look covers the start, in which modules are loaded and nothing else is done, and holds until the second one: a
 * fresh process would turn away what it has all its time for.
 */
const SETTLING_MS = 2 * SAMPLE_INTERVAL_MS;

/**
 * Route option for health checks: they are answered under pressure too. A process that sheds load is alive, and taking it
 * out of the balancer would push its load onto the others.
 */
export const NEVER_SHED = { pressureHandler: (): void => undefined };

/** The process has more to do than it can. */
class Overloaded extends Error {
    readonly code = "FST_UNDER_PRESSURE";
    readonly statusCode = 503;
}

/** Answers 503 with Retry-After while the process has more to do than it can: a quick no is better than a late yes. */
export async function shedLoad(
    server: FastifyInstance,
    configuration: Pick<Configuration, "maxHeapUsedBytes" | "maxEventLoopDelayMs">,
): Promise<void> {
    let settledAt = 0;
    server.addHook("onListen", (done) => {
        settledAt = performance.now() + SETTLING_MS;
        done();
    });
    await server.register(underPressure, {
        maxHeapUsedBytes: configuration.maxHeapUsedBytes,
        maxEventLoopDelay: configuration.maxEventLoopDelayMs,
        sampleInterval: SAMPLE_INTERVAL_MS,
        pressureHandler: (_request, reply, type) => {
            if (type === TYPE_EVENT_LOOP_DELAY && performance.now() < settledAt) return undefined;
            reply.header("retry-after", String(RETRY_AFTER_SECONDS));
            return Promise.reject(new Overloaded(type));
        },
    });
}
