import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "pg";
import type { Statement } from "../../../app/src/database/database";
import { type PostgresCluster, startPostgres } from "../../../twin/servers/postgres";
import { databaseSettingsFrom, migrateDatabase } from "../support/database";
import { createConnector } from "../../../app/src/database/connection";
import { eventually } from "../support/eventually";
import { statementsOfTheApplication } from "./statements";

jest.setTimeout(180_000);

const MIGRATIONS = path.resolve(__dirname, "../../../app/migrations");

/** Every step, in order. */
const STEPS = readdirSync(MIGRATIONS)
    .filter((file) => /^\d{4}_/.test(file))
    .map((file) => path.parse(file).name)
    .sort();

let cluster: PostgresCluster;

beforeAll(async () => {
    cluster = await startPostgres({ replicas: 0 });
});

afterAll(async () => {
    await cluster.stop();
});

let databases = 0;

/** The owner's variables of a database of its own, empty. */
async function emptyDatabase(owner = "owner"): Promise<Record<string, string>> {
    const name = `migrated_${++databases}`;
    await cluster.primary.query(`CREATE DATABASE ${name} OWNER ${owner}`);
    return { ...cluster.ownerEnv, DATABASE_NAME: name };
}

/** The application's variables for the same database. */
function applicationOf(env: Readonly<Record<string, string>>): Record<string, string> {
    return { ...cluster.env, DATABASE_NAME: env.DATABASE_NAME ?? "" };
}

async function connected<T>(env: Readonly<Record<string, string>>, work: (client: Client) => Promise<T>): Promise<T> {
    const settings = databaseSettingsFrom(env);
    const client = new Client(createConnector(settings).configFor(settings.writer));
    await client.connect();
    try {
        return await work(client);
    } finally {
        await client.end();
    }
}

interface Column {
    readonly name: string;
    readonly type: string;
    readonly mandatory: boolean;
    readonly hasDefault: boolean;
}

/** The columns of every table but the migrations' own, by `table.column`. */
async function columnsOf(env: Readonly<Record<string, string>>): Promise<Map<string, Column>> {
    const text = `SELECT table_name || '.' || column_name AS name, data_type AS type,
            is_nullable = 'NO' AS mandatory, column_default IS NOT NULL AS "hasDefault"
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations'`;
    const { rows } = await connected(env, (client) => client.query<Column>(text));
    return new Map(rows.map((column) => [column.name, column]));
}

/** All that makes the schema, as text: tables, columns, constraints, indexes. */
async function schemaOf(env: Readonly<Record<string, string>>): Promise<unknown> {
    const indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1";
    const constraints = `SELECT conrelid::regclass::text AS table, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1, 2`;
    return connected(env, async (client) => ({
        columns: [...(await columnsOf(env)).values()].sort((a, b) => a.name.localeCompare(b.name)),
        indexes: (await client.query(indexes)).rows as unknown[],
        constraints: (await client.query(constraints)).rows as unknown[],
    }));
}

const tableOf = (name: string): string => name.split(".")[0] ?? "";

/** What a step must not do while code of the version before runs; empty where it is harmless. */
function breakingChanges(before: ReadonlyMap<string, Column>, after: ReadonlyMap<string, Column>): string[] {
    const tables = new Set([...before.keys()].map(tableOf));
    const gone = [...before.keys()].filter((name) => !after.has(name)).map((name) => `${name} went away`);
    const changed = [...before.values()].flatMap(({ name, type, mandatory }) => {
        const now = after.get(name);
        if (now === undefined) return [];
        return [
            ...(now.type === type ? [] : [`${name} changed from ${type} to ${now.type}`]),
            ...(now.mandatory && !mandatory ? [`${name} became mandatory`] : []),
        ];
    });
    const demanded = [...after.values()]
        .filter(({ name, mandatory, hasDefault }) => !before.has(name) && mandatory && !hasDefault)
        .filter(({ name }) => tables.has(tableOf(name)))
        .map(({ name }) => `${name} is mandatory and has no default`);
    return [...gone, ...changed, ...demanded];
}

/** Those of the statements that the schema does not understand. */
async function notUnderstood(
    env: Readonly<Record<string, string>>,
    statements: readonly Statement[],
): Promise<Map<string, string>> {
    return connected(env, async (client) => {
        const errors = new Map<string, string>();
        for (const { name, text } of statements) {
            try {
                await client.query(`PREPARE "${name}" AS ${text}`);
            } catch (error) {
                errors.set(name, String(error));
            }
        }
        return errors;
    });
}

