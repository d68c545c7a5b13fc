import { growthSteps } from "./growth";
import { Problem } from "./problems";
import { Comparison, isMetricMath, Metric, metricsOf, Signal, SignalSource } from "./signal";

/** CloudWatch's names of the comparisons. */
const operators: Readonly<Record<Comparison, string>> = {
    above: "GreaterThanThreshold",
    "at-or-above": "GreaterThanOrEqualToThreshold",
    below: "LessThanThreshold",
    "at-or-below": "LessThanOrEqualToThreshold",
};

/** Seconds of a metric's data point. */
export function periodOf(metric: Metric): number {
    return metric.period ?? 60;
}

/** Id of the formula's result among an alarm's queries, which no metric of a formula may take. */
const resultId = "result";

/** A query of an alarm over a formula. */
interface AlarmQuery {
    readonly id: string;
    readonly label: string;
    readonly returnData: boolean;
    readonly expression?: string;
    readonly metric?: {
        readonly namespace: string;
        readonly metricName: string;
        readonly dimensions: Metric["dimensions"];
        readonly period: number;
        readonly stat: string;
    };
}

/** What an alarm is made of, in the words of `aws.cloudwatch.MetricAlarm`, without name, actions and tags. */
export interface AlarmDefinition {
    readonly alarmDescription: string;
    readonly comparisonOperator: string;
    readonly threshold: number;
    readonly evaluationPeriods: number;
    readonly datapointsToAlarm: number;
    readonly treatMissingData: string;
    readonly namespace?: string;
    readonly metricName?: string;
    readonly dimensions?: Metric["dimensions"];
    readonly period?: number;
    readonly statistic?: string;
    readonly extendedStatistic?: string;
    readonly metricQueries?: readonly AlarmQuery[];
}

/** What the person who is alarmed reads: what it is, where the runbook lies, and what to grow when it keeps firing. */
function describe(signal: Signal, runbookBase: string): string {
    const step = signal.growthStep;
    return [
        `[${signal.severity}] ${signal.title}.`,
        `Runbook: ${runbookBase}/${signal.runbook}.md`,
        ...(step === undefined ? [] : [`Growth step ${step}: ${growthSteps[step]}`]),
    ].join("\n");
}

function plainMetric(metric: Metric): Partial<AlarmDefinition> {
    const { namespace, metricName, dimensions, statistic } = metric;
    return {
        namespace,
        metricName,
        dimensions,
        period: periodOf(metric),
        ...(/^p\d/.test(statistic) ? { extendedStatistic: statistic } : { statistic }),
    };
}

function metricQueries(signal: Signal, expression: string, label: string): AlarmQuery[] {
    const metrics = Object.entries(metricsOf(signal.metric)).map(([id, metric]): AlarmQuery => ({
        id,
        label: metric.label ?? metric.metricName,
        returnData: false,
        metric: {
            namespace: metric.namespace,
            metricName: metric.metricName,
            dimensions: metric.dimensions,
            period: periodOf(metric),
            stat: metric.statistic,
        },
    }));
    return [...metrics, { id: resultId, expression, label, returnData: true }];
}

/**
 * The one translation of a signal into a CloudWatch alarm.
 *
 * @param runbookBase where runbooks are found by whoever reads the alarm: a folder or a URL, without a slash at the end
 */
export function alarmDefinition(signal: Signal, runbookBase: string): AlarmDefinition {
    return {
        alarmDescription: describe(signal, runbookBase),
        comparisonOperator: operators[signal.comparison],
        threshold: signal.threshold,
        evaluationPeriods: signal.evaluationPeriods,
        datapointsToAlarm: signal.datapointsToAlarm ?? signal.evaluationPeriods,
        treatMissingData: signal.missingData ?? "notBreaching",
        ...(isMetricMath(signal.metric)
            ? { metricQueries: metricQueries(signal, signal.metric.expression, signal.metric.label) }
            : plainMetric(signal.metric)),
    };
}

