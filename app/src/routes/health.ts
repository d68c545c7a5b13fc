import type { FastifyInstance } from "fastify";
import type { Lifecycle } from "../lifecycle";
import { NEVER_SHED } from "../load-shedding";

/** The process works. Where this fails, restarting helps. For the container's own health check. */
export const LIVE_PATH = "/health/live";
/** The process wants traffic. For the load balancer. */
export const READY_PATH = "/health/ready";

/** Whether a route is asked by machines, every few seconds. */
export function isHealthRoute(route: string | undefined): boolean {
    return route === LIVE_PATH || route === READY_PATH;
}

/** Adds liveness and readiness. */
export function addHealthRoutes(server: FastifyInstance, lifecycle: Lifecycle): void {
    server.get(LIVE_PATH, { config: NEVER_SHED }, () => ({ status: "live" }));
    server.get(READY_PATH, { config: NEVER_SHED }, (_request, reply) =>
        lifecycle.ready ? { status: "ready" } : reply.code(503).send({ status: "draining" }),
    );
}
