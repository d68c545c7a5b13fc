/**
 * Several processes that serve one port: JavaScript runs on one CPU, so that a task of four would leave three of them idle, and
 * never reach the CPU at which another task is started. `WEB_CONCURRENCY` says how many.
 */
import cluster, { type Worker as ChildProcess } from "node:cluster";
import { createInterface } from "node:readline";
import { getHeapStatistics } from "node:v8";
import type { DestinationStream, Logger } from "pino";
import type { Configuration } from "./configuration";
import { createMetricsEndpoint, listenAt, METRICS_PATH } from "./telemetry/endpoint";
import { mergeExpositions } from "./telemetry/merge-expositions";

const MEBIBYTE = 1024 * 1024;

/** How often a process says that it is alive. */
const HEARTBEAT_MS = 1_000;

/**
 * A process that says nothing for so long is killed: its event loop does not turn. The load balancer would not find it out, since
 * its health checks reach another process most of the time.
 */
const LONGEST_SILENCE_MS = 15_000;

/** The longest that Prometheus waits for one process; its scrape may take 10 s. */
const SCRAPE_TIMEOUT_MS = 5_000;

/** What a process tells the one that started it, every second. */
interface Heartbeat {
    /** Where its own metrics are, on the loopback address; undefined as long as there are none. */
    metricsPort?: number | undefined;
}

interface Child {
    readonly process: ChildProcess;
    lastHeard: number;
    listens: boolean;
    metricsPort: number | undefined;
}

/** The number of this process among those that serve together, from 1; undefined where it serves alone. */
export function processNumber(): number | undefined {
    return cluster.worker?.id;
}

/**
 * Starts to tell the process that started this one that the event loop turns. Does nothing where this one serves alone.
 *
 * @returns what it tells; may be changed
 */
export function startHeartbeat(): Heartbeat {
    const heartbeat: Heartbeat = {};
    setInterval(() => {
        // Where the other process is gone, Node is about to end this one.
        if (process.connected) process.send?.(heartbeat);
    }, HEARTBEAT_MS).unref();
    return heartbeat;
}

/**
 * Runs the processes until a signal comes, and ends with the worst of their exit codes.
 *
 * - One that ends is replaced; its requests in hand are lost, as those of a task that ends are.
 * - One that ends before it ever listened would do so again: all are stopped, and the orchestrator, which waits longer each time,
 *   starts the task anew.
 * - On SIGTERM and SIGINT each of them stops in its own order (`STOP_TIMEOUT_SECONDS`); what is left then is killed.
 * - When this process is killed, Node ends the others.
 */
export class ProcessGroup {
    readonly #children = new Map<number, Child>();
    #stopping = false;
    #code = 0;
    #announced = false;
    #metricsPort: number | undefined;

    constructor(
        private readonly configuration: Configuration,
        private readonly log: Logger,
        private readonly output: DestinationStream,
    ) {}

