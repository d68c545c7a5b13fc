import type { FastifyInstance } from "fastify";
import type { Lifecycle } from "../lifecycle";
import { NEVER_SHED } from "../load-shedding";
import type { Readiness } from "../readiness";

/** The process works. Where this fails, restarting helps. For the container's own health check. */
export const LIVE_PATH = "/health/live";
/**
 * The process takes requests: it has been ready once, and it is not about to stop. For the load balancer, on whose word ECS
 * replaces tasks: the failure of a database or a cache must not look like the death of every process at once, which all of
 * them would be restarted for, while they can still show what they have and answer 503 for the rest.
 */
export const ACCEPTING_PATH = "/health/accepting";
/** The process and all that it cannot do without are there. For people, monitors and platforms that only take traffic away. */
export const READY_PATH = "/health/ready";
/** The process has been ready once. For platforms that begin to ask for liveness after that. */
export const STARTED_PATH = "/health/started";

/** Whether a route is asked by machines, every few seconds. */
export function isHealthRoute(route: string | undefined): boolean {
    return route === LIVE_PATH || route === ACCEPTING_PATH || route === READY_PATH || route === STARTED_PATH;
}

/** Adds liveness, acceptance, readiness and the end of the start. */
export function addHealthRoutes(server: FastifyInstance, lifecycle: Lifecycle, readiness: Readiness): void {
    const options = { config: { ...NEVER_SHED, rateLimit: false }, schema: { hide: true } };
    let started = false;
    const hasStarted = async (): Promise<boolean> => (started ||= (await readiness.missing()).length === 0);
    server.get(LIVE_PATH, options, () => ({ status: "live" }));
    server.get(ACCEPTING_PATH, options, async (_request, reply) => {
        if (!lifecycle.ready) return reply.code(503).send({ status: "draining" });
        return (await hasStarted()) ? { status: "accepting" } : reply.code(503).send({ status: "starting" });
    });
    server.get(READY_PATH, options, async (_request, reply) => {
        if (!lifecycle.ready) return reply.code(503).send({ status: "draining" });
        const unavailable = await readiness.missing();
        if (unavailable.length > 0) return reply.code(503).send({ status: "unavailable", unavailable });
        started = true;
        return { status: "ready" };
    });
    server.get(STARTED_PATH, options, async (_request, reply) => {
        return (await hasStarted()) ? { status: "started" } : reply.code(503).send({ status: "starting" });
    });
}
