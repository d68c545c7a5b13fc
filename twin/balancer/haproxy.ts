import { execFile } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { startSupervised, type SupervisedProcess } from "../supervised-process";
import {
    type BalancerStatus,
    HEALTH_CHECK,
    type HealthCheck,
    type LoadBalancer,
    type Target,
    type TargetStatus,
} from "./balancer";
import { Latencies } from "./latencies";

const run = promisify(execFile);

/** Names an executable of one's own, or `none`: then the proxy of this repository runs. */
const OVERRIDE = "HEADROOM_HAPROXY";

/** Servers with health checks can be added while it runs since this version. */
const OLDEST = [2, 6] as const;

const LOOK_MS = 20;
const PATIENCE_MS = 30_000;
const PORT_ATTEMPTS = 3;

export interface HaproxyOptions {
    /** Default: a free one. */
    readonly port?: number;
    readonly healthCheck?: HealthCheck;
}

/**
 * The HAProxy to use: what HEADROOM_HAPROXY names, else what is on PATH, if it is new enough.
 *
 * @throws Error where the one that was named will not do
 */
export async function findHaproxy(
    environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string | undefined> {
    const named = environment[OVERRIDE];
    if (named === "none") return undefined;
    const executable = named ?? "haproxy";
    const version = await run(executable, ["-v"], { env: { ...environment } }).then(
        ({ stdout }) => /version (\d+)\.(\d+)/.exec(stdout),
        () => null,
    );
    const [, major = "0", minor = "0"] = version ?? [];
    const [oldestMajor, oldestMinor] = OLDEST;
    const fits = Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
    if (fits) return executable;
    if (named === undefined) return undefined;
    const found = version === null ? "it does not say its version" : `it is ${major}.${minor}`;
    throw new Error(
        `${OVERRIDE}=${named} cannot be used: ${found}. Allowed: the path of HAProxy ${OLDEST.join(".")} or newer, or none.`,
    );
}

/** Starts HAProxy on the loopback interface, as the stack's load balancer is set up. */
export async function startHaproxy(executable: string, options: HaproxyOptions = {}): Promise<LoadBalancer> {
    for (let attempt = 1; ; attempt++) {
        // Another process may take a free port in between: then another one.
        const balancer = new Haproxy(options.port ?? (await freePort()), options.healthCheck ?? HEALTH_CHECK);
        try {
            await balancer.start(executable);
            return balancer;
        } catch (error) {
            await balancer.stop();
            if (options.port !== undefined || attempt === PORT_ATTEMPTS) throw error;
        }
    }
}

/** What HAProxy's statistics tell of a server. */
interface ServerRow {
    readonly state: TargetStatus["state"];
    readonly open: number;
    readonly requests: number;
}

class Haproxy implements LoadBalancer {
    readonly kind = "haproxy";
    #folder = "";
    #process: SupervisedProcess | undefined;
    #logs: Socket | undefined;
    #output = "";
    readonly #latencies = new Latencies();
    readonly #targets = new Set<string>();
    readonly #draining = new Set<string>();

    constructor(
        readonly port: number,
        private readonly check: HealthCheck,
    ) {}

    get url(): string {
        return `http://127.0.0.1:${this.port}`;
    }

    get pid(): number {
        return this.#process?.pid ?? 0;
    }

    async start(executable: string): Promise<void> {
        this.#folder = await mkdtemp(path.join(tmpdir(), "headroom-haproxy-"));
        this.#logs = await this.#listenToLogs();
        const file = path.join(this.#folder, "haproxy.cfg");
        await writeFile(file, this.#configuration(this.#logs.address().port), { mode: 0o600 });
        this.#process = await startSupervised([executable, "-db", "-f", file], {
            folder: this.#folder,
            // All of it, as when it was asked for its version: one outside of the system's folders may need more than PATH.
            environment: process.env,
            onLine: (line) => (this.#output = `${this.#output}${line}\n`.slice(-4_000)),
        });
        const state = { ended: false };
        void this.#process.exited.then(() => (state.ended = true));
        const deadline = performance.now() + PATIENCE_MS;
        while (!(await this.#command("show info").catch(() => ""))) {
            if (state.ended) throw new Error(`HAProxy did not start:\n${this.#output}`);
            if (performance.now() > deadline) throw new Error(`HAProxy did not answer in time:\n${this.#output}`);
            await sleep(LOOK_MS);
        }
    }

    async add({ id, port, tls }: Target): Promise<void> {
        if (this.#targets.has(id)) throw new Error(`there is a target ${id} already`);
        this.#targets.add(id);
        const { intervalMs, healthyThreshold, unhealthyThreshold } = this.check;
        const address = `127.0.0.1:${port}${tls ? " ssl verify none" : ""}`;
        const checks = `check${tls ? " check-ssl" : ""} inter ${intervalMs}ms fall ${unhealthyThreshold} rise ${healthyThreshold}`;
        // One that cannot be deleted yet, of the same name, is in the way for a moment.
        await this.#demand(`add server healthy/${id} ${address} ${checks}`, "New server registered");
        await this.#demand(`add server any/${id} ${address}`, "New server registered");
        await this.#command(`enable health healthy/${id}`);
        await this.#command(`enable server healthy/${id}`);
        await this.#command(`enable server any/${id}`);
    }

    async remove(id: string, delayMs: number): Promise<void> {
        if (!this.#targets.has(id)) return;
        this.#draining.add(id);
        for (const backend of ["healthy", "any"]) await this.#command(`set server ${backend}/${id} state drain`);
        const deadline = performance.now() + delayMs;
        while (performance.now() < deadline && ((await this.#rows()).get(id)?.open ?? 0) > 0) await sleep(LOOK_MS);
        for (const backend of ["healthy", "any"]) {
            await this.#command(`set server ${backend}/${id} state maint`);
            await this.#command(`shutdown sessions server ${backend}/${id}`);
            // Idle connections may keep it for some seconds; a server in maintenance harms nobody.
            await this.#command(`del server ${backend}/${id}`);
        }
        this.#targets.delete(id);
        this.#draining.delete(id);
    }

    async status(): Promise<BalancerStatus> {
        const { rows, requests, errors } = await this.#statistics();
        const targets = [...this.#targets].flatMap((id): TargetStatus[] => {
            const row = rows.get(id);
            if (row === undefined) return [];
            return [{ id, ...row, ...(this.#draining.has(id) && { state: "draining" as const }) }];
        });
        return { targets, requests, errors, latencyMs: this.#latencies.summary() };
    }

    async stop(): Promise<void> {
        this.#process?.signal("SIGKILL");
        await this.#process?.exited;
        this.#logs?.close();
        this.#logs = undefined;
        if (this.#folder !== "") await rm(this.#folder, { recursive: true, force: true });
    }

    /** As components/load-balancer.ts and load-balancer-target.ts declare it, as far as HAProxy has a word for it. */
    #configuration(logPort: number): string {
        const { path: healthPath, timeoutMs } = this.check;
        return `
global
    stats socket ${this.#socket} mode 600 level admin
    log 127.0.0.1:${logPort} local0
    ssl-server-verify none

defaults
    mode http
    timeout connect 10s
    timeout client 60s
    timeout server 60s
    timeout http-keep-alive 60s
    timeout check ${timeoutMs}ms
    option forwardfor
    # An Application Load Balancer sends a request once.
    retries 0

frontend shop
    bind 127.0.0.1:${this.port}
    log global
    log-format "headroom %Ta"
    http-request set-header x-forwarded-proto http
    http-request set-header x-amzn-trace-id "Root=1-%[uuid()]" unless { req.hdr(x-amzn-trace-id) -m found }
    # With no healthy target all of them are asked.
    use_backend any if { nbsrv(healthy) eq 0 }
    default_backend healthy

backend healthy
    balance leastconn
    option httpchk GET ${healthPath}
    http-check expect status 200

backend any
    balance leastconn
`.trimStart();
    }

    get #socket(): string {
        return path.join(this.#folder, "admin.sock");
    }

    /** HAProxy keeps averages only: the time of each request comes with its log line. */
    async #listenToLogs(): Promise<Socket> {
        const socket = createSocket("udp4");
        socket.on("message", (message) => {
            const milliseconds = /headroom (\d+)/.exec(message.toString("latin1"))?.[1];
            if (milliseconds !== undefined) this.#latencies.record(Number(milliseconds));
        });
        socket.bind(0, "127.0.0.1");
        await once(socket, "listening");
        return socket;
    }

    async #demand(command: string, expected: string): Promise<void> {
        const deadline = performance.now() + PATIENCE_MS;
        for (;;) {
            const answer = await this.#command(command);
            if (answer.includes(expected)) return;
            const inTheWay = answer.includes("Already exists a server");
            if (!inTheWay || performance.now() > deadline) throw new Error(`HAProxy refused "${command}": ${answer}`);
            await sleep(LOOK_MS);
        }
    }

    async #command(command: string): Promise<string> {
        const socket = connect(this.#socket);
        socket.setEncoding("utf8").end(`${command}\n`);
        let answer = "";
        for await (const chunk of socket) answer += String(chunk);
        return answer.trim();
    }

    async #rows(): Promise<ReadonlyMap<string, ServerRow>> {
        return (await this.#statistics()).rows;
    }

    async #statistics(): Promise<{ rows: Map<string, ServerRow>; requests: number; errors: number }> {
        const [header = "", ...lines] = (await this.#command("show stat")).split("\n");
        const names = header.replace(/^# /, "").split(",");
        const rows = new Map<string, ServerRow>();
        let requests = 0;
        let errors = 0;
        for (const line of lines) {
            const cells = line.split(",");
            const field = (name: string) => cells[names.indexOf(name)] ?? "";
            const server = field("svname");
            if (server === "FRONTEND") {
                requests = Number(field("req_tot"));
                errors = Number(field("hrsp_5xx"));
            } else if (server !== "BACKEND" && server !== "") {
                const before = rows.get(server);
                rows.set(server, {
                    state: field("pxname") === "healthy" ? stateOf(field) : (before?.state ?? "initial"),
                    open: Number(field("scur")) + (before?.open ?? 0),
                    requests: Number(field("stot")) + (before?.requests ?? 0),
                });
            }
        }
        return { rows, requests, errors };
    }
}

function stateOf(field: (name: string) => string): TargetStatus["state"] {
    if (field("status").startsWith("DOWN")) return "unhealthy";
    // Up before anybody has looked, by HAProxy's optimism.
    return field("check_status").endsWith("L7OK") ? "healthy" : "initial";
}

async function freePort(): Promise<number> {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return port;
}
