import type { Meter } from "@opentelemetry/api";
import type { Logger } from "pino";
import type { Policies } from "../resilience/policies";

/**
 * A statement with a name: PostgreSQL plans it once for each connection and keeps the plan, and a test can EXPLAIN each of
 * them. The constants live in the `statements.ts` of the folder that uses them.
 */
export interface Statement {
    /** Unique in the process: one name is one text. 63 characters at most. */
    readonly name: string;
    /** With `$1`, `$2`, … for the values. */
    readonly text: string;
}

/** A connection within a transaction, or any connection to read on. */
export interface Queryable {
    /**
     * Runs a statement and answers its rows.
     *
     * Numbers: `int2`, `int4` and `float8` come as numbers, `int8` and `numeric` as strings (pg's rule), times as `Date`.
     */
    query<R extends object>(statement: Statement & { readonly values?: readonly unknown[] }): Promise<readonly R[]>;
}

/** A position in the write-ahead log, as PostgreSQL writes it: `16/B374D848`. */
export type Lsn = string;

export type Isolation = "read committed" | "serializable";

export interface WriteOptions {
    /** `read committed` where it is left out. */
    readonly isolation?: Isolation;
}

export interface ReadOptions {
    /** Only a replica that has replayed this position is asked: what `write` answered to the same client. */
    readonly after?: Lsn;
    /** `writer` for reads that must see every commit. `replica`, the default, may be a second behind. */
    readonly consistency?: "replica" | "writer";
}

/** How a pool is used at this moment. */
export interface PoolStatus {
    readonly total: number;
    readonly idle: number;
    /** Callers that wait for a connection. */
    readonly waiting: number;
}

/** `lagging`: alive, and too far behind to be asked. `down`: does not answer. */
export type ReplicaState = "in use" | "lagging" | "down";

export interface ReplicaStatus {
    /** Host and port. */
    readonly host: string;
    readonly state: ReplicaState;
    /** Bytes of log that the writer had and the replica had not replayed when last asked; undefined if unknown. */
    readonly lagBytes: number | undefined;
    /** Age of the oldest change that the replica has not replayed, 0 if there is none; undefined if unknown. */
    readonly lagSeconds: number | undefined;
    readonly pool: PoolStatus;
}

export interface DatabaseStatus {
    readonly writer: { readonly host: string; readonly up: boolean; readonly pool: PoolStatus };
    readonly replicas: readonly ReplicaStatus[];
}

/** The database as the service sees it: one writer, any number of replicas, and which one to ask is decided here. */
export interface Database {
    /**
     * One transaction on the writer. Answers the work's value, and the position that a replica must have replayed to show
     * it: give that to `read` of the same client.
     *
     * The work runs again, from its beginning, after a serialization failure or a deadlock: it must have no effects but
     * those on `tx`. Throws what the work throws, after a rollback.
     */
    write<T>(work: (tx: Queryable) => Promise<T>, options?: WriteOptions): Promise<{ value: T; lsn: Lsn }>;

    /**
     * Reads on a replica that is fit and has replayed `after`; on the writer where there is none. Nothing
     * may be written: a replica refuses it. Statements of one call see the database at different moments: it is no
     * transaction. The work may run again, on another server.
     */
    read<T>(work: (q: Queryable) => Promise<T>, options?: ReadOptions): Promise<T>;

    status(): DatabaseStatus;

    /** Whether the writer answers. */
    ready(): Promise<boolean>;

    /** Ends the connections after their running statements. */
    close(): Promise<void>;
}

/** What `openDatabase` needs from the process. */
export interface DatabaseParts {
    readonly log: Logger;
    readonly metrics: Meter;
    readonly policies: Policies;
}
