import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "../component";
import { Signal } from "../signal";
import { GrafanaGraph, grafanaDashboard } from "./grafana-dashboard";
import { ObservedWorkload } from "./monitoring-namespace";

export interface WorkloadDashboardArgs extends ComponentArgs, ObservedWorkload {
    /** Those that have `promql` are drawn, with their thresholds. A plain list. */
    readonly signals: readonly Signal[];
    /** Graphs besides, such as rates that no signal judges. A plain list. Default: none. */
    readonly graphs?: readonly GrafanaGraph[];
    /** Where the reader finds the runbooks; links are made where it is a URL. Default `docs/runbooks`. */
    readonly runbookBase?: string;
}

/**
 * A dashboard in Grafana from the same signals that CloudWatch's is made of, as a ConfigMap with the label by which Grafana finds it.
 *
 * Its address does not change with its content. Nothing here holds state.
 *
 * ```ts
 * import { KubernetesTarget } from "./kubernetes/kubernetes-target";
 * import { WorkloadDashboard } from "./kubernetes/workload-dashboard";
 * import { workloadLabels } from "./kubernetes/workload-labels";
 * import { Signal } from "./signal";
 *
 * export function show(target: KubernetesTarget, signals: readonly Signal[]) {
 *     const labels = workloadLabels("web", "service", target.namespace);
 *     return new WorkloadDashboard("web", { target, workload: "web", labels, signals });
 * }
 * ```
 */
export class WorkloadDashboard extends Component {
    readonly configMap: kubernetes.core.v1.ConfigMap;

    constructor(name: string, args: WorkloadDashboardArgs, opts?: pulumi.ComponentResourceOptions) {
        super("WorkloadDashboard", name, args, opts);
        const { target, workload, labels, signals, graphs = [], runbookBase = "docs/runbooks" } = args;
        const { namespace } = target;
        const dashboard = grafanaDashboard({
            namespace,
            tier: workload,
            title: `${namespace}: ${workload}`,
            signals,
            graphs,
            runbookBase,
        });
        this.configMap = new kubernetes.core.v1.ConfigMap(
            `${name}-dashboard`,
            {
                metadata: {
                    // Not named after its content: no pod reads it, and Grafana follows its changes.
                    name: `${workload}-dashboard`,
                    namespace,
                    labels: { ...labels, grafana_dashboard: "1" },
                    annotations: { grafana_folder: namespace },
                },
                data: { [`${namespace}-${workload}.json`]: JSON.stringify(dashboard) },
            },
            this.child({ provider: target.cluster.provider, dependsOn: [...target.ready] }),
        );
        this.registerOutputs({});
    }
}
