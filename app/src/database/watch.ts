import { setTimeout as wait } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";
import type { Logger } from "pino";

/** How much two intervals may differ, so that the looks of many processes spread. */
const JITTER = 0.2;
/** The longest interval, as a multiple of the one that is set. */
export const LONGEST_INTERVAL = 1 + JITTER;

export interface WatchParts<R extends object> {
    readonly name: string;
    readonly config: ClientConfig;
    readonly intervalMs: number;
    /** What is asked at each look; answers one row. */
    readonly question: string;
    readonly onAnswer: (answer: R) => void;
    readonly onFailure: (error: unknown) => void;
    readonly log: Logger;
}

/**
 * Asks a server the same question again and again, on a connection of its own: it does not wait behind the pool's callers,
 * and a connection that is lost is noticed at once. After a failure a new one is opened, which looks the host's name up again.
 */
export class Watch<R extends object> {
    readonly #parts: WatchParts<R>;
    readonly #stopping = new AbortController();
    #client: Client | undefined;
    #running: Promise<void> | undefined;

    constructor(parts: WatchParts<R>) {
        this.#parts = parts;
    }

    /** Looks once, and then from time to time until `stop`. */
    async start(): Promise<void> {
        await this.#look();
        this.#running = this.#lookAgainAndAgain();
    }

    async stop(): Promise<void> {
        this.#stopping.abort();
        const client = this.#client;
        this.#client = undefined;
        await client?.end().catch(() => undefined);
        await this.#running;
    }

    async #lookAgainAndAgain(): Promise<void> {
        const { signal } = this.#stopping;
        for (;;) {
            const jitter = 1 + JITTER * (2 * Math.random() - 1);
            await wait(this.#parts.intervalMs * jitter, undefined, { signal }).catch(() => undefined);
            if (signal.aborted) return;
            await this.#look();
        }
    }

    async #look(): Promise<void> {
        const { question, onAnswer } = this.#parts;
        try {
            const client = this.#client ?? (await this.#connect());
            const { rows } = await client.query<R>(question);
            const [answer] = rows;
            if (answer !== undefined && this.#client === client) onAnswer(answer);
        } catch (error) {
            this.#failed(error);
        }
    }

    async #connect(): Promise<Client> {
        const client = new Client(this.#parts.config);
        client.on("error", (error) => {
            if (this.#client === client) this.#failed(error);
        });
        try {
            await client.connect();
        } catch (error) {
            await client.end().catch(() => undefined);
            throw error;
        }
        if (this.#stopping.signal.aborted) {
            await client.end();
            throw new Error("stopped");
        }
        this.#client = client;
        return client;
    }

    #failed(error: unknown): void {
        if (this.#stopping.signal.aborted) return;
        const client = this.#client;
        this.#client = undefined;
        void client?.end().catch(() => undefined);
        this.#parts.log.debug({ err: error, endpoint: this.#parts.name }, "server does not answer");
        this.#parts.onFailure(error);
    }
}
