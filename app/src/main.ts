import type { FastifyInstance } from "fastify";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { createCertificate } from "./certificate";
import { type Configuration, ConfigurationError, loadConfiguration } from "./configuration";
import { Lifecycle, stopGracefully } from "./lifecycle";
import { createLogger } from "./logger";
import { createServer } from "./server";
import { findZone } from "./zone";

/** EX_CONFIG of sysexits.h: starting again does not help, the configuration has to be changed. */
const EXIT_CONFIGURATION = 78;

/** Usage: `node dist/main.js [web|worker]`; everything else comes from the environment. */
async function main(): Promise<void> {
    const configuration = readConfiguration();
    const log = createLogger(configuration);
    endOnUnexpected(log);

    const zone = await findZone(configuration.zone, process.env);
    await serve(configuration, zone, log.child({ zone }));
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
}

async function serve(configuration: Configuration, zone: string, log: Logger): Promise<void> {
    const { role, version } = configuration;
    const lifecycle = new Lifecycle();
    const server = await createServer({
        configuration,
        lifecycle,
        log,
        info: { name: "headroom", version, role, zone },
        ...(configuration.tls && { certificate: await createCertificate() }),
    });

    // Before it listens: a first process of a container ignores every signal that it has no handler for.
    stopOnSignal(server, lifecycle, configuration, log);
    // No queue is read yet: said at every start, so that nobody takes a silent worker for a busy one.
    if (role === "worker") log.warn("this version of the worker reads no queue: it answers health checks and idles");

    await server.listen({ host: configuration.host, port: configuration.port, listenTextResolver: () => "accepting" });
    const { address, port } = server.server.address() as AddressInfo;
    log.info({ address, port, tls: configuration.tls }, "listening");
}

function stopOnSignal(server: FastifyInstance, lifecycle: Lifecycle, configuration: Configuration, log: Logger): void {
    const stop = async (signal: NodeJS.Signals): Promise<void> => {
        log.info({ signal }, "stopping");
        const stoppable = {
            close: () => server.close(),
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
