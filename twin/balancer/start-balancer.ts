import type { LoadBalancer } from "./balancer";
import { startProxy } from "./proxy";

export interface BalancerOptions {
    /** Default 0, a free one. */
    readonly port?: number;
}

/** Starts the load balancer. */
export function startBalancer(options: BalancerOptions = {}): Promise<LoadBalancer> {
    return startProxy(options);
}
