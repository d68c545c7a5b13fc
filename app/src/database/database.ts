import type { DatabaseSettings } from "./configuration";
import { LONGEST_INTERVAL } from "./watch";
import { ReadWriteSplit } from "./read-write-split";
import type { Database, DatabaseParts } from "./types";

export type * from "./types";

/** A read that has begun on a replica takes no longer: see the policy `database-reader`, with its second attempt. */
const LONGEST_READ_MS = 5_000;

/**
 * How old what a replica answers can be, in milliseconds: it may fall behind right after a look found it fit, is left out by the
 * first look that finds it too far behind, and a read that has begun before that goes on.
 */
export function longestReplicaLagMs(settings: DatabaseSettings): number {
    const { replicaMaxLagSeconds, replicaCheckIntervalMs, connectTimeoutMs } = settings;
    const look = replicaCheckIntervalMs * LONGEST_INTERVAL + Math.max(connectTimeoutMs, replicaCheckIntervalMs);
    return Math.ceil(replicaMaxLagSeconds * 1_000 + look + LONGEST_READ_MS);
}

/**
 * Opens the pools and starts to watch the replicas. Answers also while no server can be reached: the process starts, is
 * not ready, and becomes so by itself.
 */
export async function openDatabase(settings: DatabaseSettings, parts: DatabaseParts): Promise<Database> {
    const database = new ReadWriteSplit(settings, parts);
    await database.start();
    return database;
}
