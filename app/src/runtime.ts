import type { DestinationStream, Logger } from "pino";
import { type Cache, openCache } from "./cache/cache";
import { cacheSettings } from "./cache/configuration";
import type { Configuration } from "./configuration";
import { databaseSettings } from "./database/configuration";
import { type Database, longestReplicaLagMs, openDatabase } from "./database/database";
import { createPolicies, DEFAULT_RESILIENCE, type Policies } from "./resilience/policies";
import { type Metrics, openMetrics } from "./telemetry/metrics";
import { startTracing } from "./telemetry/tracing";

/** What every role that goes on running stands on. */
export interface Runtime {
    readonly configuration: Configuration;
    readonly zone: string;
    readonly log: Logger;
    readonly metrics: Metrics;
    readonly policies: Policies;
    /** Is closed with the process, after everything that was opened later. */
    onClose(close: () => Promise<unknown>): void;
    /** Closes everything, the last one first. Never fails. */
    close(): Promise<void>;
}

/** Opens telemetry and policies. What the roles need beyond that they open themselves. */
export function openRuntime(
    configuration: Configuration,
    zone: string,
    log: Logger,
    output: DestinationStream,
): Runtime {
    const identity = { role: configuration.role, version: configuration.version, zone };
    const stopTracing = startTracing(configuration.values, identity, log);
    const metrics = openMetrics(configuration.values, identity, (line) => {
        output.write(`${line}\n`);
    });
    const closing = [() => metrics.close(), stopTracing];
    return {
        configuration,
        zone,
        log,
        metrics,
        policies: createPolicies(DEFAULT_RESILIENCE, { log, metrics: metrics.meter }),
        onClose: (close) => {
            closing.unshift(async () => {
                await close();
            });
        },
        close: async () => {
            for (const close of closing) {
                await close().catch((error: unknown) => {
                    log.warn({ err: error }, "something could not be closed in order");
                });
            }
        },
    };
}

/** The database of the bindings. The configuration has made sure that the role has one. */
export async function openRuntimeDatabase(runtime: Runtime): Promise<Database> {
    const { configuration, log, metrics, policies } = runtime;
    const { role, processes } = configuration;
    const settings = databaseSettings(configuration.values, `headroom-${role}`, processes);
    if (settings === undefined) throw new Error(`the role ${role} has no database`);
    const database = await openDatabase(settings, { log, metrics: metrics.meter, policies });
    runtime.onClose(() => database.close());
    return database;
}

/** The cache of the bindings. */
export async function openRuntimeCache(runtime: Runtime): Promise<Cache> {
    const { configuration, log, metrics, policies } = runtime;
    const settings = cacheSettings(configuration.values, `headroom-${configuration.role}`);
    if (settings === undefined) throw new Error(`the role ${configuration.role} has no cache`);
    const database = databaseSettings(configuration.values, configuration.role);
    const longestLagMs = database && longestReplicaLagMs(database);
    const cache = await openCache(settings, {
        log,
        metrics: metrics.meter,
        policies,
        ...(longestLagMs !== undefined && { longestLagMs }),
    });
    runtime.onClose(() => cache.close());
    return cache;
}
