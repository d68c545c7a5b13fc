import { Cluster, type Valkey } from "iovalkey";
import type { Logger } from "pino";
import { connectionParts, type ConnectionParts, createClient, createSubscriber, type ValkeyClient } from "./client";
import type { CacheSettings } from "./configuration";
import { iamTokens } from "./iam-token";

/**
 * Whenever a connection has to be opened, a good token is at hand: well before its 15 minutes are over, and before the
 * credentials that signed it can have ended, which the SDK renews when they are good for less than five minutes.
 */
const RENEW_MS = 4 * 60_000;
const RENEW_AGAIN_MS = 15_000;

/**
 * ElastiCache cuts a connection 12 hours after its last authentication. The connection for commands authenticates with every
 * new token. One that listens cannot, so it is opened anew, up to an hour earlier by chance: not all processes at once.
 */
const REOPEN_SUBSCRIBER_MS = 11 * 60 * 60_000;
const REOPEN_SPREAD_MS = 60 * 60_000;

/** Makes the password for the next connection: a token, or always the same. */
export type PasswordSource = () => Promise<string>;

/** What can be replaced for a test. */
export interface ConnectionOptions {
    password?: PasswordSource;
    /** Between two passwords; the default is 4 minutes, and never where there is no IAM authentication. */
    renewMs?: number;
}

/**
 * The connections of a process to the cache: one for commands, one that listens to events. They are opened again for as long
 * as it takes, with jitter, and with IAM authentication always with a fresh token.
 */
export class Connection {
    readonly client: ValkeyClient;
    readonly subscriber: Valkey;
    readonly #parts: ConnectionParts;
    readonly #log: Logger;
    readonly #timers = new Set<NodeJS.Timeout>();
    #connected = false;
    #closed = false;

    private constructor(parts: ConnectionParts, log: Logger) {
        this.#parts = parts;
        this.#log = log;
        this.client = createClient(parts);
        this.subscriber = createSubscriber(parts);
        this.#watch();
    }

    /**
     * Opens the connections, and waits for the first until it is there or its time is over: a process has to start, and to
     * answer what it can, while its cache is down.
     */
    static async open(settings: CacheSettings, log: Logger, options: ConnectionOptions = {}): Promise<Connection> {
        const passwords = options.password ?? passwordSource(settings);
        const first = await firstPassword(passwords, log);
        const connection = new Connection(connectionParts(settings, first ?? ""), log);
        const renewMs = options.renewMs ?? (settings.auth === "iam" ? RENEW_MS : undefined);
        if (renewMs !== undefined) {
            connection.#renew(first === undefined ? Math.min(renewMs, RENEW_AGAIN_MS) : renewMs, renewMs, passwords);
            connection.#reopenSubscriber();
        }
        await connection.#firstReady(settings.connectTimeoutMs);
        return connection;
    }

    /** Whether commands are taken at this moment. */
    get connected(): boolean {
        return this.#connected;
    }

    /** Ends the connections; commands that still run are cut off. */
    close(): void {
        this.#closed = true;
        for (const timer of this.#timers) clearTimeout(timer);
        this.client.disconnect();
        this.subscriber.disconnect();
    }

    async #firstReady(timeoutMs: number): Promise<void> {
        let timer: NodeJS.Timeout | undefined;
        // Not `once` of node:events, which an error on the way would end.
        await new Promise<void>((resolve) => {
            this.client.once("ready", resolve);
            timer = setTimeout(resolve, timeoutMs);
        });
        clearTimeout(timer);
        if (!this.connected) this.#log.warn("cache is not connected: starting without it");
    }

    /** Says in the log when the state changes, and not with every attempt. */
    #watch(): void {
        const { client, subscriber } = this;
        client.on("ready", () => {
            if (!this.#connected) this.#log.info("cache connected");
            this.#connected = true;
        });
        client.on("close", () => {
            if (this.#connected && !this.#closed) this.#log.warn("cache connection lost");
            this.#connected = false;
        });
        // Messages only: an error object may hold a command with its arguments.
        const tell = (error: Error): void => {
            this.#log.debug({ reason: error.message }, "cache connection failed");
        };
        client.on("error", tell);
        client.on("node error", tell);
        subscriber.on("error", tell);
    }

    #renew(delayMs: number, everyMs: number, passwords: PasswordSource): void {
        this.#later(delayMs, async () => {
            let next = everyMs;
            try {
                await this.#authenticate(await passwords());
            } catch (error) {
                next = Math.min(everyMs, RENEW_AGAIN_MS);
                this.#log.error({ reason: (error as Error).message }, "cache token was not renewed");
            }
            if (!this.#closed) this.#renew(next, everyMs, passwords);
        });
    }

    /** Gives the password to every connection that is open, and to all that will be. */
    async #authenticate(password: string): Promise<void> {
        this.#parts.common.password = password;
        const nodes = this.client instanceof Cluster ? this.client.nodes() : [this.client];
        this.subscriber.options.password = password;
        await Promise.all(
            nodes.map(async (node) => {
                node.options.password = password;
                // One that is not open takes it when it opens.
                if (node.status === "ready") await node.auth(this.#parts.settings.user, password);
            }),
        );
    }

    #reopenSubscriber(): void {
        this.#later(REOPEN_SUBSCRIBER_MS - Math.random() * REOPEN_SPREAD_MS, () => {
            this.subscriber.disconnect(true);
            this.#reopenSubscriber();
            return Promise.resolve();
        });
    }

    #later(delayMs: number, work: () => Promise<void>): void {
        const timer = setTimeout(() => {
            this.#timers.delete(timer);
            void work();
        }, delayMs);
        timer.unref();
        this.#timers.add(timer);
    }
}

function passwordSource(settings: CacheSettings): PasswordSource {
    if (settings.auth !== "iam") return () => Promise.resolve(settings.auth === "password" ? settings.password : "");
    const token = iamTokens(settings);
    return () => token();
}

/** Without one the server refuses, and a renewal soon brings one: no reason not to start. */
async function firstPassword(passwords: PasswordSource, log: Logger): Promise<string | undefined> {
    try {
        return await passwords();
    } catch (error) {
        log.error({ reason: (error as Error).message }, "cache token was not made");
        return undefined;
    }
}
