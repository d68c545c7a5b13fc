import { once } from "node:events";
import { createServer } from "node:net";
import { UsageError } from "../usage-error";
import type { LoadBalancer } from "./balancer";
import { findHaproxy, startHaproxy } from "./haproxy";
import { startProxy } from "./proxy";

export interface BalancerOptions {
    /** Default: a free one. */
    readonly port?: number;
}

/**
 * Makes sure that a port which somebody wants can be had, before anything else is started.
 *
 * @throws UsageError that says why not
 */
export async function demandPort(port: number): Promise<void> {
    const probe = createServer();
    try {
        await once(probe.listen(port, "127.0.0.1"), "listening");
    } catch (error) {
        const { code = String(error) } = error as NodeJS.ErrnoException;
        const reasons: Readonly<Record<string, string>> = {
            EADDRINUSE: "something else listens on it",
            EACCES: "only root may listen on it",
        };
        throw new UsageError(
            `port ${port} cannot be used: ${reasons[code] ?? code}. Take another one, or none: then a free one is found`,
        );
    }
    probe.close();
    await once(probe, "close");
}

/** Starts the load balancer: HAProxy where there is one, else the proxy of this repository. */
export async function startBalancer(options: BalancerOptions = {}): Promise<LoadBalancer> {
    const haproxy = await findHaproxy();
    return haproxy === undefined ? startProxy(options) : startHaproxy(haproxy, options);
}
