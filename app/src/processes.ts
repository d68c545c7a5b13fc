/**
 * Several processes that serve one port: JavaScript runs on one CPU, so that a task of four would leave three of them idle, and
 * never reach the CPU at which another task is started. `WEB_CONCURRENCY` says how many.
 */
import cluster, { type Worker as ChildProcess } from "node:cluster";
import { getHeapStatistics } from "node:v8";
import type { DestinationStream, Logger } from "pino";
import type { Configuration } from "./configuration";
import { forwardLines } from "./forward-lines";
import { createMetricsEndpoint, listenAt, METRICS_PATH } from "./telemetry/endpoint";
import { mergeExpositions } from "./telemetry/merge-expositions";

const MEBIBYTE = 1024 * 1024;

/** How often a process says that it is alive. */
const HEARTBEAT_MS = 1_000;

/**
 * A process that says nothing in so many seconds is killed: its event loop does not turn. The load balancer would not find it out,
 * since its health checks reach another process most of the time. Seconds in which this process runs: after a pause of the
 * whole container nobody is late.
 */
const LONGEST_SILENCE = 15;

/** The same for one that starts, and loads its modules before it can say anything: what the stack gives a task to start. */
const LONGEST_START = 60;

/** More ends than this in a minute are not accidents. */
const MOST_ENDS_A_MINUTE = 5;

/** The longest that Prometheus waits for one process; its scrape may take 10 s. */
const SCRAPE_TIMEOUT_MS = 5_000;

/** What a process tells the one that started it, every second. */
interface Heartbeat {
    /** Where its own metrics are, on the loopback address; undefined as long as there are none. */
    metricsPort?: number | undefined;
}

interface Child {
    /** From 1 to the number of processes; one that takes another's place has its number. */
    readonly number: number;
    readonly process: ChildProcess;
    /** For how many seconds it has not said anything. */
    silence: number;
    listens: boolean;
    /** The last one; undefined where there was none yet. */
    heartbeat: Heartbeat | undefined;
}

/** Where a process finds its number. */
const NUMBER_VARIABLE = "PROCESS_NUMBER";

/** The number of this process among those that serve together, from 1; undefined where it serves alone. */
export function processNumber(): number | undefined {
    return cluster.isWorker ? Number(process.env[NUMBER_VARIABLE]) : undefined;
}

/**
 * Starts to tell the process that started this one that the event loop turns. Does nothing where this one serves alone.
 *
 * @returns what it tells; may be changed
 */
export function startHeartbeat(): Heartbeat {
    const heartbeat: Heartbeat = {};
    if (!cluster.isWorker) return heartbeat;
    setInterval(() => {
        // Where the other process is gone, Node is about to end this one.
        if (process.connected) process.send?.(heartbeat);
    }, HEARTBEAT_MS).unref();
    return heartbeat;
}

/**
 * Runs the processes until a signal comes, and ends with the worst of their exit codes.
 *
 * - One that ends is replaced; its requests in hand are lost, as those of a task that ends are. Of one that was killed because it
 *   stood still, a connection that it had not taken yet stays open without an answer, until the client gives up.
 * - Where one ends before all have listened for the first time, or too many end in a minute, it is no accident: all are stopped with
 *   its code, and the orchestrator, which waits longer each time and knows of deployments, has the next word.
 * - On SIGTERM and SIGINT each of them stops in its own order (`STOP_TIMEOUT_SECONDS`); what is left then is killed.
 * - When this process is killed, Node ends the others.
 */
export class ProcessGroup {
    readonly #children = new Map<number, Child>();
    /** When the processes ended that ended in the last minute. */
    #ends: number[] = [];
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
        for (let number = 1; number <= processes; number++) this.#fork(number);
        // Somebody who looks at a process with a debugger makes it stand still.
        if (process.execArgv.some((argument) => argument.startsWith("--inspect"))) return;
        setInterval(() => {
            this.#killSilent();
        }, HEARTBEAT_MS);
    }

    #fork(number: number): void {
        // A signal may come while this process opens its endpoint.
        if (this.#stopping) {
            this.#endWithTheLast();
            return;
        }
        const process = cluster.fork({ [NUMBER_VARIABLE]: number });
        const child: Child = {
            number,
            process,
            silence: 0,
            listens: false,
            heartbeat: undefined,
        };
        this.#children.set(number, child);
        for (const stream of [process.process.stdout, process.process.stderr])
            if (stream) forwardLines(stream, this.output);
        process.on("message", (heartbeat: Heartbeat) => {
            child.silence = 0;
            child.heartbeat = heartbeat;
        });
        process.on("error", (error) => {
            this.log.warn({ err: error, process: number }, "a process cannot be talked to");
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
        const { processes, tls } = this.configuration;
        const listening = [...this.#children.values()].filter(({ listens }) => listens);
        if (this.#announced || listening.length < processes) return;
        this.#announced = true;
        this.log.info({ address, port, tls, metricsPort: this.#metricsPort, processes }, "listening");
    }

    #ended({ number }: Child, code: number | null, signal: NodeJS.Signals | null): void {
        this.#children.delete(number);
        if (this.#stopping) {
            // One that was told before it could listen to signals has nothing to finish.
            this.#code = Math.max(this.#code, code ?? (signal === "SIGTERM" || signal === "SIGINT" ? 0 : 1));
            this.#endWithTheLast();
            return;
        }
        const now = performance.now();
        this.#ends = [...this.#ends.filter((at) => now - at < 60_000), now];
        if (this.#announced && this.#ends.length <= MOST_ENDS_A_MINUTE) {
            this.log.error({ process: number, code, signal }, "a process has ended, and another one takes its place");
            this.#fork(number);
            return;
        }
        const reason = this.#announced ? "processes end again and again" : "a process has ended before it listened";
        this.log.fatal({ process: number, code, signal }, reason);
        // Whoever ends by itself without being told to has failed, whatever it says.
        this.#code = code || 1;
        this.#stop("SIGTERM");
        this.#endWithTheLast();
    }

    #endWithTheLast(): void {
        if (this.#children.size === 0) process.exit(this.#code);
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

    /** Once a second. */
    #killSilent(): void {
        for (const child of this.#children.values()) {
            child.silence++;
            if (child.silence <= (child.heartbeat ? LONGEST_SILENCE : LONGEST_START)) continue;
            this.log.error({ process: child.number }, "a process does not answer and is killed");
            child.process.process.kill("SIGKILL");
        }
    }

    /** The metrics of all processes. One that does not answer in time is left out: Prometheus must not miss the others. */
    async #metrics(): Promise<string> {
        const answers = [...this.#children.values()].flatMap(({ number, heartbeat }) =>
            heartbeat?.metricsPort === undefined ? [] : [this.#scrape(number, heartbeat.metricsPort)],
        );
        return mergeExpositions("process", new Map((await Promise.all(answers)).flat()));
    }

    async #scrape(number: number, port: number): Promise<[string, string][]> {
        try {
            const answer = await fetch(`http://127.0.0.1:${port}${METRICS_PATH}`, {
                signal: AbortSignal.timeout(SCRAPE_TIMEOUT_MS),
            });
            return [[String(number), await answer.text()]];
        } catch (error) {
            this.log.warn({ err: error, process: number }, "a process did not tell its metrics");
            return [];
        }
    }
}
