import * as pulumi from "@pulumi/pulumi";
import { WorkloadArgs } from "./compute";

/** How a compute target takes the metrics of containers: as lines of their log, or by asking a port of theirs. */
export type MetricsFormat = "emf" | "prometheus";

/**
 * The environment of a workload's own: what the program gives it, and where its metrics go. A variable that the program sets
 * itself stays as it is.
 */
export function workloadEnvironment(
    { metrics, environment }: Pick<WorkloadArgs, "metrics" | "environment">,
    format: MetricsFormat,
): Readonly<Record<string, pulumi.Input<string>>> {
    return {
        ...(metrics === undefined ? {} : { METRICS: format }),
        ...(metrics === undefined || format === "emf" ? {} : { METRICS_PORT: String(metrics.port) }),
        ...environment,
    };
}
