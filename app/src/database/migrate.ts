import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import type { Logger } from "pino";
import { admitApplication, hideTable } from "./application-role";
import type { DatabaseSettings } from "./configuration";
import { createConnector } from "./connection";

export interface MigrateOptions {
    /** `down` takes steps back, on a developer's machine only. Default `up`. */
    readonly direction?: "up" | "down";
    /** How many steps; default: all upwards, one downwards. */
    readonly count?: number;
    /** Attempts to get a table's lock; default 10. */
    readonly attempts?: number;
    /** Default: the folder `migrations` of the application. */
    readonly folder?: string;
}

/** Where it is noted what has been run. */
const TABLE = "migrations";

/** Any number, as long as it is always the same one: who holds this lock migrates. */
const LOCK = "7241865325823964";

/** While a statement waits for a table's lock, everything else that wants the table waits behind it. */
const LOCK_TIMEOUT_MS = 2_000;
/** Between two attempts: those who waited get their turn. */
const TRY_AGAIN_MS = 1_000;
const ATTEMPTS = 10;

/** `lock_not_available`: the lock timeout. */
const LOCK_NOT_AVAILABLE = "55P03";

/** A file of a step; others in the folder are none. */
const NO_MIGRATION = "(?!\\d{4}_).*";

/**
 * Brings the schema to the state that this version needs: the role `migrate`, run before a deployment. See
 * migrations/README.md for how steps are written.
 *
 * Each step is a transaction of its own (or none, if it says so), noted in the table `migrations` with it. Of several
 * processes one migrates, the others wait for it. A step that does not get a lock within two seconds is tried again.
 *
 * Who migrates owns the schema. Where the application is somebody else (`applicationUser`), its role is made and admitted first.
 *
 * @returns the names of the steps that were run (of the last attempt, if there were several); none where nothing was missing
 * @throws on the first step that fails; those before it remain
 */
export async function migrate(
    settings: DatabaseSettings,
    log: Logger,
    options: MigrateOptions = {},
): Promise<readonly string[]> {
    refuseDownInProduction(options);
    const client = new Client({
        ...createConnector(settings).configFor(settings.writer),
        // Building an index takes as long as it takes.
        statement_timeout: 0,
        query_timeout: 0,
        lock_timeout: LOCK_TIMEOUT_MS,
    });
    // A lost connection is also the running statement's error.
    client.on("error", (error) => {
        log.warn({ err: error }, "connection lost");
    });
    await client.connect();
    try {
        await waitForTurn(client, log);
        return await runUntilLocked(client, applicationRole(settings, options), log, options);
    } finally {
        // Gives the lock back too: it belongs to the session.
        await client.end();
    }
}

/** Undefined where the application is the owner, or where steps are taken back. */
function applicationRole(
    { user, applicationUser }: DatabaseSettings,
    { direction }: MigrateOptions,
): string | undefined {
    const another = applicationUser !== "" && applicationUser !== user;
    return another && direction !== "down" ? applicationUser : undefined;
}

function refuseDownInProduction({ direction }: MigrateOptions): void {
    if (direction !== "down" || process.env.NODE_ENV !== "production") return;
    throw new Error(
        "A step back is refused where NODE_ENV=production: it would drop data. Deploy the earlier version instead; it works " +
            "with this schema.",
    );
}

/** Asks again and again, since who waits in a statement holds a snapshot, and CREATE INDEX CONCURRENTLY would wait for that. */
async function waitForTurn(client: Client, log: Logger): Promise<void> {
    for (let asked = 0; ; asked++) {
        const { rows } = await client.query<{ mine: boolean }>("SELECT pg_try_advisory_lock($1) AS mine", [LOCK]);
        if (rows[0]?.mine) return;
        if (asked === 0) log.info("another process migrates: waiting for it");
        await wait(TRY_AGAIN_MS / 4);
    }
}

async function runUntilLocked(
    client: Client,
    role: string | undefined,
    log: Logger,
    options: MigrateOptions,
): Promise<readonly string[]> {
    const attempts = options.attempts ?? ATTEMPTS;
    for (let attempt = 1; ; attempt++) {
        try {
            if (role !== undefined) await admitApplication(client, role, log);
            const steps = await run(client, log, options);
            if (role !== undefined) await hideTable(client, TABLE, role);
            return steps;
        } catch (error) {
            await client.query("ROLLBACK").catch(() => undefined);
            if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE || attempt >= attempts) throw error;
            log.warn({ attempt, attempts }, "a table is locked by others: trying again");
            await wait(TRY_AGAIN_MS);
        }
    }
}

async function run(client: Client, log: Logger, options: MigrateOptions): Promise<string[]> {
    const { direction = "up", count } = options;
    // Loaded here: the package is an ES module, and the other roles do not need it.
    const { runner } = await import("node-pg-migrate");
    const done = await runner({
        dbClient: client,
        dir: options.folder ?? findMigrations(__dirname),
        ignorePattern: NO_MIGRATION,
        migrationsTable: TABLE,
        direction,
        ...(count !== undefined && { count }),
        checkOrder: true,
        singleTransaction: false,
        // Ours is held already.
        noLock: true,
        logger: {
            debug: (message: string) => {
                log.debug(message);
            },
            info: (message: string) => {
                log.debug(message);
            },
            warn: (message: string) => {
                log.warn(message);
            },
            error: (message: string) => {
                log.error(message);
            },
        },
    });
    const steps = done.map(({ name }) => name);
    log.info({ direction, steps }, steps.length > 0 ? "schema migrated" : "the schema is up to date");
    return steps;
}

/** Beside `dist/` in the image, beside `src/` in the sources. */
function findMigrations(folder: string): string {
    const found = path.join(folder, "migrations");
    if (existsSync(found)) return found;
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error("The folder `migrations` is missing: it belongs beside `dist`.");
    return findMigrations(parent);
}
