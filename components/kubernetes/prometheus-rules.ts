import { periodOf } from "../alarm-definition";
import { growthSteps } from "../growth";
import { Comparison, metricsOf, Signal } from "../signal";

/** A rule of Prometheus that alerts, as in a `PrometheusRule`. */
export interface AlertingRule {
    readonly alert: string;
    readonly expr: string;
    /** How long the expression must hold. */
    readonly for: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
}

/** A signal that Prometheus can see. */
export type PrometheusSignal = Signal & { readonly promql: string };

/** Whether Prometheus can see what a signal reads. */
export function isPrometheusSignal(signal: Signal): signal is PrometheusSignal {
    return signal.promql !== undefined;
}

const operators: Readonly<Record<Comparison, string>> = {
    above: ">",
    "at-or-above": ">=",
    below: "<",
    "at-or-below": "<=",
};

/** Seconds of one data point of a signal; a formula's metrics share it. */
export function signalPeriod(signal: Signal): number {
    return Math.max(...Object.values(metricsOf(signal.metric)).map(periodOf));
}

/**
 * The one translation of a signal into a rule of Prometheus: same threshold, comparison, time, severity and runbook as the alarm in
 * CloudWatch.
 *
 * - Where all of the last N periods must be out of bounds, the expression must hold for N periods.
 * - Where M of N must, `for` cannot say it, since one good value starts it anew: the expression counts the bad values of N periods,
 *   one for each period, and alerts at once at M.
 * - Missing data: `breaching` alerts when there is no value at all, as long as for a bad value. Prometheus has no other choice:
 *   everything else (`notBreaching`, `missing`, `ignore`) ends the alert with the data. `ignore` would keep its state in CloudWatch.
 *
 * Prometheus judges every 30 s, CloudWatch once a period: an alert may come up to a period earlier or later than the alarm.
 *
 * @param tier the component that declares the signal
 * @param runbookBase where runbooks are found: a folder or a URL, without a slash at the end
 */
export function alertingRule(signal: PrometheusSignal, tier: string, runbookBase: string): AlertingRule {
    const { severity, growthStep, evaluationPeriods } = signal;
    const allPeriods = (signal.datapointsToAlarm ?? evaluationPeriods) === evaluationPeriods;
    return {
        alert: signal.name,
        expr: allPeriods ? outOfBounds(signal) : badPeriods(signal),
        for: allPeriods ? duration(evaluationPeriods * signalPeriod(signal)) : "0s",
        labels: { severity, tier },
        annotations: {
            summary: signal.title,
            description: `${signal.title}: {{ $value | humanize }}; out of bounds ${bound(signal)}.`,
            runbook_url: `${runbookBase}/${signal.runbook}.md`,
            ...(growthStep === undefined ? {} : { growth_step: `${growthStep}: ${growthSteps[growthStep]}` }),
        },
    };
}

function outOfBounds(signal: PrometheusSignal): string {
    const judged = `(${signal.promql}) ${operators[signal.comparison]} ${String(signal.threshold)}`;
    return signal.missingData === "breaching" ? `(${judged}) or absent(${signal.promql})` : judged;
}

/** Counts the bad ones among the values of the last N periods. */
function badPeriods(signal: PrometheusSignal): string {
    const period = signalPeriod(signal);
    const window = `[${duration(signal.evaluationPeriods * period)}:${duration(period)}]`;
    return `count_over_time((${outOfBounds(signal)})${window}) >= ${String(signal.datapointsToAlarm)}`;
}

const bound = ({ comparison, threshold }: Signal): string => `${comparison.replaceAll("-", " ")} ${String(threshold)}`;

/** Seconds as Prometheus writes them: whole minutes where they are. */
export function duration(seconds: number): string {
    return seconds % 60 === 0 && seconds > 0 ? `${String(seconds / 60)}m` : `${String(seconds)}s`;
}
