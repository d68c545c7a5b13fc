import type { BalancerStatus, HealthCheck, Target } from "./balancer";

/** What the proxy's process is started with, as JSON in its first argument. */
export interface ProxySettings {
    readonly port: number;
    readonly healthCheck: HealthCheck;
}

export type Command =
    | { readonly do: "add"; readonly target: Target }
    | { readonly do: "remove"; readonly id: string; readonly delayMs: number }
    | { readonly do: "status" };

/** To the proxy's process. */
export type Request = Command & { readonly call: number };

/** From it. The first message tells the port. */
export type Reply =
    | { readonly listening: number }
    | { readonly call: number; readonly status?: BalancerStatus; readonly problem?: string };
