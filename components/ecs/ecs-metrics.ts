import * as pulumi from "@pulumi/pulumi";
import { Metric, MetricMath, Statistic } from "../signal";
import { WorkloadReadings } from "../workload-signals";

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

/** The metrics as the signals of a workload read them. */
export function ecsReadings(metrics: EcsMetrics): WorkloadReadings {
    return {
        cpu: { metric: metrics.cpu() },
        memory: { metric: metrics.memory() },
        runningTasks: { metric: metrics.runningTasks() },
        desiredTasks: { metric: metrics.desiredTasks() },
        failedDeployments: { metric: metrics.failedDeployments() },
    };
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
