import { Pool } from "undici";
import type { HealthCheck, Target, TargetState, TargetStatus } from "./balancer";

/** The idle time-out of an Application Load Balancer, which is also the longest that it waits for an answer. */
const IDLE_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** A target with its connections, and what is known of its health. */
export class GroupTarget {
    open = 0;
    requests = 0;
    state: TargetState = "initial";
    readonly pool: Pool;
    #passes = 0;
    #failures = 0;
    #timer: NodeJS.Timeout | undefined;
    #whenIdle: (() => void) | undefined;

    constructor(
        readonly target: Target,
        private readonly check: HealthCheck,
    ) {
        this.pool = new Pool(`${target.tls ? "https" : "http"}://127.0.0.1:${target.port}`, {
            pipelining: 1,
            connect: { rejectUnauthorized: false, timeout: CONNECT_TIMEOUT_MS },
            headersTimeout: IDLE_TIMEOUT_MS,
            bodyTimeout: IDLE_TIMEOUT_MS,
            // The balancer closes idle connections before the target does, whose time-out is 70 s.
            keepAliveTimeout: IDLE_TIMEOUT_MS,
        });
    }

    get status(): TargetStatus {
        return { id: this.target.id, state: this.state, open: this.open, requests: this.requests };
    }

    begin(): void {
        this.open++;
        this.requests++;
    }

    end(): void {
        this.open--;
        if (this.open === 0) this.#whenIdle?.();
    }

    /** Asks for its health now and from then on in intervals. */
    watch(): void {
        void this.#ask().then(() => {
            if (this.state === "draining") return;
            this.#timer = setTimeout(() => {
                this.watch();
            }, this.check.intervalMs);
        });
    }

    /** Resolves when nothing runs on it any more, or the time is over; what runs then is cut off. */
    async drain(delayMs: number): Promise<void> {
        this.state = "draining";
        clearTimeout(this.#timer);
        if (this.open > 0 && delayMs > 0) {
            await new Promise<void>((resolve) => {
                const timer = setTimeout(resolve, delayMs);
                this.#whenIdle = () => {
                    clearTimeout(timer);
                    resolve();
                };
            });
        }
        // Not waited for: a connection that is being made may take its time to notice.
        void this.pool.destroy().catch(() => undefined);
    }

    async #ask(): Promise<void> {
        let passed = false;
        try {
            const { statusCode, body } = await this.pool.request({
                method: "GET",
                path: this.check.path,
                signal: AbortSignal.timeout(this.check.timeoutMs),
            });
            await body.dump();
            passed = statusCode === 200;
        } catch {
            // No answer, or none in time.
        }
        this.#judge(passed);
    }

    #judge(passed: boolean): void {
        this.#passes = passed ? this.#passes + 1 : 0;
        this.#failures = passed ? 0 : this.#failures + 1;
        if (this.state === "draining") return;
        const needed = this.state === "initial" ? 1 : this.check.healthyThreshold;
        if (this.#passes >= needed) this.state = "healthy";
        else if (this.#failures >= this.check.unhealthyThreshold) this.state = "unhealthy";
    }
}

/** The targets, and which of them gets the next request. */
export class TargetGroup {
    readonly #targets = new Map<string, GroupTarget>();
    #turn = 0;

    constructor(private readonly check: HealthCheck) {}

    get status(): TargetStatus[] {
        return [...this.#targets.values()].map((target) => target.status);
    }

    add(target: Target): void {
        if (this.#targets.has(target.id)) throw new Error(`there is a target ${target.id} already`);
        const added = new GroupTarget(target, this.check);
        this.#targets.set(target.id, added);
        added.watch();
    }

    async remove(id: string, delayMs: number): Promise<void> {
        const target = this.#targets.get(id);
        if (target === undefined) return;
        await target.drain(delayMs);
        this.#targets.delete(id);
    }

    /**
     * The healthy target with the fewest running requests; those that are equal take turns. With no healthy one, any that
     * is not leaving, as an Application Load Balancer does: a health check that is wrong must not take everything down.
     */
    choose(): GroupTarget | undefined {
        const present = [...this.#targets.values()].filter(({ state }) => state !== "draining");
        const healthy = present.filter(({ state }) => state === "healthy");
        const candidates = healthy.length > 0 ? healthy : present;
        const fewest = Math.min(...candidates.map(({ open }) => open));
        const equal = candidates.filter(({ open }) => open === fewest);
        return equal[this.#turn++ % Math.max(1, equal.length)];
    }
}
