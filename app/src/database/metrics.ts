import type { Counter, Meter } from "@opentelemetry/api";
import type { DatabaseStatus, PoolStatus, ReplicaState } from "./types";

/** Where a read went. `writer`: asked for. The others: because no replica was fit, or none had replayed enough. */
export type ReadTarget = "replica" | "writer" | "writer, no replica" | "writer, replicas behind";

/** What is counted of the database; the calls themselves are measured by their policy. */
export interface DatabaseMetrics {
    readonly reads: Counter<{ target: ReadTarget }>;
    readonly conflicts: Counter;
    readonly reconnects: Counter;
}

const STATES: readonly ReplicaState[] = ["in use", "lagging", "down"];

/** The names of pools follow OpenTelemetry: https://opentelemetry.io/docs/specs/semconv/database/database-metrics/ */
export function createDatabaseMetrics(
    meter: Meter,
    status: () => DatabaseStatus,
    poolSize: number,
): DatabaseMetrics & { stop: () => void } {
    const connections = meter.createObservableGauge("db.client.connection.count", {
        description: "Connections, by endpoint and whether they are used",
        unit: "{connection}",
    });
    const pending = meter.createObservableGauge("db.client.connection.pending_requests", {
        description: "Callers that wait for a connection",
        unit: "{request}",
    });
    const maximum = meter.createObservableGauge("db.client.connection.max", {
        description: "Connections at most",
        unit: "{connection}",
    });
    const up = meter.createObservableGauge("shop.database.writer.up", { description: "1 if the writer answers" });
    const states = meter.createObservableGauge("shop.database.replica.state", {
        description: "1 for the state that a replica is in",
    });
    const lagSeconds = meter.createObservableGauge("shop.database.replica.lag", {
        description: "Age of the oldest change that a replica lacks",
        unit: "s",
    });
    const lagBytes = meter.createObservableGauge("shop.database.replica.lag_bytes", {
        description: "Log that a replica lacks",
        unit: "By",
    });
    const observables = [connections, pending, maximum, up, states, lagSeconds, lagBytes];

    const observe: Parameters<Meter["addBatchObservableCallback"]>[0] = (result) => {
        const { writer, replicas } = status();
        const observePool = (host: string, { total, idle, waiting }: PoolStatus): void => {
            const pool = { "db.client.connection.pool.name": host };
            result.observe(connections, idle, { ...pool, "db.client.connection.state": "idle" });
            result.observe(connections, total - idle, { ...pool, "db.client.connection.state": "used" });
            result.observe(pending, waiting, pool);
            result.observe(maximum, poolSize, pool);
        };
        observePool(writer.host, writer.pool);
        result.observe(up, writer.up ? 1 : 0);
        for (const replica of replicas) {
            observePool(replica.host, replica.pool);
            for (const state of STATES) {
                result.observe(states, replica.state === state ? 1 : 0, { host: replica.host, state });
            }
            if (replica.lagSeconds !== undefined)
                result.observe(lagSeconds, replica.lagSeconds, { host: replica.host });
            if (replica.lagBytes !== undefined) result.observe(lagBytes, replica.lagBytes, { host: replica.host });
        }
    };
    meter.addBatchObservableCallback(observe, observables);

    return {
        reads: meter.createCounter("shop.database.reads", { description: "Reads, by where they went" }),
        conflicts: meter.createCounter("shop.database.conflicts", {
            description: "Transactions that were run again after a serialization failure or a deadlock",
        }),
        reconnects: meter.createCounter("shop.database.retries", {
            description: "Transactions that were run again after a connection was lost before the commit",
        }),
        stop: () => {
            meter.removeBatchObservableCallback(observe, observables);
        },
    };
}
