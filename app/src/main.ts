import type { FastifyInstance } from "fastify";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { createCertificate } from "./certificate";
import { type Configuration, ConfigurationError, loadConfiguration } from "./configuration";
import type { Worker } from "./jobs/worker";
import { Lifecycle, stopGracefully } from "./lifecycle";
import { createLogger, standardOutput } from "./logger";
import { ProcessGroup, processNumber, startHeartbeat } from "./processes";
import { openRuntime, type Runtime } from "./runtime";
import { createServer } from "./server";
import { findZone } from "./zone";

/** EX_CONFIG of sysexits.h: starting again does not help, the configuration has to be changed. */
const EXIT_CONFIGURATION = 78;

/** The share of the time for a stop that messages in hand are given; the rest is for returning them and for closing. */
const GRACE_SHARE = 0.8;

/** Usage: `node dist/main.js [web|worker|migrate|warm|redrive]`; everything else comes from the environment. */
async function main(): Promise<void> {
    const configuration = readConfiguration();
    const output = standardOutput();
    const number = processNumber();
    const log = createLogger(configuration, output).child(number === undefined ? {} : { process: number });
    endOnUnexpected(log);
    if (configuration.processes > 1 && number === undefined) {
        await new ProcessGroup(configuration, log, output).start();
        return;
    }

    const zone = await findZone(configuration.zone, process.env);
    const runtime = openRuntime(configuration, zone, log.child({ zone }), output);
    await (configuration.role === "web" || configuration.role === "worker" ? serve(runtime) : runOnce(runtime));
}

function readConfiguration(): Configuration {
    try {
        return loadConfiguration(process.env, process.argv[2]);
    } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        const log = createLogger({ logLevel: "info", role: "web", version: "unknown" });
        log.fatal({ problems: error.problems }, error.message);
        process.exit(EXIT_CONFIGURATION);
    }
}

/** A state that nobody thought of is not one to go on with: the orchestrator starts a clean process. */
function endOnUnexpected(log: Logger): void {
    const end = (error: unknown): never => {
        log.fatal({ err: error }, "unexpected error");
        process.exit(1);
    };
    process.once("uncaughtException", end);
    process.once("unhandledRejection", end);
    // Node writes warnings of libraries as text: the log is JSON.
    process.removeAllListeners("warning");
    process.on("warning", ({ name, message }) => {
        log.warn({ name, reason: message }, "warning of the runtime");
    });
}

/** The roles that go on until they are stopped. */
async function serve(runtime: Runtime): Promise<void> {
    const { configuration, log, metrics, zone } = runtime;
    const { role, version } = configuration;
    const isAlone = processNumber() === undefined;
    const heartbeat = startHeartbeat();
    const lifecycle = new Lifecycle();
    // Only what the role needs is loaded: a web process has no use for the image library. Such imports need the extension.
    const web = role === "web" ? await (await import("./roles/web.js")).openShop(runtime) : undefined;
    const worker = role === "worker" ? await (await import("./roles/worker.js")).openWorker(runtime) : undefined;
    const readiness = web?.readiness ?? worker?.readiness;
    const server = await createServer({
        configuration,
        lifecycle,
        log,
        metrics: metrics.meter,
        info: { name: "headroom", version, role, zone },
        ...(readiness && { readiness }),
        ...(web && { shop: web.shop }),
        ...(configuration.tls && { certificate: await createCertificate() }),
    });
    // Who cannot be measured can still sell.
    const metricsAt = isAlone
        ? { host: configuration.host, port: configuration.values.METRICS_PORT }
        : { host: "127.0.0.1", port: 0 };
    const metricsPort = await metrics.listen(metricsAt).catch((error: unknown) => {
        log.error({ err: error }, "the metrics endpoint cannot be opened");
        return undefined;
    });
    heartbeat.metricsPort = metricsPort;

    // Before it listens: a first process of a container ignores every signal that it has no handler for.
    const running: { work?: Worker } = {};
    stopOnSignal(server, running, lifecycle, runtime);

    await server.listen({ host: configuration.host, port: configuration.port, listenTextResolver: () => "accepting" });
    if (worker && lifecycle.ready) running.work = worker.start();
    const { address, port } = server.server.address() as AddressInfo;
    log.info({ address, port, tls: configuration.tls, metricsPort }, isAlone ? "listening" : "a process listens");
}

/** The roles that do one thing and end: exit code 0 where it is done, 1 where not. */
async function runOnce(runtime: Runtime): Promise<void> {
    const { log } = runtime;
    const stopping = new AbortController();
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
        process.on(signal, () => {
            stopping.abort();
        });
    }
    let code = 0;
    try {
        const { runTask } = await import("./roles/tasks.js");
        await runTask(runtime, stopping.signal);
        log.info("done");
    } catch (error) {
        log.fatal({ err: error }, "failed");
        code = 1;
    }
    await runtime.close();
    process.exit(code);
}

function stopOnSignal(
    server: FastifyInstance,
    running: { readonly work?: Worker },
    lifecycle: Lifecycle,
    runtime: Runtime,
): void {
    const { configuration, log } = runtime;
    const { drainDelayMs, stopTimeoutMs } = configuration;
    const graceMs = Math.max(0, (stopTimeoutMs - drainDelayMs) * GRACE_SHARE);
    const stop = async (signal: NodeJS.Signals): Promise<void> => {
        log.info({ signal }, "stopping");
        const stoppable = {
            close: () => Promise.all([server.close(), running.work?.stop(graceMs)]).then(() => runtime.close()),
            abort: () => {
                server.server.closeAllConnections();
            },
        };
        process.exit((await stopGracefully(stoppable, lifecycle, configuration, log)) ? 0 : 1);
    };
    let stopping = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
        // Signals after the first change nothing: the stop is bounded anyway.
        process.on(signal, () => {
            if (stopping) return;
            stopping = true;
            void stop(signal);
        });
    }
}

void main();
