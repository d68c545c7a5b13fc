import type { DatabaseSettings } from "./configuration";
import { ReadWriteSplit } from "./read-write-split";
import type { Database, DatabaseParts } from "./types";

export type * from "./types";

/**
 * Opens the pools and starts to watch the replicas. Answers also while no server can be reached: the process starts, is
 * not ready, and becomes so by itself.
 */
export async function openDatabase(settings: DatabaseSettings, parts: DatabaseParts): Promise<Database> {
    const database = new ReadWriteSplit(settings, parts);
    await database.start();
    return database;
}
