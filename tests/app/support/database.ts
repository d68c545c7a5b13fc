import { metrics as noMetrics } from "@opentelemetry/api";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { pino } from "pino";
import {
    DATABASE_SETTINGS,
    type DatabaseSettings,
    databaseSettings,
    type DatabaseValues,
} from "../../../app/src/database/configuration";
import { type Database, openDatabase } from "../../../app/src/database/database";
import type { MigrateOptions } from "../../../app/src/database/migrate";
import { createPolicies, DEFAULT_RESILIENCE } from "../../../app/src/resilience/policies";
import { type PostgresCluster, type PostgresOptions, startPostgres } from "../../../twin/servers/postgres";

const REPOSITORY = path.resolve(__dirname, "../../..");

/** A log that nobody reads. */
export const silent = pino({ level: "silent" });

/** Reads the variables as the application does. */
export function databaseSettingsFrom(
    environment: Readonly<Record<string, string>>,
    overrides: Partial<DatabaseSettings> = {},
): DatabaseSettings {
    const values = Object.fromEntries(
        Object.entries(DATABASE_SETTINGS).map(([name, { schema, fallback }]) => {
            const given = environment[name];
            return [name, given === undefined ? fallback : schema.parse(given)];
        }),
    ) as unknown as DatabaseValues;
    const settings = databaseSettings(values, "test");
    if (settings === undefined) throw new Error("the environment names no database");
    return { ...settings, ...overrides };
}

/** Opens a database as the application does, with default policies and without metrics. */
export async function openTestDatabase(
    environment: Readonly<Record<string, string>>,
    overrides: Partial<DatabaseSettings> = {},
): Promise<Database> {
    const meter = noMetrics.getMeter("test");
    return openDatabase(databaseSettingsFrom(environment, { replicaCheckIntervalMs: 100, ...overrides }), {
        log: silent,
        metrics: meter,
        policies: createPolicies(DEFAULT_RESILIENCE, { log: silent, metrics: meter }),
    });
}

/**
 * Migrates in a process of its own, as the role `migrate` does: node-pg-migrate is an ES module, which Jest cannot load.
 * Answers the steps that were run; what the process wrote is in the error.
 */
export async function migrateDatabase(
    environment: Readonly<Record<string, string>>,
    options: MigrateOptions & { readonly nodeEnv?: string } = {},
): Promise<readonly string[]> {
    const { nodeEnv = "test", ...rest } = options;
    const child = spawn(process.execPath, [migrationScript()], {
        env: {
            PATH: process.env.PATH,
            NODE_ENV: nodeEnv,
            SETTINGS: JSON.stringify(databaseSettingsFrom(environment)),
            OPTIONS: JSON.stringify(rest),
        },
        stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(errors);
    return JSON.parse(output) as string[];
}

/** A primary with replicas and the application's schema, and the database opened on it. */
export interface TestDatabase {
    readonly cluster: PostgresCluster;
    readonly database: Database;
    /** Closes the database and stops the servers. */
    stop(): Promise<void>;
}

/** Starts servers, migrates, and opens the database. About two seconds. */
export async function startTestDatabase(
    options: PostgresOptions = {},
    overrides: Partial<DatabaseSettings> = {},
): Promise<TestDatabase> {
    const cluster = await startPostgres(options);
    try {
        await migrateDatabase(cluster.ownerEnv);
        await Promise.all(cluster.replicas.map((replica) => replica.catchUp(cluster.primary)));
        const database = await openTestDatabase(cluster.env, overrides);
        return {
            cluster,
            database,
            stop: async () => {
                await database.close();
                await cluster.stop();
            },
        };
    } catch (error) {
        await cluster.stop();
        throw error;
    }
}

let script: string | undefined;

/** Compiled once for a test file. Inside app/, so that it finds the application's packages and migrations. */
function migrationScript(): string {
    if (script !== undefined && existsSync(script)) return script;
    const parent = path.join(REPOSITORY, "app/dist");
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(path.join(parent, "test-"));
    const file = path.join(folder, "migrate.js");
    const source = `
        import { pino } from "pino";
        import { migrate } from "./src/database/migrate";
        migrate(JSON.parse(process.env.SETTINGS), pino({ level: "silent" }), JSON.parse(process.env.OPTIONS)).then(
            (steps) => console.log(JSON.stringify(steps)),
            (error) => {
                console.error(error);
                process.exitCode = 1;
            },
        );`;
    const options = ["--bundle", "--packages=external", "--platform=node", "--format=cjs", `--outfile=${file}`];
    execFileSync(path.join(REPOSITORY, "node_modules/.bin/esbuild"), options, {
        input: source,
        cwd: path.join(REPOSITORY, "app"),
        stdio: ["pipe", "ignore", "pipe"],
    });
    process.once("exit", () => {
        rmSync(folder, { recursive: true, force: true });
    });
    return (script = file);
}
