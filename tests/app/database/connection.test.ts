import { randomUUID, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { ConnectionOptions } from "node:tls";
import { Client, type ClientConfig } from "pg";
import { type DatabaseSettings } from "../../../app/src/database/configuration";
import { createConnector } from "../../../app/src/database/connection";
import { cacheToken } from "../../../app/src/database/credentials";
import { EndpointPool } from "../../../app/src/database/endpoint-pool";
import { type PostgresCluster, startPostgres } from "../../../twin/servers/postgres";
import { createServerCertificate } from "../../../twin/servers/server-certificate";
import { databaseSettingsFrom, silent } from "../support/database";
import { eventually } from "../support/eventually";

jest.setTimeout(60_000);

let cluster: PostgresCluster;

beforeAll(async () => {
    cluster = await startPostgres({ replicas: 0 });
});

afterAll(async () => {
    await cluster.stop();
});

function configFor(overrides: Partial<DatabaseSettings> = {}): ClientConfig {
    const settings = databaseSettingsFrom(cluster.env, overrides);
    return createConnector(settings).configFor(settings.writer);
}

async function show(config: ClientConfig, setting: string): Promise<string> {
    const client = new Client(config);
    await client.connect();
    try {
        const { rows } = await client.query<{ value: string }>("SELECT current_setting($1) AS value", [setting]);
        return rows[0]?.value ?? "";
    } finally {
        await client.end();
    }
}

describe("a connection", () => {
    it("is encrypted, and the server is the one that the authority vouches for", async () => {
        const client = new Client(configFor());
        await client.connect();
        const { rows } = await client.query<{ ssl: boolean }>(
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        );
        await client.end();
        expect(rows).toEqual([{ ssl: true }]);
    });

    it("is refused where another authority signed the server's certificate", async () => {
        const caFile = path.join(path.dirname(cluster.env.DATABASE_CA_FILE ?? ""), "other.pem");
        writeFileSync(caFile, (await createServerCertificate()).ca);
        await expect(new Client(configFor({ caFile })).connect()).rejects.toThrow(/certificate/);
    });

    it("is refused where the certificate is for another name, also if that is an address", async () => {
        // Leads to 127.0.0.1, and is not written in the certificate.
        const writer = { host: "127.1", port: cluster.primary.port };
        await expect(new Client(configFor({ writer })).connect()).rejects.toThrow(/altnames/);
    });

    it("trusts the authorities of RDS in every region where no file names others", async () => {
        const { ssl } = configFor({ caFile: "" });
        const authorities = (ssl as ConnectionOptions).ca as string[];
        const subjects = authorities.map((authority) => new X509Certificate(authority).subject);
        for (const region of ["eu-central-1", "us-east-1", "ap-southeast-4"]) {
            expect(subjects).toContainEqual(expect.stringContaining(`Amazon RDS ${region} Root CA RSA2048 G1`));
        }
        await expect(new Client(configFor({ caFile: "" })).connect()).rejects.toThrow(/certificate/);
    });

    it("names the setting where the authorities cannot be read", () => {
        expect(() => configFor({ caFile: "/nowhere.pem" })).toThrow('DATABASE_CA_FILE="/nowhere.pem" cannot be read');
    });

    it("tells the server who it is and how long it is willing to wait", async () => {
        const config = configFor({
            applicationName: "web",
            statementTimeoutMs: 4_000,
            lockTimeoutMs: 1_500,
            idleInTransactionTimeoutMs: 9_000,
        });
        expect(await show(config, "application_name")).toBe("web");
        expect(await show(config, "statement_timeout")).toBe("4s");
        expect(await show(config, "lock_timeout")).toBe("1500ms");
        expect(await show(config, "idle_in_transaction_session_timeout")).toBe("9s");
    });

    it("is opened with the token of the moment, also after the old one has become worthless", async () => {
        await cluster.primary.query("CREATE ROLE token_user LOGIN");
        let nowMs = 0;
        let token = "";
        const issue = async (): Promise<void> => {
            token = randomUUID();
            await cluster.primary.query(`ALTER ROLE token_user PASSWORD '${token}'`);
        };
        const password = cacheToken(
            () => Promise.resolve(token),
            () => nowMs,
        );
        const config = { ...configFor(), user: "token_user", password, database: "postgres" };

        await issue();
        expect(await show(config, "application_name")).toBe("test");
        nowMs += 11 * 60_000;
        await issue();
        expect(await show(config, "application_name")).toBe("test");
    });
});

describe("a pool", () => {
    function createPool(config: ClientConfig, onFailure?: (error: unknown) => void): EndpointPool {
        return new EndpointPool({ name: "test", config, size: 2, log: silent, ...(onFailure && { onFailure }) });
    }

    const sleepLong = { name: "test-sleep", text: "SELECT pg_sleep(20)" };
    const one = { name: "test-one", text: "SELECT 1 AS one" };

    it("closes a connection whose time is up, and does not lend it again", async () => {
        const pool = createPool(configFor());
        try {
            const time = new AbortController();
            const late: Promise<unknown>[] = [];
            const working = pool.use(async (session) => {
                const sleeping = session.query(sleepLong);
                setTimeout(() => {
                    time.abort(new Error("time is up"));
                    late.push(expect(session.query(one)).rejects.toThrow("given back"));
                }, 100);
                await sleeping;
            }, time.signal);
            await expect(working).rejects.toThrow();
            await Promise.all(late);
            expect(late).toHaveLength(1);
            expect(await pool.use((session) => session.query(one), new AbortController().signal)).toEqual([{ one: 1 }]);
        } finally {
            await pool.close();
        }
    });

    it("lets a caller wait for a connection no longer than for a new one", async () => {
        const pool = createPool(configFor({ connectTimeoutMs: 300 }));
        try {
            const { signal } = new AbortController();
            let finish = (): void => undefined;
            const finished = new Promise<void>((resolve) => (finish = resolve));
            const holders = [1, 2].map(() => pool.use(() => finished, signal));
            await expect(pool.use((session) => session.query(one), signal)).rejects.toThrow(
                "timeout exceeded when trying to connect",
            );
            finish();
            await Promise.all(holders);
        } finally {
            await pool.close();
        }
    });

    it("ends a statement that takes too long, and keeps the connection", async () => {
        const pool = createPool(configFor({ statementTimeoutMs: 200 }));
        try {
            const { signal } = new AbortController();
            await expect(pool.use((session) => session.query(sleepLong), signal)).rejects.toThrow(
                "canceling statement due to statement timeout",
            );
            expect(pool.status).toEqual({ total: 1, idle: 1, waiting: 0 });
        } finally {
            await pool.close();
        }
    });

    it("survives the loss of connections that nobody uses, and says so", async () => {
        const failures: unknown[] = [];
        const pool = createPool(configFor(), (error) => failures.push(error));
        try {
            const { signal } = new AbortController();
            await pool.use((session) => session.query(one), signal);
            await cluster.primary.terminateConnections();
            await eventually("the loss is told", () => failures.length > 0);
            expect(String(failures[0])).toContain("terminating connection");
            expect(await pool.use((session) => session.query(one), signal)).toEqual([{ one: 1 }]);
        } finally {
            await pool.close();
        }
    });

    it("lends no connection that was opened before it was renewed", async () => {
        const pool = createPool(configFor());
        const { signal } = new AbortController();
        const pid = { name: "test-pid", text: "SELECT pg_backend_pid() AS pid" };
        try {
            const before = await pool.use((session) => session.query(pid), signal);
            expect(await pool.use((session) => session.query(pid), signal)).toEqual(before);
            pool.renew();
            expect(await pool.use((session) => session.query(pid), signal)).not.toEqual(before);
        } finally {
            await pool.close();
        }
    });
});
