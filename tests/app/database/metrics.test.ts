import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import type { DatabaseStatus } from "../../../app/src/database/database";
import { createDatabaseMetrics } from "../../../app/src/database/metrics";

/** Collects when it is asked to. */
class Reader extends MetricReader {
    protected override async onShutdown(): Promise<void> {}
    protected override async onForceFlush(): Promise<void> {}
}

const pool = { total: 5, idle: 2, waiting: 1 };
const STATUS: DatabaseStatus = {
    writer: { host: "primary:5432", up: true, pool },
    replicas: [
        { host: "replica-1:5432", state: "in use", lagBytes: 0, lagSeconds: 0, pool },
        { host: "replica-2:5432", state: "lagging", lagBytes: 4_096, lagSeconds: 7, pool },
        { host: "replica-3:5432", state: "down", lagBytes: undefined, lagSeconds: undefined, pool },
    ],
};

type Points = Record<string, { attributes: unknown; value: unknown }[]>;

async function collect(reader: Reader): Promise<Points> {
    const { resourceMetrics } = await reader.collect();
    return Object.fromEntries(
        resourceMetrics.scopeMetrics
            .flatMap(({ metrics }) => metrics)
            .map(({ descriptor, dataPoints }) => [
                descriptor.name,
                dataPoints.map(({ attributes, value }) => ({ attributes, value })),
            ]),
    );
}

describe("the metrics of the database", () => {
    it("tell how each pool is used, which replicas are in use, and how far each is behind where that is known", async () => {
        const reader = new Reader();
        const provider = new MeterProvider({ readers: [reader] });
        const metrics = createDatabaseMetrics(provider.getMeter("test"), () => STATUS, 9);
        metrics.reads.add(3, { target: "replica" });
        const points = await collect(reader);

        const name = "db.client.connection.pool.name";
        const state = "db.client.connection.state";
        expect(points["db.client.connection.count"]).toHaveLength(8);
        expect(points["db.client.connection.count"]).toEqual(
            expect.arrayContaining([
                { attributes: { [name]: "primary:5432", [state]: "used" }, value: 3 },
                { attributes: { [name]: "replica-2:5432", [state]: "idle" }, value: 2 },
            ]),
        );
        expect(points["db.client.connection.pending_requests"]).toHaveLength(4);
        expect(points["db.client.connection.max"]?.[0]?.value).toBe(9);
        expect(points["shop.database.writer.up"]).toEqual([{ attributes: {}, value: 1 }]);
        expect(points["shop.database.replica.state"]?.filter(({ value }) => value === 1)).toEqual([
            { attributes: { host: "replica-1:5432", state: "in use" }, value: 1 },
            { attributes: { host: "replica-2:5432", state: "lagging" }, value: 1 },
            { attributes: { host: "replica-3:5432", state: "down" }, value: 1 },
        ]);
        expect(points["shop.database.replica.lag"]).toEqual([
            { attributes: { host: "replica-1:5432" }, value: 0 },
            { attributes: { host: "replica-2:5432" }, value: 7 },
        ]);
        expect(points["shop.database.reads"]).toEqual([{ attributes: { target: "replica" }, value: 3 }]);
        await provider.shutdown();
    });

    it("are told no more after the database was closed", async () => {
        const reader = new Reader();
        const provider = new MeterProvider({ readers: [reader] });
        createDatabaseMetrics(provider.getMeter("test"), () => STATUS, 9).stop();
        expect((await collect(reader))["shop.database.writer.up"] ?? []).toEqual([]);
        await provider.shutdown();
    });
});
