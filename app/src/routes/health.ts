import type { FastifyInstance } from "fastify";
import type { Lifecycle } from "../lifecycle";
import { NEVER_SHED } from "../load-shedding";
import type { Readiness } from "../readiness";

/** The process works. Where this fails, restarting helps. For the container's own health check. */
export const LIVE_PATH = "/health/live";
/** The process wants traffic. For the load balancer. */
export const READY_PATH = "/health/ready";
/** The process has been ready once. For platforms that begin to ask for liveness after that. */
export const STARTED_PATH = "/health/started";

/** Whether a route is asked by machines, every few seconds. */
export function isHealthRoute(route: string | undefined): boolean {
    return route === LIVE_PATH || route === READY_PATH || route === STARTED_PATH;
}

/** Adds liveness, readiness and the end of the start. */
export function addHealthRoutes(server: FastifyInstance, lifecycle: Lifecycle, readiness: Readiness): void {
    const options = { config: { ...NEVER_SHED, rateLimit: false }, schema: { hide: true } };
    let started = false;
    server.get(LIVE_PATH, options, () => ({ status: "live" }));
    server.get(READY_PATH, options, async (_request, reply) => {
        if (!lifecycle.ready) return reply.code(503).send({ status: "draining" });
        const unavailable = await readiness.missing();
        if (unavailable.length > 0) return reply.code(503).send({ status: "unavailable", unavailable });
        started = true;
        return { status: "ready" };
    });
    server.get(STARTED_PATH, options, async (_request, reply) => {
        started ||= (await readiness.missing()).length === 0;
        return started ? { status: "started" } : reply.code(503).send({ status: "starting" });
    });
}
