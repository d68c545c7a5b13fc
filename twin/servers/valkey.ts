import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Valkey } from "iovalkey";
import { type Certificate, createCertificate } from "../../app/src/certificate";
import { containerCommand, controlContainer } from "./valkey-container";
import { installValkey, type ValkeyInstallation } from "./valkey-installation";

export interface ValkeyOptions {
    /** `cluster`: one shard of one node that holds all slots, as in the stage `start`. The default. */
    readonly mode?: "cluster" | "standalone";
    /** Only TLS connections, with a certificate of our own; default false. ElastiCache has it on. */
    readonly tls?: boolean;
    /** What is used least goes when this is full; default 64. */
    readonly maxMemoryMiB?: number;
}

const HOST = "127.0.0.1";
const USER = "cache-app";
const ADMIN = "twin-admin";

/** As the stack gives it to its user; see components/cache.ts. */
const APPLICATION_ACCESS = "~* &* +@all -@dangerous +info";

const ALL_SLOTS = [0, 16_383] as const;

/** A start takes two seconds, since a cluster's node waits before it takes writes; this is for a machine that is busy. */
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 20;

/** Below the range that the system takes for outgoing connections: nobody takes the port while the server is down. */
const PORTS = { first: 12_000, last: 32_000 };
const ATTEMPTS = 5;

/**
 * Starts the server and waits for it, in the shell of every Unix; its first line is the server's process id. When the pipe
 * to this process closes, however it ended, the server is killed and its folder removed. A container is killed by its name:
 * what runs here is only the client of its engine.
 */
const SUPERVISOR = `
exec 3<&0
folder=$1; container=$2; shift 2
"$@" </dev/null >/dev/null 3<&- &
server=$!
echo "$server"
( cat <&3 >/dev/null; trap '' TERM; [ -z "$container" ] || docker kill "$container" >/dev/null 2>&1; kill -KILL "$server"; sleep 0.2; rm -rf "$folder" ) &
wait "$server"
trap '' TERM
kill -TERM 0
`;

/**
 * Starts a Valkey server (or Redis, see valkey-installation.ts) on a free port of 127.0.0.1 with the users of the stack, its
 * data in a temporary folder. It ends with this process, however that ends. Nothing is kept on disk: a killed cache comes
 * back empty, as a node of ElastiCache does.
 *
 * ```ts
 * const valkey = await startValkey();
 * startWeb({ ...valkey.env });
 * valkey.kill();
 * await valkey.start();
 * await valkey.stop();
 * ```
 */
export async function startValkey(options: ValkeyOptions = {}, using?: ValkeyInstallation): Promise<ValkeyServer> {
    const installation = using ?? (await installValkey());
    const certificate = options.tls ? await createCertificate() : undefined;
    for (let attempt = 1; ; attempt++) {
        const server = new ValkeyServer(installation, options, await freePort(), await freePort(), certificate);
        try {
            await server.start();
            return server;
        } catch (error) {
            const taken = /could not (create|bind)|Address already in use/i.test(server.log);
            await server.stop();
            if (!taken || attempt === ATTEMPTS) throw error;
        }
    }
}

