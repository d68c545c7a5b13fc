import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";

/** Whether the process wants traffic. */
export class Lifecycle {
    #draining = false;

    /** False from the moment the process was asked to stop: the load balancer shall send requests elsewhere. */
    get ready(): boolean {
        return !this.#draining;
    }

    /** Ends readiness, for good. */
    drain(): void {
        this.#draining = true;
    }
}

/** What a stop needs of the server. */
export interface Stoppable {
    /** Accepts nothing new and resolves when every running request has been answered. */
    close(): Promise<unknown>;
    /** Cuts every connection. */
    abort(): void;
}

/**
 * Stops in an order that loses no request: say "not ready", go on serving while the load balancer notices, then accept
 * nothing new, finish what runs, and close. All of it within `stopTimeoutMs`, after which what still runs is cut off.
 *
 * @returns whether every request was answered
 */
export async function stopGracefully(
    server: Stoppable,
    lifecycle: Lifecycle,
    times: { drainDelayMs: number; stopTimeoutMs: number },
    log: Logger,
): Promise<boolean> {
    const deadline = wait(times.stopTimeoutMs, "late" as const, { ref: false });

    lifecycle.drain();
    log.info({ drainDelayMs: times.drainDelayMs }, "draining");
    await wait(times.drainDelayMs);

    log.info("closing");
    const outcome = await Promise.race([server.close().then(() => "closed" as const), deadline]);
    if (outcome === "closed") {
        log.info("stopped");
        return true;
    }
    log.error({ stopTimeoutMs: times.stopTimeoutMs }, "stop time-out: requests that still ran were cut off");
    server.abort();
    return false;
}