/**
 * The longest time that CloudWatch looks back: a day, or a week where a data point is an hour or more.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
function longestEvaluation(period: number): number {
    return period < 3600 ? 86_400 : 604_800;
}

/** An alarm on a formula reads at most so many metrics. */
const mostMetricsInAlarm = 10;

function formulaProblems(signal: Signal): Problem[] {
    if (!isMetricMath(signal.metric)) {
        return [];
    }
    const metrics = Object.entries(signal.metric.metrics);
    const badIds = metrics.map(([id]) => id).filter((id) => !/^[a-z][A-Za-z0-9_]*$/.test(id) || id === resultId);
    const found: Problem[] = badIds.map((id) => ({
        setting: `${signal.name}: the key of a metric`,
        value: id,
        allowed: `a lower-case letter, then letters, digits and underscores, and not ${resultId}`,
        example: "visible",
    }));
    if (metrics.length === 0 || metrics.length > mostMetricsInAlarm) {
        found.push({
            setting: `${signal.name}: the number of metrics in the formula`,
            value: metrics.length,
            allowed: `1 to ${String(mostMetricsInAlarm)}`,
            example: "several signals, each over a part of the metrics",
        });
    }
    const regions = new Set(metrics.map(([, metric]) => metric.region));
    if (regions.size > 1) {
        found.push({
            setting: `${signal.name}: the regions of the metrics`,
            value: [...regions].map((region) => region ?? "the provider's"),
            allowed: "one region for all metrics of a formula",
            example: "a signal for each region",
        });
    }
    return found;
}

/** What is wrong with a signal, as far as an alarm can be made of it. */
export function signalProblems(signal: Signal): Problem[] {
    const found = formulaProblems(signal);
    const require = (holds: boolean, what: string, value: unknown, allowed: string, example: string): void => {
        if (!holds) {
            found.push({ setting: `${signal.name}: ${what}`, value, allowed, example });
        }
    };
    const { evaluationPeriods, datapointsToAlarm = evaluationPeriods } = signal;
    const whole = Number.isInteger(evaluationPeriods) && evaluationPeriods >= 1;
    require(/^[a-z][a-z0-9-]*$/.test(
        signal.name,
    ), "the name", signal.name, "lower-case letters, digits and dashes", "database-cpu");
    require(Number.isFinite(signal.threshold), "threshold", signal.threshold, "a finite number", "80");
    require(whole, "evaluationPeriods", evaluationPeriods, "a whole number from 1", "5");
    require(Number.isInteger(datapointsToAlarm) &&
        datapointsToAlarm >= 1 &&
        datapointsToAlarm <=
            evaluationPeriods, "datapointsToAlarm", datapointsToAlarm, "a whole number from 1 to evaluationPeriods", String(
        evaluationPeriods,
    ));
    for (const metric of Object.values(metricsOf(signal.metric))) {
        const period = periodOf(metric);
        const valid = [10, 20, 30].includes(period) || (period > 0 && period % 60 === 0);
        require(valid, `the period of ${metric.metricName}`, period, "10, 20, 30 or a multiple of 60 seconds", "60");
        require(!whole ||
            period * evaluationPeriods <=
                longestEvaluation(
                    period,
                ), `the time that is looked at for ${metric.metricName}`, `${String(period * evaluationPeriods)} s`, "at most a day, or a week with periods of an hour or more", "period 3600");
    }
    return found;
}

/** A name that two signals share, as a problem that names where both come from. */
export function duplicateProblems(sources: readonly SignalSource[]): Problem[] {
    const owners = new Map<string, string>();
    const found: Problem[] = [];
    for (const source of sources) {
        for (const signal of source.signals) {
            const earlier = owners.get(signal.name);
            if (earlier !== undefined) {
                found.push({
                    setting: `signal ${signal.name}`,
                    value: `declared by ${earlier} and by ${source.tier}`,
                    allowed: "a name that no other signal of the program has",
                    example: `a component with another logical name, or one of the two left out of \`sources\``,
                });
            }
            owners.set(signal.name, source.tier);
        }
    }
    return found;
}
