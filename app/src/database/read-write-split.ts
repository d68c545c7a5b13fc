import { setTimeout as wait } from "node:timers/promises";
import type { Policies } from "../resilience/policies";
import { DependencyUnavailable } from "../resilience/dependency-unavailable";
import type { DatabaseSettings, Endpoint } from "./configuration";
import { type Connector, createConnector, nameOf } from "./connection";
import type { Database, DatabaseParts, DatabaseStatus, Lsn, Queryable, ReadOptions, WriteOptions } from "./types";
import { EndpointPool } from "./endpoint-pool";
import { isConflict, isReadOnly } from "./errors";
import { isLsn, lsnToBytes } from "./lsn";
import { createDatabaseMetrics, type DatabaseMetrics, type ReadTarget } from "./metrics";
import { ReplicaMonitor } from "./replica-monitor";
import { runTransaction, type TransactionProgress } from "./transaction";
import { WriterMonitor } from "./writer-monitor";

/**
 * A transaction that lost against another one is run again this often. Conflicts are short: who lost five times in a row
 * meets something that waiting a little longer will not solve.
 */
const CONFLICT_ATTEMPTS = 5;
const CONFLICT_WAIT_MS = 20;

/** A connection from the pool may have been lost long ago: the second one is new. */
const CONNECTION_ATTEMPTS = 2;

/** No replica can be asked for this read. */
class NoReplica extends Error {}

/** Writes on the writer, reads on the replicas that are fit for them. */
export class ReadWriteSplit implements Database {
    readonly #settings: DatabaseSettings;
    readonly #policies: Policies;
    readonly #metrics: DatabaseMetrics & { stop: () => void };
    readonly #writerPool: EndpointPool;
    readonly #writer: WriterMonitor;
    readonly #replicas: readonly ReplicaMonitor[];

