import { KubernetesTarget } from "./kubernetes-target";
import { Labels } from "./workload-labels";

/** Where Prometheus, Grafana and the collector of traces run. */
export const monitoringNamespace = "monitoring";

/** What the three kinds of observation of a workload have in common. */
export interface ObservedWorkload {
    /** Where the workload runs. */
    readonly target: Pick<KubernetesTarget, "cluster" | "namespace" | "ready">;
    /** The workload's name: its Deployment's, and what its objects here are named after. */
    readonly workload: string;
    /** Labels of the workload's objects. */
    readonly labels: Labels;
}
