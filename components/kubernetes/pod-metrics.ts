import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "../component";
import { ObservedWorkload } from "./monitoring-namespace";
import { metricsPortName } from "./pod-template";
import { Labels } from "./workload-labels";

export interface PodMetricsArgs extends ComponentArgs, ObservedWorkload {
    /** The labels by which exactly the workload's own pods are found. */
    readonly selector: Labels;
}

/** More series than this from one pod are a mistake, such as an id in a label, and would fill Prometheus: it takes none then. */
const mostSamples = 5_000;

/**
 * Has Prometheus scrape the metrics of a workload's pods, at the port that the pod names `metrics`.
 *
 * A `PodMonitor` rather than a `ServiceMonitor`: a worker has no Service; of a service, pods that are not ready are the ones to look
 * at, and they are no endpoints; and a port of metrics in the Service would be one that the balancer could be pointed at.
 *
 * The port speaks plain HTTP. The network policy lets nobody but Prometheus' namespace in, and between instances the network of
 * AWS (Nitro) encrypts.
 *
 * A Prometheus that somebody else runs must look into the program's namespace, and at monitors without a label of its release. Costs
 * nothing by itself.
 *
 * ```ts
 * import { KubernetesTarget } from "./kubernetes/kubernetes-target";
 * import { PodMetrics } from "./kubernetes/pod-metrics";
 * import { selectorLabels, workloadLabels } from "./kubernetes/workload-labels";
 *
 * export function scrape(target: KubernetesTarget) {
 *     const labels = workloadLabels("web", "service", target.namespace);
 *     return new PodMetrics("web", { target, workload: "web", labels, selector: selectorLabels("web") });
 * }
 * ```
 */
export class PodMetrics extends Component {
    readonly monitor: kubernetes.apiextensions.CustomResource;

    constructor(name: string, args: PodMetricsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("PodMetrics", name, args, opts);
        const { target, workload, labels, selector } = args;
        this.monitor = new kubernetes.apiextensions.CustomResource(
            `${name}-metrics`,
            {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "PodMonitor",
                metadata: {
                    name: workload,
                    namespace: target.namespace,
                    labels: { ...labels },
                },
                spec: {
                    jobLabel: "app.kubernetes.io/name",
                    selector: { matchLabels: { ...selector } },
                    sampleLimit: mostSamples,
                    podMetricsEndpoints: [
                        { port: metricsPortName, path: "/metrics", interval: "30s", scrapeTimeout: "10s" },
                    ],
                },
            },
            this.child({ provider: target.cluster.provider, dependsOn: [...target.ready] }),
        );
        this.registerOutputs({});
    }
}
