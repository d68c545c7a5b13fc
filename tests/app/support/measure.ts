import type { Attributes, Meter } from "@opentelemetry/api";
import {
    AggregationTemporality,
    type Histogram,
    InMemoryMetricExporter,
    MeterProvider,
    PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";

/** What was measured, by the name of the instrument and by its attributes. */
export interface Measured {
    /** The value of a counter or a gauge. */
    value(name: string, attributes?: Attributes): number | undefined;
    /** How many values a histogram has. */
    count(name: string, attributes?: Attributes): number | undefined;
}

/** A meter, and what it has measured so far. */
export function measure(): { meter: Meter; collect(): Promise<Measured> } {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 });
    const provider = new MeterProvider({ readers: [reader] });

    const collect = async (): Promise<Measured> => {
        const { resourceMetrics } = await reader.collect();
        const points = (name: string, attributes: Attributes): unknown =>
            resourceMetrics.scopeMetrics
                .flatMap(({ metrics }) => metrics)
                .filter(({ descriptor }) => descriptor.name === name)
                .flatMap(({ dataPoints }) => dataPoints as { attributes: Attributes; value: unknown }[])
                .find((point) => Object.entries(attributes).every(([key, value]) => point.attributes[key] === value))
                ?.value;
        return {
            value: (name, attributes = {}) => points(name, attributes) as number | undefined,
            count: (name, attributes = {}) => (points(name, attributes) as Histogram | undefined)?.count,
        };
    };
    return { meter: provider.getMeter("tests"), collect };
}