describe("migrations", () => {
    it("run from an empty database, and then there is nothing left to do", async () => {
        const env = await emptyDatabase();
        expect(await migrateDatabase(env)).toEqual(STEPS);
        expect(await migrateDatabase(env)).toEqual([]);
    });

    it("make a schema that understands every statement of the application", async () => {
        const env = await emptyDatabase();
        await migrateDatabase(env);
        const statements = statementsOfTheApplication();
        expect(statements.length).toBeGreaterThan(10);
        expect([...(await notUnderstood(env, statements))]).toEqual([]);
    });

    it("lead from every earlier version to the same schema", async () => {
        const whole = await emptyDatabase();
        await migrateDatabase(whole);
        const expected = await schemaOf(whole);
        for (let version = 1; version < STEPS.length; version++) {
            const env = await emptyDatabase();
            expect(await migrateDatabase(env, { count: version })).toEqual(STEPS.slice(0, version));
            expect(await migrateDatabase(env)).toEqual(STEPS.slice(version));
            expect(await schemaOf(env)).toEqual(expected);
        }
    });

    it("change nothing that code of the version before relies on", async () => {
        const env = await emptyDatabase();
        const statements = statementsOfTheApplication();
        let columns = await columnsOf(env);
        let understood = new Set<string>();
        for (const step of STEPS) {
            await migrateDatabase(env, { count: 1 });
            const now = await columnsOf(env);
            const contracts = step.slice(5).startsWith("contract-");
            expect({ step, breaks: contracts ? [] : breakingChanges(columns, now) }).toEqual({ step, breaks: [] });

            const errors = await notUnderstood(env, statements);
            expect([...errors].filter(([name]) => understood.has(name))).toEqual([]);
            understood = new Set(statements.map(({ name }) => name).filter((name) => !errors.has(name)));
            columns = now;
        }
        expect(understood.size).toBe(statements.length);
    });

    it("would be found out if one broke the code of the version before", () => {
        const column = (name: string, type = "text", mandatory = false, hasDefault = false): [string, Column] => [
            name,
            { name, type, mandatory, hasDefault },
        ];
        const before = new Map([column("t.a"), column("t.b"), column("t.c")]);
        const after = new Map([
            column("t.b", "integer"),
            column("t.c", "text", true),
            column("t.d", "text", true),
            column("t.e", "text", true, true),
            column("new.a", "text", true),
        ]);
        expect(breakingChanges(before, after)).toEqual([
            "t.a went away",
            "t.b changed from text to integer",
            "t.c became mandatory",
            "t.d is mandatory and has no default",
        ]);
    });

    it("are run once when three processes start at the same time", async () => {
        const env = await emptyDatabase();
        const done = await Promise.all([migrateDatabase(env), migrateDatabase(env), migrateDatabase(env)]);
        expect(done.flat()).toEqual(STEPS);
    });

    it("go down and up again on a developer's machine", async () => {
        const env = await emptyDatabase();
        await migrateDatabase(env);
        const expected = await schemaOf(env);
        expect(await migrateDatabase(env, { direction: "down", count: STEPS.length })).toEqual([...STEPS].reverse());
        expect([...(await columnsOf(env)).keys()]).toEqual([]);
        await migrateDatabase(env);
        expect(await schemaOf(env)).toEqual(expected);
    });

    it("do not go down in production", async () => {
        const env = await emptyDatabase();
        await migrateDatabase(env);
        await expect(migrateDatabase(env, { direction: "down", nodeEnv: "production" })).rejects.toThrow(
            "A step back is refused where NODE_ENV=production",
        );
        expect(await migrateDatabase(env)).toEqual([]);
    });

    it("wait for a table that others have locked, a little at a time, and do not hold those up for long", async () => {
        const env = await emptyDatabase();
        await migrateDatabase(env, { count: 3 });
        await connected(env, async (client) => {
            await client.query("BEGIN");
            await client.query("LOCK TABLE products IN ACCESS SHARE MODE");
            const migrating = migrateDatabase(env);
            const waits = async (): Promise<boolean> => {
                const text = "SELECT FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'";
                return (await cluster.primary.query(text, [env.DATABASE_NAME])).length > 0;
            };
            await eventually("it waits for the table", waits);
            await eventually("it lets those behind it pass", async () => !(await waits()));
            await eventually("it tries again", waits);
            await client.query("COMMIT");
            await migrating;
        });
        expect((await columnsOf(env)).has("products.upload_key")).toBe(true);
    });

    it("leave nothing of a step that fails, and keep those before it", async () => {
        const folder = mkdtempSync(path.join(tmpdir(), "headroom-migrations-"));
        try {
            mkdirSync(folder, { recursive: true });
            writeFileSync(path.join(folder, "0001_good.sql"), "CREATE TABLE good (id int);");
            writeFileSync(path.join(folder, "0002_bad.sql"), "CREATE TABLE half (id int); SELECT 1 / 0;");
            writeFileSync(path.join(folder, "README.md"), "no migration");
            const env = await emptyDatabase();
            await expect(migrateDatabase(env, { folder })).rejects.toThrow("division by zero");
            expect([...(await columnsOf(env)).keys()]).toEqual(["good.id"]);

            writeFileSync(path.join(folder, "0002_bad.sql"), "CREATE TABLE half (id int);");
            expect(await migrateDatabase(env, { folder })).toEqual(["0002_bad"]);
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    });

    it("are numbered without a gap, and each can be taken back", () => {
        expect(STEPS.map((step) => Number(step.slice(0, 4)))).toEqual(STEPS.map((_, index) => index + 1));
        for (const file of readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql"))) {
            expect(readFileSync(path.join(MIGRATIONS, file), "utf8")).toContain("-- Down Migration");
        }
    });
});

describe("the application's role", () => {
    const works = async (env: Readonly<Record<string, string>>): Promise<unknown> =>
        connected(env, async (client) => {
            await client.query(
                "INSERT INTO outbox (id, type, payload, correlation_id) VALUES (gen_random_uuid(), 't', '{}', 'c')",
            );
            await client.query("UPDATE outbox SET sent_at = now()");
            const { rowCount } = await client.query("DELETE FROM outbox");
            return rowCount;
        });

    const refusals = async (env: Readonly<Record<string, string>>, statements: readonly string[]): Promise<string[]> =>
        connected(env, async (client) => {
            const codes: string[] = [];
            for (const statement of statements) {
                codes.push(
                    await client.query(statement).then(
                        () => `allowed: ${statement}`,
                        (error: unknown) => String((error as { code?: unknown }).code),
                    ),
                );
            }
            return codes;
        });

    const CHANGES_OF_THE_SCHEMA = [
        "ALTER TABLE products ADD COLUMN extra text",
        "DROP TABLE payments",
        "TRUNCATE orders CASCADE",
        "DROP INDEX orders_unfinished_idx",
        "CREATE TABLE extra (id int)",
        "CREATE SCHEMA extra",
        "ALTER TABLE products OWNER TO app",
        "SELECT * FROM migrations",
        "DELETE FROM migrations",
        "SET ROLE owner",
    ];

    it("reads and writes rows, and cannot change the schema", async () => {
        const env = await emptyDatabase();
        await migrateDatabase(env);
        expect(await works(applicationOf(env))).toBe(1);
        const refused = await refusals(applicationOf(env), CHANGES_OF_THE_SCHEMA);
        expect(refused).toEqual(CHANGES_OF_THE_SCHEMA.map(() => "42501"));
    });

    it("may use every statement of the application, but for nothing else than rows", async () => {
        const env = await emptyDatabase();
        await migrateDatabase(env);
        const refused = await connected(applicationOf(env), async (client) => {
            const found: string[] = [];
            for (const { name, text } of statementsOfTheApplication()) {
                await client.query("BEGIN");
                const parameters = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
                // Nulls match nothing, or are refused for what they are: permissions are looked at before.
                await client
                    .query(
                        text,
                        Array.from({ length: parameters }, () => null),
                    )
                    .catch((error: unknown) => {
                        if ((error as { code?: unknown }).code === "42501") found.push(name);
                    });
                await client.query("ROLLBACK");
            }
            return found;
        });
        expect(refused).toEqual([]);
    });

    it("can use a table from the moment on that it is there", async () => {
        const folder = mkdtempSync(path.join(tmpdir(), "headroom-migrations-"));
        try {
            writeFileSync(path.join(folder, "0001_first.sql"), "CREATE TABLE first (id bigserial, name text);");
            writeFileSync(path.join(folder, "0002_bad.sql"), "SELECT 1 / 0;");
            const env = await emptyDatabase();
            await expect(migrateDatabase(env, { folder })).rejects.toThrow("division by zero");
            const used = connected(applicationOf(env), (client) =>
                client.query("INSERT INTO first (name) VALUES ('a')"),
            );
            await expect(used).resolves.toMatchObject({ rowCount: 1 });
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    });

    it("is made where it is missing, whatever its name, and once by three that come at the same time", async () => {
        const env = { ...(await emptyDatabase()), DATABASE_APPLICATION_USER: "Shop-App$1" };
        const done = await Promise.all([migrateDatabase(env), migrateDatabase(env), migrateDatabase(env)]);
        expect(done.flat()).toEqual(STEPS);
        await cluster.primary.query(`ALTER ROLE "Shop-App$1" PASSWORD 'its own'`);
        const shop = { ...applicationOf(env), DATABASE_USER: "Shop-App$1", DATABASE_PASSWORD: "its own" };
        expect(await works(shop)).toBe(1);
        expect(await refusals(shop, ["DROP TABLE payments"])).toEqual(["42501"]);
        const roles = await cluster.primary.query(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles WHERE rolname = 'Shop-App$1'",
        );
        expect(roles).toEqual([{ rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolcanlogin: true }]);
    });

    it("is made once for two databases of one server that are migrated at the same time", async () => {
        const environments = await Promise.all([emptyDatabase(), emptyDatabase(), emptyDatabase()]);
        const role = { DATABASE_APPLICATION_USER: "shared_app" };
        const done = await Promise.all(environments.map((env) => migrateDatabase({ ...env, ...role })));
        expect(done).toEqual(environments.map(() => STEPS));
    });

    it("authenticates by IAM where there is such a thing", async () => {
        const env = { ...(await emptyDatabase()), DATABASE_APPLICATION_USER: "iam_app" };
        await cluster.primary.query("CREATE ROLE rds_iam");
        try {
            await cluster.primary.query("GRANT rds_iam TO owner WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
            await migrateDatabase(env);
            await migrateDatabase(env);
            const text =
                "SELECT pg_has_role('iam_app', 'rds_iam', 'MEMBER') AS application, rolcanlogin FROM pg_roles WHERE rolname = 'iam_app'";
            expect(await cluster.primary.query(text)).toEqual([{ application: true, rolcanlogin: true }]);
        } finally {
            await cluster.primary.query("DROP ROLE rds_iam");
        }
    });

    it("gives up what it owned, where it used to migrate by itself, and loses no row", async () => {
        const env = await emptyDatabase("app");
        const before = { ...applicationOf(env), DATABASE_APPLICATION_USER: "" };
        expect(await migrateDatabase(before, { count: 3 })).toEqual(STEPS.slice(0, 3));
        await connected(before, (client) => client.query("INSERT INTO mails (message_id) VALUES (gen_random_uuid())"));

        expect(await migrateDatabase(env)).toEqual(STEPS.slice(3));
        expect(await works(applicationOf(env))).toBe(1);
        const refused = await refusals(applicationOf(env), CHANGES_OF_THE_SCHEMA);
        expect(refused).toEqual(CHANGES_OF_THE_SCHEMA.map(() => "42501"));
        const kept = await connected(applicationOf(env), (client) => client.query("SELECT FROM mails"));
        expect(kept.rowCount).toBe(1);
    });

    it("is nobody else than the owner where none is named, as on a developer's machine", async () => {
        const env = { ...(await emptyDatabase()), DATABASE_APPLICATION_USER: "" };
        expect(await migrateDatabase(env)).toEqual(STEPS);
        expect(await refusals(applicationOf(env), ["SELECT FROM products"])).toEqual(["42501"]);
    });

    it("is admitted by an owner with any password", async () => {
        const password = `a'b"c$d%e:f@g/h\\i #?&=é;--`;
        const env = { ...(await emptyDatabase()), DATABASE_PASSWORD: password };
        await cluster.primary.query(`ALTER ROLE owner PASSWORD '${password.replaceAll("'", "''")}'`);
        try {
            expect(await migrateDatabase(env)).toEqual(STEPS);
        } finally {
            await cluster.primary.query(`ALTER ROLE owner PASSWORD '${cluster.ownerEnv.DATABASE_PASSWORD ?? ""}'`);
        }
    });
});
