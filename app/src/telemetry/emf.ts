import type { Attributes } from "@opentelemetry/api";
import {
    AggregationTemporality,
    type Histogram,
    DataPointType,
    InstrumentType,
    type MetricData,
    type PushMetricExporter,
    type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";

/** The namespace of the metrics in CloudWatch. */
const NAMESPACE = "Headroom/Shop";

/** CloudWatch's names of units; what it does not know is a count without one. */
const UNITS: Readonly<Record<string, string>> = { s: "Seconds", ms: "Milliseconds", By: "Bytes", "%": "Percent" };

/** The most values of a metric that one line may hold, by the format's definition. */
const MOST_VALUES = 100;

type Dimensions = Readonly<Record<string, string>>;

/** A metric's value in a line: a number, or values with how often each occurred. */
type Value = number | { Values: number[]; Counts: number[]; Min?: number; Max?: number; Sum?: number; Count?: number };

/** One line: what was measured under the same dimensions. */
interface Line {
    dimensions: Dimensions;
    metrics: { Name: string; Unit: string }[];
    values: Record<string, Value>;
}

/**
 * Writes metrics as lines in CloudWatch's embedded metric format: CloudWatch Logs makes metrics of them, and no request is
 * made from here. A line for each set of attributes, since a metric's dimensions are part of its name.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class EmfExporter implements PushMetricExporter {
    /**
     * @param common dimensions of every line
     * @param write takes one line, without its end
     */
    constructor(
        private readonly common: Dimensions,
        private readonly write: (line: string) => void,
    ) {}

    /** CloudWatch sums what it gets: what was reported must not be reported again. A level is one, not a change. */
    selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
        return type === InstrumentType.UP_DOWN_COUNTER || type === InstrumentType.OBSERVABLE_UP_DOWN_COUNTER
            ? AggregationTemporality.CUMULATIVE
            : AggregationTemporality.DELTA;
    }

    export(metrics: ResourceMetrics, done: Parameters<PushMetricExporter["export"]>[1]): void {
        const timestamp = Date.now();
        for (const line of toLines(metrics.scopeMetrics.flatMap((scope) => scope.metrics))) {
            const dimensions = { ...this.common, ...line.dimensions };
            this.write(
                JSON.stringify({
                    // The log is JSON lines with a level each, these too.
                    level: "info",
                    time: new Date(timestamp).toISOString(),
                    message: "metrics",
                    _aws: {
                        Timestamp: timestamp,
                        CloudWatchMetrics: [
                            { Namespace: NAMESPACE, Dimensions: [Object.keys(dimensions)], Metrics: line.metrics },
                        ],
                    },
                    ...dimensions,
                    ...line.values,
                }),
            );
        }
        // Its enumeration belongs to a package that is not ours to import.
        // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- 0 is SUCCESS
        done({ code: 0 });
    }

    forceFlush(): Promise<void> {
        return Promise.resolve();
    }

    shutdown(): Promise<void> {
        return Promise.resolve();
    }
}

/** Metrics with the same attributes share a line. */
export function toLines(metrics: readonly MetricData[]): Line[] {
    const lines = new Map<string, Line>();
    for (const metric of metrics) {
        const { name: Name, unit } = metric.descriptor;
        for (const { attributes, value } of metric.dataPoints) {
            const measured = toValue(metric.dataPointType, value);
            if (measured === undefined) continue;
            const dimensions = toDimensions(attributes);
            const key = JSON.stringify(Object.entries(dimensions).sort());
            const line = lines.get(key) ?? { dimensions, metrics: [], values: {} };
            lines.set(key, line);
            line.metrics.push({ Name, Unit: UNITS[unit] ?? "Count" });
            line.values[Name] = measured;
        }
    }
    return [...lines.values()];
}

function toDimensions(attributes: Attributes): Dimensions {
    return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)]));
}

function toValue(type: DataPointType, value: unknown): Value | undefined {
    if (type === DataPointType.HISTOGRAM) return fromHistogram(value as Histogram);
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Each bucket's count at its middle, within what was seen: percentiles are as exact as the buckets. */
function fromHistogram({ buckets, count, min, max }: Histogram): Value | undefined {
    if (count === 0) return undefined;
    const { boundaries, counts } = buckets;
    const lowest = min ?? 0;
    const highest = max ?? boundaries.at(-1) ?? 0;
    const seen = counts
        .map((Count, index) => {
            const from = Math.max(lowest, boundaries[index - 1] ?? lowest);
            const to = Math.min(highest, boundaries[index] ?? highest);
            return { value: (from + to) / 2, Count };
        })
        .filter(({ Count }) => Count > 0)
        .slice(0, MOST_VALUES);
    return { Values: seen.map(({ value }) => value), Counts: seen.map(({ Count }) => Count) };
}
