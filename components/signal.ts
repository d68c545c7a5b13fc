import * as pulumi from "@pulumi/pulumi";
import { GrowthStep } from "./growth";

/** A CloudWatch statistic: one of the simple ones, or a percentile such as `p99`. */
export type Statistic = "Average" | "Sum" | "Minimum" | "Maximum" | "SampleCount" | `p${number}`;

/** One CloudWatch metric of one resource. */
export interface Metric {
    readonly namespace: string;
    readonly metricName: string;
    readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
    readonly statistic: Statistic;
    /** Seconds of one data point. Default 60, the finest that AWS services publish without extra cost. */
    readonly period?: number;
    /** How a dashboard names the line. Default: the metric's name. */
    readonly label?: string;
    /**
     * Region that holds the metric, where it is not the provider's (CloudFront and its web ACL publish in us-east-1 only).
     * The alarm and its topic live there too, since CloudWatch does not act across regions.
     */
    readonly region?: string;
}

/** A formula over metrics, in CloudWatch's metric math. */
export interface MetricMath {
    /** Such as `visible / IF(running < 1, 1, running)`, with the keys of `metrics` as names. */
    readonly expression: string;
    /** Lower-case names, as metric math demands. All in one region. */
    readonly metrics: Readonly<Record<string, Metric>>;
    /** How a dashboard names the line. */
    readonly label: string;
}

/**
 * How urgent a signal is.
 * - `page`: users are affected or will be within the hour, somebody is woken up;
 * - `ticket`: the system needs a growth step or a repair in the coming days.
 */
export type Severity = "page" | "ticket";

/** When a value is out of bounds. */
export type Comparison = "above" | "at-or-above" | "below" | "at-or-below";

/** What the absence of data means for the alarm. */
export type MissingData = "breaching" | "notBreaching" | "ignore" | "missing";

/**
 * A vital sign of something that a component creates, declared beside it.
 *
 * `Monitoring` turns signals into alarms, dashboard widgets and the runbook index; a Kubernetes target turns those with
 * `promql` into Prometheus rules and Grafana panels as well. No alarm exists without a signal, and no signal without a runbook.
 */
export interface Signal {
    /** Stable name, unique in the program, lower-case with dashes: `database-replica-lag`. The alarm is named after it. */
    readonly name: string;
    /** One line for the dashboard and the alarm's description: `Replica lag of database`. */
    readonly title: string;
    readonly metric: Metric | MetricMath;
    /**
     * The same value in PromQL, in the same unit, where a Prometheus has it too: the Kubernetes target makes rules of it.
     * Default: none, CloudWatch alone watches the signal.
     */
    readonly promql?: string;
    readonly comparison: Comparison;
    /** In the metric's own unit. The component's comment says where the number comes from. */
    readonly threshold: number;
    /** How many of the last `evaluationPeriods` periods must be out of bounds. Default: all of them. */
    readonly datapointsToAlarm?: number;
    readonly evaluationPeriods: number;
    readonly severity: Severity;
    /**
     * What missing data means. Default `notBreaching`: most services publish nothing while idle.
     */
    readonly missingData?: MissingData;
    /** File name without extension in docs/runbooks: `database-replica-lag`. */
    readonly runbook: string;
    /** The step of growth that this signal calls for when it keeps firing; absent for pure failures. */
    readonly growthStep?: GrowthStep;
}

/** Something whose health can be watched. */
export interface SignalSource {
    /** The tier's name on dashboards: the component's logical name. */
    readonly tier: string;
    readonly signals: readonly Signal[];
}

/** Whether a metric is a formula. */
export function isMetricMath(metric: Metric | MetricMath): metric is MetricMath {
    return "expression" in metric;
}

/** The metrics that a signal reads, keyed as in its formula; a plain metric is called `value`. */
export function metricsOf(metric: Metric | MetricMath): Readonly<Record<string, Metric>> {
    return isMetricMath(metric) ? metric.metrics : { value: metric };
}

/** The region of a signal's metrics; undefined for the provider's own. */
export function regionOf(signal: Signal): string | undefined {
    return Object.values(metricsOf(signal.metric)).find((metric) => metric.region !== undefined)?.region;
}
