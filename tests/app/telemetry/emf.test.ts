import { ValueType } from "@opentelemetry/api";
import {
    AggregationTemporality,
    DataPointType,
    type MetricData,
    MeterProvider,
    PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { EmfExporter, toLines } from "../../../app/src/telemetry/emf";

interface Line {
    readonly level: string;
    readonly _aws: {
        readonly Timestamp: number;
        readonly CloudWatchMetrics: {
            readonly Namespace: string;
            readonly Dimensions: string[][];
            readonly Metrics: { Name: string; Unit: string }[];
        }[];
    };
    readonly [name: string]: unknown;
}

/** A provider that writes when it is told to, and the lines of each time. */
function provider(): { meters: MeterProvider; flush: () => Promise<Line[]> } {
    let lines: Line[] = [];
    const exporter = new EmfExporter({ service: "shop", role: "web" }, (line) => lines.push(JSON.parse(line) as Line));
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 });
    const meters = new MeterProvider({ readers: [reader] });
    providers.push(meters);
    return {
        meters,
        flush: async () => {
            lines = [];
            await reader.forceFlush();
            return lines;
        },
    };
}

const providers: MeterProvider[] = [];
afterEach(async () => {
    await Promise.all(providers.splice(0).map((one) => one.shutdown()));
});

const metricsOf = (line: Line | undefined): { Name: string; Unit: string }[] =>
    line?._aws.CloudWatchMetrics[0]?.Metrics ?? [];

describe("metrics in CloudWatch's embedded format", () => {
    test("are a line of the log with their dimensions, each of which is a text in it", async () => {
        const { meters, flush } = provider();
        const orders = meters.getMeter("test").createCounter("shop.orders.placed");
        orders.add(2, { currency: "EUR", express: true, attempt: 3 });
        const [line, ...others] = await flush();
        expect(others).toEqual([]);
        expect(line).toMatchObject({
            level: "info",
            message: "metrics",
            service: "shop",
            role: "web",
            currency: "EUR",
            express: "true",
            attempt: "3",
            "shop.orders.placed": 2,
        });
        expect(line?._aws.CloudWatchMetrics).toEqual([
            {
                Namespace: "Headroom/Shop",
                Dimensions: [["service", "role", "currency", "express", "attempt"]],
                Metrics: [{ Name: "shop.orders.placed", Unit: "Count" }],
            },
        ]);
        expect(new Date(line?._aws.Timestamp ?? 0).toISOString()).toBe(line?.time);
    });

    test("share a line where their attributes are the same, in whatever order, and no other", async () => {
        const { meters, flush } = provider();
        const meter = meters.getMeter("test");
        meter.createCounter("a").add(1, { x: "1", y: "2" });
        meter.createCounter("b").add(1, { y: "2", x: "1" });
        meter.createCounter("c").add(1, { x: "1" });
        expect((await flush()).map((line) => metricsOf(line).map(({ Name }) => Name))).toEqual([["a", "b"], ["c"]]);
    });

    test("count what happened since the last time, so that a sum over time is right", async () => {
        const { meters, flush } = provider();
        const counter = meters.getMeter("test").createCounter("sent");
        counter.add(5);
        expect((await flush())[0]?.sent).toBe(5);
        counter.add(1);
        expect((await flush())[0]?.sent).toBe(1);
        expect((await flush()).map(({ sent }) => sent).filter((sent) => sent !== undefined && sent !== 0)).toEqual([]);
    });

    test("tell a level as it is each time, not how it changed", async () => {
        const { meters, flush } = provider();
        const meter = meters.getMeter("test");
        const running = meter.createUpDownCounter("running");
        meter.createObservableGauge("lag").addCallback((result) => {
            result.observe(7);
        });
        running.add(3);
        expect((await flush())[0]).toMatchObject({ running: 3, lag: 7 });
        running.add(-1);
        expect((await flush())[0]).toMatchObject({ running: 2, lag: 7 });
        expect((await flush())[0]).toMatchObject({ running: 2, lag: 7 });
    });

    test.each([
        ["s", "Seconds"],
        ["ms", "Milliseconds"],
        ["By", "Bytes"],
        ["%", "Percent"],
        ["{message}", "Count"],
        ["", "Count"],
    ])("have for the unit %j the one that CloudWatch knows: %s", async (unit, expected) => {
        const { meters, flush } = provider();
        meters.getMeter("test").createCounter("measured", { unit }).add(1);
        expect(metricsOf((await flush())[0])).toEqual([{ Name: "measured", Unit: expected }]);
    });

    test("leave out what is no number", () => {
        const gauge = (value: number): MetricData => ({
            descriptor: {
                name: "ratio",
                description: "",
                unit: "1",
                valueType: ValueType.DOUBLE,
            },
            aggregationTemporality: AggregationTemporality.CUMULATIVE,
            dataPointType: DataPointType.GAUGE,
            dataPoints: [{ attributes: {}, startTime: [0, 0], endTime: [0, 0], value }],
        });
        expect([NaN, Infinity, -Infinity].flatMap((value) => toLines([gauge(value)]))).toEqual([]);
        expect(toLines([gauge(0)])).toHaveLength(1);
    });

    test("hold every value of a histogram at its bucket, within what was seen, and never more than a line may hold", async () => {
        await fc.assert(
            fc.asyncProperty(
                fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { minLength: 1, maxLength: 400 }),
                fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 99 }),
                async (measured, boundaries) => {
                    const { meters, flush } = provider();
                    const explicitBucketBoundaries = [...boundaries].sort((a, b) => a - b);
                    const histogram = meters
                        .getMeter("test")
                        .createHistogram("duration", { unit: "s", advice: { explicitBucketBoundaries } });
                    for (const value of measured) histogram.record(value);
                    const { Values, Counts } = (await flush())[0]?.duration as { Values: number[]; Counts: number[] };
                    expect(Values.length).toBe(Counts.length);
                    expect(Values.length).toBeLessThanOrEqual(100);
                    expect(Counts.reduce((sum, count) => sum + count, 0)).toBe(measured.length);
                    const bucketOf = (value: number): number =>
                        explicitBucketBoundaries.findIndex((boundary) => value <= boundary);
                    for (const value of Values) {
                        expect(value).toBeGreaterThanOrEqual(Math.min(...measured));
                        expect(value).toBeLessThanOrEqual(Math.max(...measured));
                    }
                    expect(new Set(Values.map(bucketOf))).toEqual(new Set(measured.map(bucketOf)));
                },
            ),
            { numRuns: 50 },
        );
    });

    test("say nothing of a histogram without a value since the last time", async () => {
        const { meters, flush } = provider();
        const histogram = meters.getMeter("test").createHistogram("duration");
        histogram.record(1);
        expect(metricsOf((await flush())[0])).toHaveLength(1);
        expect((await flush()).flatMap(metricsOf)).toEqual([]);
    });
});
