import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "../component";
import { Signal } from "../signal";
import { ObservedWorkload } from "./monitoring-namespace";
import { alertingRule, isPrometheusSignal } from "./prometheus-rules";

export interface PrometheusAlertsArgs extends ComponentArgs, ObservedWorkload {
    /** Those that have `promql` become rules. A plain list. */
    readonly signals: readonly Signal[];
    /** Where the reader of an alert finds the runbooks, see `AlarmSet`. Default `docs/runbooks`. */
    readonly runbookBase?: string;
}

/**
 * Rules of Prometheus from the same signals that become alarms in CloudWatch: same name, threshold, time, severity and runbook.
 *
 * CloudWatch is what pages. The rules show in Prometheus and Grafana, nearer to the moment and beside what the pods say themselves;
 * Alertmanager sends them to nobody unless somebody gives it a receiver, so that nobody is woken up twice.
 *
 * ```ts
 * import { KubernetesTarget } from "./kubernetes/kubernetes-target";
 * import { PrometheusAlerts } from "./kubernetes/prometheus-alerts";
 * import { workloadLabels } from "./kubernetes/workload-labels";
 * import { Signal } from "./signal";
 *
 * export function alertOn(target: KubernetesTarget, signals: readonly Signal[]) {
 *     const labels = workloadLabels("web", "service", target.namespace);
 *     return new PrometheusAlerts("web", { target, workload: "web", labels, signals });
 * }
 * ```
 */
export class PrometheusAlerts extends Component {
    /** Undefined where no signal can be seen by Prometheus. */
    readonly rule: kubernetes.apiextensions.CustomResource | undefined;

    constructor(name: string, args: PrometheusAlertsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("PrometheusAlerts", name, args, opts);
        const { target, workload, labels, signals, runbookBase = "docs/runbooks" } = args;
        const rules = signals.filter(isPrometheusSignal).map((signal) => alertingRule(signal, workload, runbookBase));
        if (rules.length > 0) {
            this.rule = new kubernetes.apiextensions.CustomResource(
                `${name}-alerts`,
                {
                    apiVersion: "monitoring.coreos.com/v1",
                    kind: "PrometheusRule",
                    metadata: {
                        name: workload,
                        namespace: target.namespace,
                        labels: { ...labels },
                    },
                    spec: { groups: [{ name: `${target.namespace}.${workload}`, interval: "30s", rules }] },
                },
                this.child({ provider: target.cluster.provider, dependsOn: [...target.ready] }),
            );
        }
        this.registerOutputs({});
    }
}
