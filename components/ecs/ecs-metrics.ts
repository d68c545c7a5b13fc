import * as pulumi from "@pulumi/pulumi";
import { Metric, MetricMath, Signal, Statistic } from "../signal";

/** Metrics of a service or a worker on ECS. */
export interface EcsMetrics {
    /** Percent of the tasks' CPU. */
    cpu(): Metric;
    /** Percent of the tasks' memory. */
    memory(): Metric;
    runningTasks(): Metric;
    desiredTasks(): Metric;
    /** Deployments that failed and were rolled back. */
    failedDeployments(): Metric;
}

/** The metrics of an ECS service. */
export function ecsMetrics(
    clusterName: pulumi.Input<string>,
    serviceName: pulumi.Input<string>,
    failedDeploymentRule: pulumi.Input<string>,
): EcsMetrics {
    const service = { ClusterName: clusterName, ServiceName: serviceName };
    const metric = (namespace: string, metricName: string, statistic: Statistic, label: string): Metric => ({
        namespace,
        metricName,
        dimensions: service,
        statistic,
        label,
    });
    return {
        cpu: () => metric("AWS/ECS", "CPUUtilization", "Average", "CPU (%)"),
        memory: () => metric("AWS/ECS", "MemoryUtilization", "Average", "memory (%)"),
        runningTasks: () => metric("ECS/ContainerInsights", "RunningTaskCount", "Minimum", "running tasks"),
        desiredTasks: () => metric("ECS/ContainerInsights", "DesiredTaskCount", "Maximum", "desired tasks"),
        failedDeployments: () => ({
            namespace: "AWS/Events",
            metricName: "MatchedEvents",
            dimensions: { RuleName: failedDeploymentRule },
            statistic: "Sum",
            label: "failed deployments",
        }),
    };
}

/** What the signals of a workload depend on. */
export interface EcsSignalFacts {
    readonly name: string;
    readonly minimum: number;
    readonly maximum: number;
    /** The step that more load calls for. */
    readonly growthStep: "add-tasks" | "add-workers";
}

/** The vital signs of a workload on ECS. */
export function ecsSignals(metrics: EcsMetrics, { name, minimum, maximum, growthStep }: EcsSignalFacts): Signal[] {
    const signals: Signal[] = [
        {
            name: `${name}-cpu`,
            title: `CPU of ${name}, in percent`,
            metric: metrics.cpu(),
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
            metric: metrics.memory(),
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
            metric: metrics.failedDeployments(),
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
            metric: metrics.runningTasks(),
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
            metric: metrics.desiredTasks(),
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

/** Percent of the account's on-demand Fargate capacity that is in use, in the region. */
export function fargateQuotaUse(): MetricMath {
    return {
        expression: "usage / SERVICE_QUOTA(usage) * 100",
        metrics: {
            usage: {
                namespace: "AWS/Usage",
                metricName: "ResourceCount",
                dimensions: { Service: "Fargate", Type: "Resource", Resource: "vCPU", Class: "Standard/OnDemand" },
                statistic: "Maximum",
                // Published every five minutes at the least.
                period: 300,
            },
        },
        label: "Fargate quota in use (%)",
    };
}
