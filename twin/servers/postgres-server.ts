import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ClientConfig, type QueryResultRow } from "pg";
import { run, type PostgresInstallation } from "./postgres-installation";

/**
 * Starts the server and waits for it, in the shell of every Unix. When the pipe to this process closes, however it
 * ended, the server is stopped at once and its folder removed; the last one removes what they share.
 */
const SUPERVISOR = `
exec 3<&0
folder=$1; shared=$(dirname "$folder"); shift
"$@" </dev/null 3<&- &
server=$!
( cat <&3 >/dev/null; trap '' TERM; kill -QUIT "$server"; while kill -0 "$server" 2>/dev/null; do sleep 0.1; done; rm -rf "$folder"; cd /; rm -f "$shared/ca.pem"; rmdir "$shared" 2>/dev/null ) &
watchdog=$!
wait "$server"
code=$?
kill "$watchdog" 2>/dev/null
exit "$code"
`;

/** A start or a stop takes tenths of a second; this is for a machine that is busy with other things. */
export const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 20;

export interface PostgresServerParts {
    readonly installation: PostgresInstallation;
    /** The folder of this server: `data` in it is the data folder; it is removed when this process ends. */
    readonly folder: string;
    readonly port: number;
    readonly superuser: ClientConfig;
}

/** One PostgreSQL server, a real process. It keeps its port and its data over stops, kills and starts. */
export class PostgresServer {
    readonly host = "127.0.0.1";
    #supervisor: ChildProcess | undefined;

    constructor(private readonly parts: PostgresServerParts) {}

    get port(): number {
        return this.parts.port;
    }

    get dataFolder(): string {
        return path.join(this.parts.folder, "data");
    }

    /** Process id of the postmaster; undefined while it does not run. */
    get pid(): number | undefined {
        if (this.#supervisor === undefined) return undefined;
        const file = path.join(this.dataFolder, "postmaster.pid");
        return existsSync(file) ? Number(readFileSync(file, "utf8").split("\n")[0]) || undefined : undefined;
    }

    /** The end of what the server has logged, for error messages. */
    get log(): string {
        const file = path.join(this.parts.folder, "server.log");
        return existsSync(file) ? readFileSync(file, "utf8").slice(-4_000) : "";
    }

    /** Starts the server and waits until it takes connections. */
    async start(): Promise<void> {
        if (this.#supervisor !== undefined) return;
        this.#spawn();
        const deadline = Date.now() + PATIENCE_MS;
        while (!(await this.#answers())) {
            if ((this.#supervisor as ChildProcess | undefined) === undefined) {
                throw new Error(`PostgreSQL did not start:\n${this.log}`);
            }
            if (Date.now() > deadline) throw new Error(`PostgreSQL did not take connections in time:\n${this.log}`);
            await sleep(LOOK_AGAIN_MS);
        }
    }

    /** Ends connections and shuts down in order. */
    async stop(): Promise<void> {
        await this.#end("SIGINT");
    }

    /** `kill -9` of the postmaster. Its other processes notice and end by themselves; `exited` waits for it. */
    kill(): void {
        const { pid } = this;
        if (pid !== undefined) process.kill(pid, "SIGKILL");
    }

    /** Resolves when the server does not run any more. */
    async exited(): Promise<void> {
        if (this.#supervisor !== undefined) await once(this.#supervisor, "exit");
    }

    async restart(): Promise<void> {
        await this.stop();
        await this.start();
    }

    /** Runs a statement as the superuser, on a connection of its own. */
    async query<R extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<R[]> {
        const client = new Client({ ...this.parts.superuser, host: this.host, port: this.port });
        // A server that is killed meanwhile: the query's own error says it.
        client.on("error", () => undefined);
        try {
            await client.connect();
            return (await client.query<R>(text, [...values])).rows;
        } finally {
            await client.end().catch(() => undefined);
        }
    }

    /** Ends the connections of all clients, as a failover does; the server goes on. Answers how many. */
    async terminateConnections(): Promise<number> {
        const text = `SELECT count(pg_terminate_backend(pid))::int AS count FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;
        return (await this.query<{ count: number }>(text))[0]?.count ?? 0;
    }

    /** Settings for the next start, appended to postgresql.conf: the last one counts. */
    configure(settings: Readonly<Record<string, string | number | boolean>>): void {
        const lines = Object.entries(settings).map(([name, value]) => `${name} = '${String(value)}'\n`);
        writeFileSync(path.join(this.dataFolder, "postgresql.conf"), lines.join(""), { flag: "a" });
    }

    /**
     * Gives every process of the server a limit on the size of the files that it writes, so that its next write fails:
     * what a full disk does, without a file system of its own to fill. Linux only (`prlimit`).
     */
    async fillDisk(): Promise<void> {
        // Smaller than a page: nothing can be written at any place but the start of a file.
        await this.#limitFileSize("4096");
    }

    /** Takes the limit away. A server that has given up meanwhile is to be started again. */
    async freeDisk(): Promise<void> {
        await this.#limitFileSize("unlimited");
    }

    async #limitFileSize(limit: string): Promise<void> {
        if (process.platform !== "linux") throw new Error("A full disk can be played on Linux only: it needs prlimit.");
        const { pid } = this;
        if (pid === undefined) return;
        // Only the soft limit, and as the processes' own user: that needs no privilege.
        const limitOf = (process: number): Promise<void> =>
            run("prlimit", [`--fsize=${limit}:`, `--pid=${process}`], { ...this.parts.installation.identity });
        // The postmaster first: what it starts from now on inherits the limit.
        await limitOf(pid);
        // One that has ended meanwhile needs no limit.
        for (const child of childrenOf(pid)) await limitOf(child).catch(() => undefined);
    }

    #spawn(): void {
        const { installation, folder } = this.parts;
        const log = openSync(path.join(folder, "server.log"), "a", 0o644);
        const command = [path.join(installation.bin, "postgres"), "-D", this.dataFolder];
        const supervisor = spawn("/bin/sh", ["-c", SUPERVISOR, "sh", folder, ...command], {
            cwd: folder,
            env: { PATH: process.env.PATH, TZ: "UTC" },
            // A session of its own: Ctrl+C in the terminal is for this process, which then stops the server in order.
            detached: true,
            stdio: ["pipe", log, log],
            ...installation.identity,
        });
        closeSync(log);
        // The pipe must not keep this process alive, nor end it when the supervisor goes first.
        supervisor.stdin?.on("error", () => undefined);
        supervisor.unref();
        (supervisor.stdin as unknown as { unref?: () => void } | null)?.unref?.();
        supervisor.once("exit", () => {
            if (this.#supervisor === supervisor) this.#supervisor = undefined;
        });
        this.#supervisor = supervisor;
    }

    async #answers(): Promise<boolean> {
        try {
            await this.query("SELECT 1");
            return true;
        } catch {
            return false;
        }
    }

    async #end(signal: NodeJS.Signals): Promise<void> {
        const supervisor = this.#supervisor;
        if (supervisor === undefined) return;
        const exited = once(supervisor, "exit");
        const { pid } = this;
        if (pid !== undefined) process.kill(pid, signal);
        const timer = setTimeout(() => {
            this.kill();
        }, PATIENCE_MS);
        await exited;
        clearTimeout(timer);
    }
}

/** The processes that a process has started, from /proc. */
function childrenOf(parent: number): number[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
        .filter((pid) => {
            try {
                // `pid (name) state parent …`; the name may hold spaces and brackets.
                const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
                return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent;
            } catch {
                return false;
            }
        });
}
