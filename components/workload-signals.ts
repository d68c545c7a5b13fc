import { GrowthStep } from "./growth";
import { Metric, MetricMath, Signal } from "./signal";

/** One measurement, in each monitoring system that holds it. */
export interface Reading {
    readonly metric: Metric | MetricMath;
    /** The same value in PromQL, where the compute target has a Prometheus. */
    readonly promql?: string;
}

/** What can be read of a running service or worker, whatever runs it. */
export interface WorkloadReadings {
    /** Percent of the CPU that the tasks (or pods) may use. */
    readonly cpu: Reading;
    /** Percent of the memory that they may use. */
    readonly memory: Reading;
    readonly runningTasks: Reading;
    readonly desiredTasks: Reading;
    /** Deployments that failed. */
    readonly failedDeployments: Reading;
}

/** What the signals of a workload depend on. */
export interface WorkloadFacts {
    readonly name: string;
    readonly minimum: number;
    readonly maximum: number;
    /** The step that more load calls for. */
    readonly growthStep: Extract<GrowthStep, "add-tasks" | "add-workers">;
}

/** The vital signs of a service or a worker, the same on every compute target. */
export function workloadSignals(
    readings: WorkloadReadings,
    { name, minimum, maximum, growthStep }: WorkloadFacts,
): Signal[] {
    const signals: Signal[] = [
        {
            name: `${name}-cpu`,
            title: `CPU of ${name}, in percent`,
            ...readings.cpu,
            comparison: "above",
            // Scaling aims at 60 % and adds tasks within two or three minutes. Ten minutes above 85 % mean that it cannot:
            // requests queue up from here on.
            threshold: 85,
            evaluationPeriods: 10,
            severity: "page",
            runbook: "workload-cpu",
            growthStep,
        },
        {
            name: `${name}-memory`,
            title: `Memory of ${name}, in percent`,
            ...readings.memory,
            comparison: "above",
            // No scaling follows memory: it grows with the process, not with the number of tasks. At 100 % the kernel kills.
            threshold: 85,
            evaluationPeriods: 15,
            severity: "ticket",
            runbook: "workload-memory",
            growthStep: "larger-tasks",
        },
        {
            name: `${name}-deployment-failed`,
            title: `Failed deployments of ${name}`,
            ...readings.failedDeployments,
            comparison: "above",
            // One is one too many. The previous version goes on running, so nobody is woken up.
            threshold: 0,
            evaluationPeriods: 1,
            severity: "ticket",
            runbook: "workload-deployment-failed",
        },
    ];
    if (minimum > 0) {
        signals.push({
            name: `${name}-tasks-missing`,
            title: `Running tasks of ${name}`,
            ...readings.runningTasks,
            comparison: "below",
            threshold: minimum,
            // A lost task is replaced within two minutes, and a deployment never goes below the minimum.
            evaluationPeriods: 5,
            severity: "page",
            // A service that reports nothing is as likely to be gone as to be well.
            missingData: "breaching",
            runbook: "workload-tasks-missing",
        });
    }
    // Where the count is fixed there is no headroom to use up.
    if (maximum > minimum) {
        signals.push({
            name: `${name}-at-maximum`,
            title: `Desired tasks of ${name}: scaling has no headroom left`,
            ...readings.desiredTasks,
            comparison: "at-or-above",
            threshold: maximum,
            // A short peak may use all there is; a quarter of an hour is load that stays.
            evaluationPeriods: 15,
            severity: "ticket",
            runbook: "workload-at-maximum",
            growthStep,
        });
    }
    return signals;
}

/**
 * The vital sign of a job, the same on every compute target. The update says it as well, but it may run where nobody looks.
 *
 * @param failures runs that failed
 */
export function jobSignal(name: string, failures: Reading): Signal {
    return {
        name: `${name}-job-failed`,
        title: `Failed runs of the job ${name}`,
        ...failures,
        comparison: "above",
        // One is one too many. What comes after the job runs on in its previous version, so nobody is woken up.
        threshold: 0,
        evaluationPeriods: 1,
        severity: "ticket",
        runbook: "job-failed",
    };
}