    async start(): Promise<void> {
        const { processes, host, values } = this.configuration;
        for (const signal of ["SIGTERM", "SIGINT"] as const) {
            process.on(signal, () => {
                this.#stop(signal);
            });
        }
        // V8 takes its share of the container's memory for a process that is alone in it.
        const heap = Math.floor(getHeapStatistics().heap_size_limit / processes / MEBIBYTE);
        cluster.setupPrimary({
            execArgv: [...process.execArgv, `--max-old-space-size=${heap}`],
            // Of what several write to one pipe, long lines would be mixed.
            silent: true,
        });
        if (values.METRICS === "prometheus" || values.METRICS === "both") {
            const endpoint = createMetricsEndpoint((_, response) => {
                void this.#metrics().then((text) => {
                    response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8").end(text);
                });
            });
            this.#metricsPort = await listenAt(endpoint, { host, port: values.METRICS_PORT }).catch(
                (error: unknown) => {
                    this.log.error({ err: error }, "the metrics endpoint cannot be opened");
                    return undefined;
                },
            );
        }
        for (let count = 0; count < processes; count++) this.#fork();
        setInterval(() => {
            this.#killSilent();
        }, HEARTBEAT_MS);
    }

    #fork(): void {
        const process = cluster.fork();
        const child: Child = { process, lastHeard: Date.now(), listens: false, metricsPort: undefined };
        this.#children.set(process.id, child);
        for (const stream of [process.process.stdout, process.process.stderr]) {
            if (!stream) continue;
            createInterface(stream).on("line", (line) => {
                this.output.write(`${line}\n`);
            });
        }
        process.on("message", ({ metricsPort }: Heartbeat) => {
            child.lastHeard = Date.now();
            child.metricsPort = metricsPort;
        });
        process.on("error", (error) => {
            this.log.warn({ err: error, process: process.id }, "a process cannot be talked to");
        });
        process.on("listening", ({ address, port }) => {
            child.listens = true;
            this.#announce(address, port);
        });
        // Not "exit": what it has written was read by then.
        process.process.once("close", (code: number | null, signal: NodeJS.Signals | null) => {
            this.#ended(child, code, signal);
        });
    }

    /** Says once that the task listens: when all of its first processes do. */
    #announce(address: string | null, port: number): void {
        if (this.#announced || ![...this.#children.values()].every(({ listens }) => listens)) return;
        this.#announced = true;
        const { processes, tls } = this.configuration;
        this.log.info({ address, port, tls, metricsPort: this.#metricsPort, processes }, "listening");
    }

    #ended(child: Child, code: number | null, signal: NodeJS.Signals | null): void {
        const { id } = child.process;
        this.#children.delete(id);
        if (this.#stopping) {
            // One that was told before it could listen to signals has nothing to finish.
            this.#code = Math.max(this.#code, code ?? (signal === "SIGTERM" ? 0 : 1));
        } else if (child.listens) {
            this.log.error({ process: id, code, signal }, "a process has ended, and another one takes its place");
            this.#fork();
        } else {
            this.log.fatal({ process: id, code, signal }, "a process has ended before it listened");
            this.#code = code ?? 1;
            this.#stop("SIGTERM");
        }
        if (this.#stopping && this.#children.size === 0) process.exit(this.#code);
    }

    #stop(signal: NodeJS.Signals): void {
        if (this.#stopping) return;
        this.#stopping = true;
        this.log.info({ signal }, "stopping");
        for (const child of this.#children.values()) child.process.process.kill("SIGTERM");
        setTimeout(() => {
            for (const child of this.#children.values()) child.process.process.kill("SIGKILL");
        }, this.configuration.stopTimeoutMs + HEARTBEAT_MS);
    }

    #killSilent(): void {
        for (const { process: child, lastHeard } of this.#children.values()) {
            if (Date.now() - lastHeard < LONGEST_SILENCE_MS) continue;
            this.log.error({ process: child.id }, "a process does not answer and is killed");
            child.process.kill("SIGKILL");
        }
    }

    /** The metrics of all processes. One that does not answer in time is left out: Prometheus must not miss the others. */
    async #metrics(): Promise<string> {
        const answers = [...this.#children.values()].flatMap(({ process: { id }, metricsPort }) =>
            metricsPort === undefined ? [] : [this.#scrape(id, metricsPort)],
        );
        return mergeExpositions("process", new Map((await Promise.all(answers)).flat()));
    }

    async #scrape(id: number, port: number): Promise<[string, string][]> {
        try {
            const answer = await fetch(`http://127.0.0.1:${port}${METRICS_PATH}`, {
                signal: AbortSignal.timeout(SCRAPE_TIMEOUT_MS),
            });
            return [[String(id), await answer.text()]];
        } catch (error) {
            this.log.warn({ err: error, process: id }, "a process did not tell its metrics");
            return [];
        }
    }
}
