import { type ClientConfig, Pool, type PoolClient } from "pg";
import type { Logger } from "pino";
import { isDependencyFailure } from "../resilience/failure";
import type { PoolStatus, Queryable, Statement } from "./types";
import { hasMoved } from "./errors";

/** A connection that was not needed for this long is closed: after a peak the server gets its memory back. */
const IDLE_MS = 30_000;

/**
 * A connection is closed at this age, give or take a fifth so that those of many processes do not go at the same time: new
 * ones look the name up again and spread over what is there by then.
 */
const LIFETIME_SECONDS = 600;

export interface EndpointPoolParts {
    /** Host and port. */
    readonly name: string;
    readonly config: ClientConfig;
    readonly size: number;
    readonly log: Logger;
    /** Told of every connection that was lost or could not be opened. */
    readonly onFailure?: (error: unknown) => void;
}

/** The connection that a caller of the pool works on, for as long as the pool lets it. */
export interface Session extends Queryable {
    /** Runs statements without a name and without values, as BEGIN and COMMIT are. */
    control(text: string): Promise<readonly { command: string; rows: readonly unknown[] }[]>;
}

/** The connections to one endpoint. */
export class EndpointPool {
    readonly name: string;
    readonly #pool: Pool;
    readonly #log: Logger;
    readonly #onFailure: (error: unknown) => void;
    /** Connections of an earlier generation are closed instead of used. */
    #generation = 0;
    readonly #generations = new WeakMap<PoolClient, number>();

    constructor({ name, config, size, log, onFailure }: EndpointPoolParts) {
        this.name = name;
        this.#log = log;
        this.#onFailure = onFailure ?? (() => undefined);
        this.#pool = new Pool({
            ...config,
            max: size,
            idleTimeoutMillis: IDLE_MS,
            maxLifetimeSeconds: Math.round(LIFETIME_SECONDS * (0.8 + 0.4 * Math.random())),
        });
        this.#pool.on("connect", (client) => this.#generations.set(client, this.#generation));
        // One that nobody uses was lost: the pool has taken it out already.
        this.#pool.on("error", (error) => {
            log.info({ err: error, endpoint: name }, "idle connection lost");
            this.#failed(error);
        });
    }

    get status(): PoolStatus {
        const { totalCount: total, idleCount: idle, waitingCount: waiting } = this.#pool;
        return { total, idle, waiting };
    }

    /** Connections that are used, and callers that wait for one: what a new caller would stand in line behind. */
    get load(): number {
        const { total, idle, waiting } = this.status;
        return total - idle + waiting;
    }

    /** From now on every caller gets a connection that was opened from now on, to wherever the name leads now. */
    renew(): void {
        this.#generation++;
    }

    /**
     * Lends a connection. When the signal aborts it is closed, whatever runs on it; after the work has ended, nothing can
     * be run on it any more.
     */
    async use<T>(work: (session: Session) => Promise<T>, signal: AbortSignal): Promise<T> {
        const client = await this.#acquire();
        if (signal.aborted) {
            // Nothing has run on it: it is as good as before.
            client.release();
            signal.throwIfAborted();
        }
        let ended = false;
        const end = (destroy: boolean): void => {
            if (ended) return;
            ended = true;
            signal.removeEventListener("abort", abort);
            client.release(destroy);
            client.off("error", noticed);
        };
        const abort = (): void => {
            end(true);
        };
        // A connection may be lost between two statements; the next one fails with it.
        const noticed = (error: Error): void => {
            this.#log.info({ err: error, endpoint: this.name }, "connection lost");
        };
        client.on("error", noticed);
        signal.addEventListener("abort", abort);
        try {
            const result = await work(createSession(client, () => ended));
            end(false);
            return result;
        } catch (error) {
            end(isDependencyFailure(error));
            // What was cut off here says nothing about the server.
            if (!signal.aborted) this.#failed(error);
            throw error;
        }
    }

    async close(): Promise<void> {
        await this.#pool.end();
    }

    async #acquire(): Promise<PoolClient> {
        for (;;) {
            const client = await this.#connect();
            if (this.#generations.get(client) === this.#generation) return client;
            client.release(true);
        }
    }

    async #connect(): Promise<PoolClient> {
        try {
            return await this.#pool.connect();
        } catch (error) {
            this.#failed(error);
            throw error;
        }
    }

    #failed(error: unknown): void {
        if (hasMoved(error)) this.renew();
        // Too few connections for the callers is a matter of this process, and no sign that the server is down.
        if (isDependencyFailure(error) && !isLongWait(error)) this.#onFailure(error);
    }
}

/** What pg-pool throws when all connections were lent for as long as a caller may wait. */
function isLongWait(error: unknown): boolean {
    return error instanceof Error && error.message === "timeout exceeded when trying to connect";
}

function createSession(client: PoolClient, ended: () => boolean): Session {
    const refuseLate = (): void => {
        if (ended()) throw new Error("the connection was given back: a statement was not awaited, or the time was up");
    };
    return {
        query: async <R extends object>({ name, text, values }: Statement & { values?: readonly unknown[] }) => {
            refuseLate();
            return (await client.query<R>({ name, text, values: [...(values ?? [])] })).rows;
        },
        control: async (text) => {
            refuseLate();
            // Of several statements, pg answers a list of results.
            const results: unknown = await client.query(text);
            return (Array.isArray(results) ? results : [results]) as { command: string; rows: unknown[] }[];
        },
    };
}
