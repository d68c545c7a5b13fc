import type { LoadBalancer } from "./balancer";
import { findHaproxy, startHaproxy } from "./haproxy";
import { startProxy } from "./proxy";

export interface BalancerOptions {
    /** Default: a free one. */
    readonly port?: number;
}

/** Starts the load balancer: HAProxy where there is one, else the proxy of this repository. */
export async function startBalancer(options: BalancerOptions = {}): Promise<LoadBalancer> {
    const haproxy = await findHaproxy();
    return haproxy === undefined ? startProxy(options) : startHaproxy(haproxy, options);
}
