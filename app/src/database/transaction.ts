import type { Isolation, Lsn, Queryable } from "./types";
import type { EndpointPool, Session } from "./endpoint-pool";

/** How far a transaction got: before `committing` it has certainly had no effect. */
export interface TransactionProgress {
    committing: boolean;
}

/**
 * The position that holds the commit: of everything up to it the primary has written its log to disk, so a replica gets it.
 * The position of insertion, which is later, only where a commit does not wait for the disk: there the flushed one would be
 * too early. (It is no good choice otherwise: other transactions may be at work beyond the flushed position, and at the
 * beginning of a page it counts the page's header, which no replica says that it has replayed.)
 */
const POSITION = `CASE current_setting('synchronous_commit')
    WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END`;

/**
 * Runs work in a transaction, on a connection of the pool.
 *
 * @param progress is kept up to date, so that the caller knows after an error whether the work may be run again
 */
export function runTransaction<T>(
    pool: EndpointPool,
    work: (tx: Queryable) => Promise<T>,
    { isolation, signal, progress }: { isolation: Isolation; signal: AbortSignal; progress: TransactionProgress },
): Promise<{ value: T; lsn: Lsn }> {
    return pool.use(async (session) => {
        await session.control(`BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}`);
        const value = await workOrRollBack(session, work);
        signal.throwIfAborted();
        progress.committing = true;
        return { value, lsn: await commit(session) };
    }, signal);
}

async function workOrRollBack<T>(session: Session, work: (tx: Queryable) => Promise<T>): Promise<T> {
    try {
        return await work({ query: (statement) => session.query(statement) });
    } catch (error) {
        // Where this fails too, the connection is gone, and the transaction with it.
        await session.control("ROLLBACK").catch(() => undefined);
        throw error;
    }
}

/** Both in one round trip. */
async function commit(session: Session): Promise<Lsn> {
    const [outcome, position] = await session.control(`COMMIT; SELECT (${POSITION})::text AS lsn`);
    // A transaction in which a statement has failed is rolled back, and that is no error to PostgreSQL.
    if (outcome?.command !== "COMMIT") {
        throw new Error(
            "the transaction was rolled back: a statement in it had failed, and its error was not passed on",
        );
    }
    return (position?.rows[0] as { lsn: Lsn }).lsn;
}
