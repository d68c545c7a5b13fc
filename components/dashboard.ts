import * as pulumi from "@pulumi/pulumi";
import { periodOf } from "./alarm-definition";
import { Block, placeBlocks } from "./dashboard-layout";
import { describeSurvival, Survival } from "./failure-domain";
import { Comparison, isMetricMath, Metric, MetricMath, metricsOf, Signal } from "./signal";

/** The four questions about a service that has users: how slow, how much, how many failures, how full. */
const goldenSignals = ["latency", "traffic", "errors", "saturation"] as const;

/** What answers each of the four questions. */
export type GoldenSignals = Readonly<Record<(typeof goldenSignals)[number], readonly (Metric | MetricMath)[]>>;

/** One tier on the dashboard. */
export interface DashboardTier {
    readonly tier: string;
    readonly signals: readonly Signal[];
    /** What the tier survives, where it is known. */
    readonly survivals: readonly Survival[];
}

export interface DashboardContent {
    /** Region of the metrics that do not name one. */
    readonly region: string;
    readonly title: string;
    readonly golden?: GoldenSignals;
    /** ARNs of the alarms whose state is shown. */
    readonly alarmArns: readonly pulumi.Input<string>[];
    /** In the order in which they are shown. */
    readonly tiers: readonly DashboardTier[];
    /** Where the reader finds the runbooks; links are made where it is a URL. */
    readonly runbookBase: string;
}

/** A widget as CloudWatch takes it, without its place. */
interface Widget {
    readonly type: "metric" | "text" | "alarm";
    readonly properties: Readonly<Record<string, unknown>>;
}

/** An alarm widget shows at most so many alarms. */
const mostAlarmsInWidget = 100;

/**
 * The body of a CloudWatch dashboard.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export function dashboardBody(content: DashboardContent): { widgets: object[] } {
    const sections = [
        overview(content),
        alarmStates(content),
        ...content.tiers.map((tier) => tierSection(tier, content)),
    ];
    const widgets = placeBlocks(sections).map(({ x, y, width, height, content: widget }) => ({
        ...widget,
        x,
        y,
        width,
        height,
    }));
    return { widgets };
}

function overview({ title, golden, region }: DashboardContent): Block<Widget>[] {
    const heading: Block<Widget> = { width: 24, height: 1, content: text(`# ${title}`) };
    if (golden === undefined) {
        return [heading];
    }
    const graphs = goldenSignals.map((question): Block<Widget> => ({
        width: 6,
        height: 6,
        content: graph(capitalize(question), lines(golden[question]), [], region),
    }));
    return [heading, ...graphs];
}

function alarmStates({ alarmArns }: DashboardContent): Block<Widget>[] {
    return chunks(alarmArns, mostAlarmsInWidget).map((alarms) => ({
        width: 24,
        height: Math.min(12, 2 + Math.ceil(alarms.length / 8)),
        content: { type: "alarm", properties: { title: "Alarms", alarms } },
    }));
}

function tierSection(tier: DashboardTier, content: DashboardContent): Block<Widget>[] {
    return [
        { width: 24, height: tier.survivals.length > 1 ? 4 : 3, content: text(tierText(tier, content.runbookBase)) },
        ...graphGroups(tier.signals).map((signals): Block<Widget> => ({
            width: 6,
            height: 6,
            content: graph(
                graphTitle(signals),
                lines(signals.map((signal) => signal.metric)),
                annotations(signals),
                content.region,
            ),
        })),
    ];
}

/** What is lost with a unit, a zone or the region, and where help is. */
function tierText({ tier, signals, survivals }: DashboardTier, runbookBase: string): string {
    const runbooks = [...new Set(signals.map((signal) => signal.runbook))].sort();
    const link = (runbook: string) =>
        runbookBase.startsWith("https://") ? `[${runbook}](${runbookBase}/${runbook}.md)` : runbook;
    return [
        `## ${tier}`,
        ...survivals.map(
            (survival) => `${survivals.length > 1 ? `${survival.tier}: ` : ""}${describeSurvival(survival)}`,
        ),
        ...(runbooks.length === 0 ? [] : [`Runbooks: ${runbooks.map(link).join(", ")}`]),
    ].join("\n\n");
}