    constructor(settings: DatabaseSettings, { log, metrics, policies }: DatabaseParts) {
        this.#settings = settings;
        this.#policies = policies;
        const connector = createConnector(settings);
        this.#writerPool = this.#createPool(settings.writer, connector, log);
        this.#writer = new WriterMonitor({
            name: this.#writerPool.name,
            config: watchConfig(settings, connector, settings.writer),
            intervalMs: settings.replicaCheckIntervalMs,
            log,
            onMoved: () => {
                this.#writerPool.renew();
            },
        });
        this.#replicas = settings.readers.map((endpoint) => this.#createReplica(endpoint, connector, log));
        this.#metrics = createDatabaseMetrics(metrics, () => this.status(), settings.poolSize - 1);
    }

    /** The first look at each server, whatever it finds. */
    async start(): Promise<void> {
        // The writer first: a replica's lag is told from its position.
        await this.#writer.start();
        await Promise.all(this.#replicas.map((replica) => replica.start()));
    }

    async write<T>(
        work: (tx: Queryable) => Promise<T>,
        { isolation = "read committed" }: WriteOptions = {},
    ): Promise<{ value: T; lsn: Lsn }> {
        const policy = this.#policies.for("database-writer");
        for (let conflicts = 0, losses = 0; ;) {
            const progress: TransactionProgress = { committing: false };
            try {
                return await policy.run((signal) =>
                    runTransaction(this.#writerPool, work, { isolation, signal, progress }),
                );
            } catch (error) {
                // A conflict at the commit has had no effect either: the server says so.
                if (isConflict(error) && ++conflicts < CONFLICT_ATTEMPTS) {
                    this.#metrics.conflicts.add(1);
                    await wait(CONFLICT_WAIT_MS * 2 ** conflicts * Math.random());
                } else if (isLostBeforeCommit(error, progress) && ++losses < CONNECTION_ATTEMPTS) {
                    this.#metrics.reconnects.add(1);
                } else {
                    throw error;
                }
            }
        }
    }

    async read<T>(
        work: (q: Queryable) => Promise<T>,
        { after, consistency = "replica" }: ReadOptions = {},
    ): Promise<T> {
        if (consistency === "writer") return this.#readOnWriter(work, "writer");
        const position = positionOf(after);
        if (!this.#replicas.some((replica) => replica.isFit(position))) {
            const behind = this.#replicas.some((replica) => replica.isFit(undefined));
            return this.#readOnWriter(work, behind ? "writer, replicas behind" : "writer, no replica");
        }
        try {
            return await this.#readOnReplica(work, position);
        } catch (error) {
            if (!isReasonForWriter(error)) throw error;
            return this.#readOnWriter(work, "writer, no replica");
        }
    }

    status(): DatabaseStatus {
        return {
            writer: { host: this.#writerPool.name, up: this.#writer.up, pool: this.#writerPool.status },
            replicas: this.#replicas.map((replica) => replica.status),
        };
    }

    ready(): Promise<boolean> {
        return Promise.resolve(this.#writer.up);
    }

    async close(): Promise<void> {
        this.#metrics.stop();
        await Promise.all([this.#writer.stop(), ...this.#replicas.map((replica) => replica.stop())]);
        await Promise.all([this.#writerPool.close(), ...this.#replicas.map(({ pool }) => pool.close())]);
    }

    /** A second attempt goes to another replica; where there is no other one, nowhere. */
    async #readOnReplica<T>(work: (q: Queryable) => Promise<T>, position: bigint | undefined): Promise<T> {
        const tried = new Set<ReplicaMonitor>();
        const value = await this.#policies.for("database-reader").run(
            (signal) => {
                const replica = this.#pick(position, tried);
                if (replica === undefined) return Promise.reject(new NoReplica());
                tried.add(replica);
                return replica.pool.use((session) => work(readingOn(session)), signal);
            },
            { idempotent: true },
        );
        this.#metrics.reads.add(1, { target: "replica" });
        return value;
    }

    async #readOnWriter<T>(work: (q: Queryable) => Promise<T>, target: ReadTarget): Promise<T> {
        this.#metrics.reads.add(1, { target });
        return this.#policies
            .for("database-writer")
            .run(
                (signal) =>
                    this.#writerPool.use((session) => work({ query: (statement) => session.query(statement) }), signal),
                { idempotent: true },
            );
    }

    /** The one that is least busy; any of those. */
    #pick(position: bigint | undefined, tried: ReadonlySet<ReplicaMonitor>): ReplicaMonitor | undefined {
        const fit = this.#replicas.filter((replica) => !tried.has(replica) && replica.isFit(position));
        const least = Math.min(...fit.map(({ pool }) => pool.load));
        const idlest = fit.filter(({ pool }) => pool.load === least);
        return idlest[Math.floor(Math.random() * idlest.length)];
    }

    #createPool(
        endpoint: Endpoint,
        connector: Connector,
        log: DatabaseParts["log"],
        onFailure?: () => void,
    ): EndpointPool {
        return new EndpointPool({
            name: nameOf(endpoint),
            config: connector.configFor(endpoint),
            // The monitor's connection is one of them.
            size: this.#settings.poolSize - 1,
            log,
            ...(onFailure && { onFailure }),
        });
    }

    #createReplica(endpoint: Endpoint, connector: Connector, log: DatabaseParts["log"]): ReplicaMonitor {
        const replica: ReplicaMonitor = new ReplicaMonitor({
            pool: this.#createPool(endpoint, connector, log, () => {
                replica.suspect();
            }),
            config: watchConfig(this.#settings, connector, endpoint),
            intervalMs: this.#settings.replicaCheckIntervalMs,
            maxLagSeconds: this.#settings.replicaMaxLagSeconds,
            writer: this.#writer.positions,
            log,
        });
        return replica;
    }
}

/** A look must not take longer than a server may be silent before it counts as down. */
function watchConfig(
    { connectTimeoutMs, replicaCheckIntervalMs }: DatabaseSettings,
    connector: Connector,
    endpoint: Endpoint,
): ReturnType<Connector["configFor"]> {
    const patienceMs = Math.max(connectTimeoutMs, replicaCheckIntervalMs);
    return { ...connector.configFor(endpoint), statement_timeout: patienceMs, query_timeout: patienceMs };
}

/** A replica's refusal to write is the program's mistake. As it stands it would look like a primary that has moved. */
function readingOn(session: Queryable): Queryable {
    return {
        query: async (statement) => {
            try {
                return await session.query(statement);
            } catch (error) {
                // Not as the cause: the policy follows causes, and would call the replica broken.
                // eslint-disable-next-line preserve-caught-error
                if (isReadOnly(error)) throw new Error(`a read must not write: ${statement.name}`);
                throw error;
            }
        },
    };
}

/** What a client brings along is not always a position: then it is as if it had none. */
function positionOf(after: Lsn | undefined): bigint | undefined {
    return after !== undefined && isLsn(after) ? lsnToBytes(after) : undefined;
}

function isLostBeforeCommit(error: unknown, { committing }: TransactionProgress): boolean {
    return error instanceof DependencyUnavailable && error.reason === "failed" && !committing;
}

/** Not when the bulkhead is full: what is too much for the replicas must not come down on the writer. */
function isReasonForWriter(error: unknown): boolean {
    if (error instanceof DependencyUnavailable) return error.reason !== "bulkhead full";
    // A replica cancels a query that stands in the way of the replay.
    return error instanceof NoReplica || isConflict(error);
}