/** One server, a real process. It keeps its port and its users over stops, kills and starts, and none of its data. */
export class ValkeyServer {
    readonly host = HOST;
    readonly folder = mkdtempSync(path.join(tmpdir(), "headroom-valkey-"));
    readonly #password = randomBytes(32).toString("hex");
    readonly #adminPassword = randomBytes(32).toString("hex");
    readonly #removeFolder = (): void => {
        rmSync(this.folder, { recursive: true, force: true });
    };
    #supervisor: ChildProcess | undefined;
    /** Of its container, where it has one: another one for each start, since an old one takes its time to go. */
    #container = "";
    #pid: number | undefined;

    constructor(
        private readonly installation: ValkeyInstallation,
        private readonly options: ValkeyOptions,
        readonly port: number,
        clusterPort: number,
        private readonly certificate?: Certificate,
    ) {
        this.#configure(clusterPort);
        process.once("exit", this.#removeFolder);
    }

    /** The variables that the stack's binding gives. */
    get env(): Readonly<Record<string, string>> {
        return {
            CACHE_ENDPOINT: `${HOST}:${this.port}`,
            CACHE_TLS: this.certificate ? "on" : "off",
            CACHE_MODE: this.#mode,
            CACHE_USER: USER,
            CACHE_AUTH: "password",
            CACHE_PASSWORD: this.#password,
            ...(this.certificate && { CACHE_CA_FILE: this.#file("ca.pem") }),
        };
    }

    /** Undefined while the server does not run. */
    get pid(): number | undefined {
        return this.#pid;
    }

    /** The end of what the server has logged, for error messages. */
    get log(): string {
        return existsSync(this.#file("server.log")) ? readFileSync(this.#file("server.log"), "utf8").slice(-4_000) : "";
    }

    /** Starts the server and waits until it takes commands. */
    async start(): Promise<void> {
        if (this.#supervisor !== undefined) return;
        await this.#spawn();
        const deadline = Date.now() + PATIENCE_MS;
        while (!(await this.#answers())) {
            if (this.#pid === undefined) throw new Error(`The cache did not start:\n${this.log}`);
            if (Date.now() > deadline) throw new Error(`The cache did not take commands in time:\n${this.log}`);
            await sleep(LOOK_AGAIN_MS);
        }
    }

    /** Stops the server and removes its folder. */
    async stop(): Promise<void> {
        await this.#end();
        process.off("exit", this.#removeFolder);
        this.#removeFolder();
    }

    /** `kill -9`. `exited` waits for it. */
    kill(): void {
        this.#control("SIGKILL", "kill");
    }

    /** Resolves when the server does not run any more. */
    async exited(): Promise<void> {
        if (this.#supervisor === undefined) return;
        // Whoever waits for it keeps this process alive; the server alone does not.
        this.#supervisor.ref();
        await once(this.#supervisor, "exit");
    }

    /** Ends the server and starts it again, empty, on the same port. */
    async restart(): Promise<void> {
        await this.#end();
        await this.start();
    }

    /** Keeps all connections and answers nothing, as a server does that hangs or cannot be reached any more. */
    pause(): void {
        this.#control("SIGSTOP", "pause");
    }

    resume(): void {
        this.#control("SIGCONT", "unpause");
    }

    #control(signal: NodeJS.Signals, action: Parameters<typeof controlContainer>[0]): void {
        const pid = this.#pid;
        if (pid === undefined) return;
        if (this.#container === "") process.kill(pid, signal);
        else {
            // Where the engine does not answer, nothing may wait for its client for ever.
            void controlContainer(action, this.#container).catch(() => {
                if (action === "kill" && this.#pid === pid) process.kill(pid, "SIGKILL");
            });
        }
    }

    /** Runs commands as a user who may do everything, on a connection of its own. */
    async administer<T>(work: (client: Valkey) => Promise<T>): Promise<T> {
        const client = new Valkey({
            host: HOST,
            port: this.port,
            username: ADMIN,
            password: this.#adminPassword,
            lazyConnect: true,
            enableReadyCheck: false,
            enableOfflineQueue: false,
            connectTimeout: 1_000,
            commandTimeout: 5_000,
            retryStrategy: () => null,
            ...(this.certificate && { tls: { ca: this.certificate.cert, servername: "localhost" } }),
        });
        // The call's own error says it.
        client.on("error", () => undefined);
        try {
            await client.connect();
            return await work(client);
        } finally {
            client.disconnect();
        }
    }

    get #mode(): "cluster" | "standalone" {
        return this.options.mode ?? "cluster";
    }

    #file(name: string): string {
        return path.join(this.folder, name);
    }

    #configure(clusterPort: number): void {
        const { port, certificate } = this;
        const { inContainer } = this.installation;
        const cluster = this.#mode === "cluster";
        const lines = [
            // A container is reached through its own network, of which only the loopback interface's port is let in.
            ...(inContainer ? ["bind 0.0.0.0", "protected-mode no"] : [`bind ${HOST}`]),
            `port ${certificate ? 0 : port}`,
            // No password travels or is kept in clear text but in the binding.
            "user default off nopass ~* -@all",
            `user ${USER} on #${sha256(this.#password)} ${APPLICATION_ACCESS}`,
            `user ${ADMIN} on #${sha256(this.#adminPassword)} ~* &* +@all`,
            `dir ${this.folder}`,
            `logfile ${this.#file("server.log")}`,
            'save ""',
            "appendonly no",
            `maxmemory ${this.options.maxMemoryMiB ?? 64}mb`,
            "maxmemory-policy allkeys-lru",
            ...(cluster
                ? [
                      "cluster-enabled yes",
                      "cluster-config-file nodes.conf",
                      `cluster-port ${clusterPort}`,
                      `cluster-announce-ip ${HOST}`,
                  ]
                : []),
            ...(certificate ? this.#configureTls(certificate, cluster) : []),
        ];
        writeFileSync(this.#file("valkey.conf"), `${lines.join("\n")}\n`, { mode: 0o600 });
    }

    #configureTls(certificate: Certificate, cluster: boolean): string[] {
        writeFileSync(this.#file("ca.pem"), certificate.cert, { mode: 0o644 });
        writeFileSync(this.#file("server.key"), certificate.key, { mode: 0o600 });
        return [
            `tls-port ${this.port}`,
            `tls-cert-file ${this.#file("ca.pem")}`,
            `tls-key-file ${this.#file("server.key")}`,
            `tls-ca-cert-file ${this.#file("ca.pem")}`,
            "tls-auth-clients no",
            ...(cluster ? ["tls-cluster yes"] : []),
        ];
    }

    async #spawn(): Promise<void> {
        const { executable, environment, inContainer } = this.installation;
        this.#container = inContainer ? `${path.basename(this.folder)}-${randomBytes(4).toString("hex")}` : "";
        const errors = openSync(this.#file("server.log"), "a", 0o600);
        const program = inContainer ? containerCommand(this.#container, this.port, this.folder) : [executable];
        const command = [...program, this.#file("valkey.conf")];
        const supervisor = spawn("/bin/sh", ["-c", SUPERVISOR, "sh", this.folder, this.#container, ...command], {
            cwd: this.folder,
            env: { ...(inContainer ? process.env : { PATH: process.env.PATH }), TZ: "UTC", ...environment },
            // A session of its own: Ctrl+C in the terminal is for this process, which then stops the server in order.
            detached: true,
            stdio: ["pipe", "pipe", errors],
        });
        closeSync(errors);
        this.#supervisor = supervisor;
        supervisor.once("exit", () => {
            if (this.#supervisor !== supervisor) return;
            this.#supervisor = undefined;
            this.#pid = undefined;
        });
        // The pipe must not end this process when the supervisor goes first.
        supervisor.stdin?.on("error", () => undefined);
        const [line] = (await once(createInterface(supervisor.stdout as NodeJS.ReadableStream), "line")) as [string];
        // It may have ended by now.
        if (this.#running) this.#pid = Number(line);
        // Nor keep it alive.
        supervisor.unref();
        for (const pipe of [supervisor.stdin, supervisor.stdout]) (pipe as { unref?: () => void } | null)?.unref?.();
    }

    get #running(): boolean {
        return this.#supervisor !== undefined;
    }

    /** Whether it takes commands. A new node of a cluster is given all slots first; one that comes back knows them. */
    async #answers(): Promise<boolean> {
        try {
            return await this.administer(async (client) => {
                if (this.#mode === "standalone") {
                    await client.ping();
                    return true;
                }
                const state = await client.cluster("INFO");
                if (state.includes("cluster_slots_assigned:0"))
                    await client.call("CLUSTER", "ADDSLOTSRANGE", ...ALL_SLOTS);
                return state.includes("cluster_state:ok");
            });
        } catch {
            return false;
        }
    }

    async #end(): Promise<void> {
        if (this.#supervisor === undefined) return;
        const exited = this.exited();
        // It keeps nothing, so there is nothing to end in order; and one that was paused hears no other signal.
        this.kill();
        await exited;
    }
}

function sha256(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}

/** A port that nobody listens on at this moment. */
async function freePort(): Promise<number> {
    for (;;) {
        const port = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first));
        if (await isFree(port)) return port;
    }
}

async function isFree(port: number): Promise<boolean> {
    const server = createServer();
    return new Promise((resolve) => {
        server.once("error", () => {
            resolve(false);
        });
        server.listen(port, HOST, () => {
            server.close(() => {
                resolve(true);
            });
        });
    });
}
