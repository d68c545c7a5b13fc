import type { ClientConfig } from "pg";
import type { Logger } from "pino";
import type { Lsn } from "./types";
import { lsnToBytes } from "./lsn";
import { Watch } from "./watch";
import { WriterPositions } from "./writer-positions";

interface WriterAnswer {
    /** Null on a server that is no primary. */
    readonly lsn: Lsn | null;
}

const QUESTION = `SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_flush_lsn() END::text AS lsn`;

export interface WriterMonitorParts {
    readonly name: string;
    readonly config: ClientConfig;
    readonly intervalMs: number;
    readonly log: Logger;
    /**
     * The connections that are open may lead to a server that is no writer any more, or to none: it says so itself, or it did
     * not answer for a while and something answers now. A machine that lost its power ends no connection; each of them would
     * cost somebody a time-out.
     */
    readonly onMoved: () => void;
}

/** Watches whether the writer is there, and how its log grows. */
export class WriterMonitor {
    readonly positions = new WriterPositions();
    readonly #watch: Watch<WriterAnswer>;
    #up = false;

    constructor({ name, config, intervalMs, log, onMoved }: WriterMonitorParts) {
        const seen = (up: boolean): void => {
            if (up === this.#up) return;
            log[up ? "info" : "warn"]({ endpoint: name }, up ? "writer is up" : "writer is down");
            this.#up = up;
            // Now, and not with every look that fails: while no new connection can be had, the open ones may be good.
            if (up) onMoved();
        };
        this.#watch = new Watch({
            name,
            config,
            intervalMs,
            log,
            question: QUESTION,
            onAnswer: ({ lsn }) => {
                if (lsn !== null) this.positions.add({ atMs: performance.now(), bytes: lsnToBytes(lsn) });
                seen(lsn !== null);
                if (lsn !== null) return;
                onMoved();
                // Closes this connection: the name leads to the new primary soon.
                throw new Error("the server is no primary");
            },
            onFailure: () => {
                seen(false);
            },
        });
    }

    get up(): boolean {
        return this.#up;
    }

    async start(): Promise<void> {
        await this.#watch.start();
    }

    async stop(): Promise<void> {
        await this.#watch.stop();
    }
}