/**
 * Signals that belong into one graph: the same vital sign with two thresholds, or of several replicas or shards. They
 * share a runbook and the metric's name (or the formula).
 */
export function graphGroups(signals: readonly Signal[]): Signal[][] {
    const groups = new Map<string, Signal[]>();
    for (const signal of signals) {
        const names = Object.values(metricsOf(signal.metric)).map(
            (metric) => `${metric.namespace}/${metric.metricName}`,
        );
        const key = [signal.runbook, ...new Set(names)].join(" ");
        groups.set(key, [...(groups.get(key) ?? []), signal]);
    }
    return [...groups.values()];
}

function graphTitle(signals: readonly Signal[]): string {
    const [first] = signals;
    const metrics = new Set(signals.map((signal) => metricLabel(signal.metric)));
    return first !== undefined && metrics.size === 1
        ? first.title
        : capitalize((first?.runbook ?? "").replaceAll("-", " "));
}

const metricLabel = (metric: Metric | MetricMath): string =>
    isMetricMath(metric) ? metric.label : (metric.label ?? metric.metricName);

/** One line for each metric, once, although two signals may look at it. */
function lines(metrics: readonly (Metric | MetricMath)[]): (Metric | MetricMath)[] {
    const byLabel = new Map(metrics.map((metric) => [metricLabel(metric), metric]));
    return [...byLabel.values()];
}

const shaded: Readonly<Record<Comparison, "above" | "below">> = {
    above: "above",
    "at-or-above": "above",
    below: "below",
    "at-or-below": "below",
};

/** The thresholds, each once, shaded on the side on which the alarm fires. */
function annotations(signals: readonly Signal[]): object[] {
    const byThreshold = new Map(
        signals.map((signal) => [
            `${signal.comparison} ${String(signal.threshold)}`,
            { label: signal.severity, value: signal.threshold, fill: shaded[signal.comparison] },
        ]),
    );
    return [...byThreshold.values()];
}

function graph(
    title: string,
    metrics: readonly (Metric | MetricMath)[],
    horizontal: readonly object[],
    region: string,
): Widget {
    const metricRegion = metrics
        .flatMap((metric) => Object.values(metricsOf(metric)))
        .find((m) => m.region !== undefined);
    return {
        type: "metric",
        properties: {
            title,
            region: metricRegion?.region ?? region,
            view: "timeSeries",
            stacked: false,
            metrics: metrics.flatMap((metric, index) => graphRows(metric, `m${String(index + 1)}`)),
            ...(horizontal.length === 0 ? {} : { annotations: { horizontal } }),
        },
    };
}

/** The rows that draw a metric; a formula's own metrics are there, but hidden. Ids are unique within a graph. */
function graphRows(metric: Metric | MetricMath, prefix: string): unknown[][] {
    if (!isMetricMath(metric)) {
        return [metricRow(metric, { id: prefix, label: metricLabel(metric) })];
    }
    const ids = new Map(Object.keys(metric.metrics).map((id) => [id, `${prefix}_${id}`]));
    // Functions are written in capitals in metric math, so that no name of a metric can be taken for one.
    const expression = metric.expression.replace(/[A-Za-z_][A-Za-z0-9_]*/g, (word) => ids.get(word) ?? word);
    return [
        [{ expression, label: metric.label, id: prefix }],
        ...Object.entries(metric.metrics).map(([id, part]) =>
            metricRow(part, { id: ids.get(id) ?? id, visible: false }),
        ),
    ];
}

function metricRow(metric: Metric, options: Record<string, unknown>): unknown[] {
    const dimensions = Object.entries(metric.dimensions).flat();
    return [
        metric.namespace,
        metric.metricName,
        ...dimensions,
        { stat: metric.statistic, period: periodOf(metric), ...options },
    ];
}

const text = (markdown: string): Widget => ({ type: "text", properties: { markdown } });

const capitalize = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

function chunks<T>(items: readonly T[], size: number): T[][] {
    return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
        items.slice(index * size, (index + 1) * size),
    );
}
