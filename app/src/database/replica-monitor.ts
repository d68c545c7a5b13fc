import type { ClientConfig } from "pg";
import type { Logger } from "pino";
import type { Lsn, ReplicaStatus } from "./types";
import type { EndpointPool } from "./endpoint-pool";
import { lsnToBytes } from "./lsn";
import { judge, type Observation, type ReplicaHealth, UNKNOWN } from "./replica-health";
import { Watch } from "./watch";
import type { WriterPositions } from "./writer-positions";

interface ReplicaAnswer {
    /** Null on a server that is no standby. */
    readonly replayed: Lsn | null;
}

const QUESTION = `SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END::text AS replayed`;

export interface ReplicaMonitorParts {
    readonly pool: EndpointPool;
    readonly config: ClientConfig;
    readonly intervalMs: number;
    readonly maxLagSeconds: number;
    readonly writer: WriterPositions;
    readonly log: Logger;
}

/** Watches one replica: whether it may be asked, and up to where it shows the writer's changes. */
export class ReplicaMonitor {
    readonly pool: EndpointPool;
    readonly #parts: ReplicaMonitorParts;
    readonly #watch: Watch<ReplicaAnswer>;
    #health: ReplicaHealth = UNKNOWN;
    /** Undefined while it does not answer: a replica that restarts may be behind where it was. */
    #replayed: bigint | undefined;

    constructor(parts: ReplicaMonitorParts) {
        this.#parts = parts;
        this.pool = parts.pool;
        this.#watch = new Watch({
            name: parts.pool.name,
            config: parts.config,
            intervalMs: parts.intervalMs,
            log: parts.log,
            question: QUESTION,
            onAnswer: ({ replayed }) => {
                if (replayed === null) throw new Error("the server is no standby: it may have been promoted");
                this.#replayed = lsnToBytes(replayed);
                this.#see({ answers: true, lagSeconds: this.#lagSeconds });
            },
            onFailure: () => {
                this.suspect();
            },
        });
    }

    /** A connection to it failed: it is left out until it was found well again. */
    suspect(): void {
        this.#replayed = undefined;
        this.#see({ answers: false });
    }

    /** Whether it may be asked by somebody who has seen the writer at a position. */
    isFit(after: bigint | undefined): boolean {
        if (this.#health.state !== "in use" || this.#replayed === undefined) return false;
        return after === undefined || this.#replayed >= after;
    }

    get status(): ReplicaStatus {
        const { state } = this.#health;
        return {
            host: this.pool.name,
            state: state === "unknown" ? "down" : state,
            lagBytes: this.#replayed === undefined ? undefined : this.#parts.writer.lagBytes(this.#replayed),
            lagSeconds: this.#lagSeconds,
            pool: this.pool.status,
        };
    }

    async start(): Promise<void> {
        await this.#watch.start();
    }

    async stop(): Promise<void> {
        await this.#watch.stop();
    }

    get #lagSeconds(): number | undefined {
        if (this.#replayed === undefined) return undefined;
        return this.#parts.writer.lagSeconds(this.#replayed, performance.now());
    }

    #see(observation: Observation): void {
        const before = this.#health.state;
        this.#health = judge(this.#health, observation, this.#parts.maxLagSeconds);
        const { state } = this.#health;
        if (state === before) return;
        // What was opened before it went may lead to a machine that is gone, and would cost somebody a time-out.
        if (before === "down") this.pool.renew();
        const level = state === "in use" ? "info" : "warn";
        this.#parts.log[level]({ endpoint: this.pool.name, state, before, lagSeconds: this.#lagSeconds }, "replica");
    }
}
