/** What a load balancer sends requests to. */
export interface Target {
    readonly id: string;
    readonly port: number;
    /** Its certificate is not verified, as an Application Load Balancer does not. */
    readonly tls: boolean;
}

/**
 * `initial`: no health check has passed yet. `draining`: gets no new requests and finishes those that it has.
 */
export type TargetState = "initial" | "healthy" | "unhealthy" | "draining";

export interface TargetStatus {
    readonly id: string;
    readonly state: TargetState;
    /** Requests that run. */
    readonly open: number;
    /** Requests since it was added. */
    readonly requests: number;
}

export interface BalancerStatus {
    readonly targets: readonly TargetStatus[];
    /** Since the start, all targets together, also those that are gone. */
    readonly requests: number;
    /** Answers of 5xx since the start, the balancer's own among them. */
    readonly errors: number;
    /** Of the last ten seconds; undefined where nothing was answered in them. */
    readonly latencyMs: { readonly p50: number; readonly p99: number } | undefined;
}

/** The pace of health checks, and what they ask. */
export interface HealthCheck {
    readonly path: string;
    readonly intervalMs: number;
    readonly timeoutMs: number;
    /** Passes in a row after which an unhealthy target is healthy; a new one needs a single pass, as with AWS. */
    readonly healthyThreshold: number;
    /** Failures in a row after which a target is unhealthy. */
    readonly unhealthyThreshold: number;
}

/** What the stack's load balancer does, faster: a target is out after 3 s, where the stack's needs 30. */
export const HEALTH_CHECK: HealthCheck = {
    path: "/health/accepting",
    intervalMs: 1_000,
    // The application answers within two seconds, with what is missing.
    timeoutMs: 2_500,
    healthyThreshold: 2,
    unhealthyThreshold: 3,
};

/** A running load balancer. */
export interface LoadBalancer {
    /** `proxy` is the one of this repository. */
    readonly kind: "proxy" | "haproxy";
    readonly url: string;
    readonly port: number;
    readonly pid: number;
    add(target: Target): Promise<void>;
    /**
     * Takes a target out. It gets no new request from now on.
     *
     * @param delayMs how long it may finish those that it has; 0 for one that is dead. Resolves earlier where it has none left
     */
    remove(id: string, delayMs: number): Promise<void>;
    status(): Promise<BalancerStatus>;
    stop(): Promise<void>;
}
