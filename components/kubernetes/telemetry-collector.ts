import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "../component";
import { TaskSize } from "../compute";
import { Signal, SignalSource } from "../signal";
import { workloadSignals } from "../workload-signals";
import { collectorConfiguration, healthPort, metricsPort, otlpPort } from "./collector-configuration";
import { kubernetesReadings } from "./kubernetes-metrics";
import { KubernetesTarget, TelemetryEndpoint } from "./kubernetes-target";
import { podsAtMost } from "./namespace-quota";
import { networkPolicy } from "./network-policies";
import { metricsPortName, podResources } from "./pod-template";
import { PrometheusAlerts } from "./prometheus-alerts";
import { WorkloadDashboard } from "./workload-dashboard";
import { WorkloadIdentity } from "./workload-identity";
import { Labels, selectorLabels } from "./workload-labels";

export interface TelemetryCollectorArgs extends ComponentArgs {
    /** Where it runs: in the namespace of the program, whose pods alone may send to it. */
    readonly target: KubernetesTarget;
}

/**
 * Pinned: the collector of AWS's distribution of OpenTelemetry, for both architectures.
 * https://github.com/aws-observability/aws-otel-collector/releases
 */
const image = "public.ecr.aws/aws-observability/aws-otel-collector:v0.48.0";

/** So that one may be away, and one be exchanged. */
const replicas = 2;

/** Enough for some thousand spans a second; above it the limiter of memory refuses, and the senders try again or lose traces. */
const size: TaskSize = { cpu: 0.25, memory: 512 };

/** A user that the image does not know: its program reads one file and writes none. */
const user = 10_001;

/**
 * Takes the traces of the program's pods by OTLP and hands them on to X-Ray, in batches, with retries, and with an identity of its own,
 * so that no pod needs to know where traces go or may write them itself.
 *
 * A plain Deployment, and no `OpenTelemetryCollector` of the operator: that one needs cert-manager, a webhook and an operator with
 * rights in all namespaces, for one Deployment whose configuration is ours anyway.
 *
 * - Two pods over two zones, of which one may always be away; the senders do not wait for them, and lose traces and nothing else
 *   when both are.
 * - Only the pods of the namespace may send. They do so without TLS: between instances the network of AWS (Nitro) encrypts, and
 *   what leaves the cluster goes by HTTPS. X-Ray encrypts what it keeps; with which key is a setting of the account.
 * - A `ServiceMonitor` has Prometheus look at it, since there is a Service in front of it.
 *
 * It holds no state but what is on its way, at most some seconds. Costs half a vCPU and 1 GiB of nodes, and X-Ray 5 USD for a million
 * traces: the application sends one in twenty.
 *
 * ```ts
 * import { KubernetesTarget } from "./kubernetes/kubernetes-target";
 * import { TelemetryCollector } from "./kubernetes/telemetry-collector";
 *
 * export function collect(target: KubernetesTarget) {
 *     return new TelemetryCollector("telemetry", { target }).endpoint.url;
 * }
 * ```
 */
export class TelemetryCollector extends Component implements SignalSource {
    readonly endpoint: TelemetryEndpoint;
    readonly tier: string;
    readonly signals: readonly Signal[];
    private readonly labels: Labels;
    private readonly selector: Labels;

    constructor(
        name: string,
        private readonly args: TelemetryCollectorArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("TelemetryCollector", name, args, opts);
        const { target } = args;
        this.selector = selectorLabels(name);
        this.labels = {
            ...this.selector,
            "app.kubernetes.io/component": "telemetry",
            "app.kubernetes.io/part-of": target.namespace,
            "app.kubernetes.io/managed-by": "pulumi",
        };
        const identity = this.createIdentity();
        const configuration = this.createConfiguration();
        const policy = this.createNetworkPolicy();
        this.createDeployment(identity, configuration, policy);
        this.createBudget();
        this.createService();
        target.capacity.reserve({ pods: podsAtMost(replicas), size });

        this.endpoint = {
            url: `http://${name}.${target.namespace}.svc:${String(otlpPort)}`,
            port: otlpPort,
            namespace: target.namespace,
        };
        this.tier = name;
        this.signals = collectorSignals(target, name);
        this.watch();
        this.registerOutputs({ endpoint: this.endpoint.url });
    }

    private createIdentity(): WorkloadIdentity {
        const { target } = this.args;
        return new WorkloadIdentity(
            this.componentName,
            {
                target,
                labels: this.labels,
                binding: {
                    secrets: [],
                    // X-Ray knows no resources to write to.
                    permissions: [
                        {
                            sid: "WriteTraces",
                            actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
                            resources: ["*"],
                        },
                    ],
                },
                tags: this.inheritedTags,
            },
            { parent: this },
        );
    }

    private createConfiguration(): kubernetes.core.v1.ConfigMap {
        const data = { "collector.yaml": collectorConfiguration(this.args.target.network.region, size.memory) };
        return new kubernetes.core.v1.ConfigMap(
            this.componentName,
            // Pulumi names it, and never twice the same: see `KubernetesPods`.
            { metadata: { namespace: this.args.target.namespace, labels: { ...this.labels } }, immutable: true, data },
            this.inNamespace(),
        );
    }

    private createNetworkPolicy(): kubernetes.networking.v1.NetworkPolicy {
        const { cluster, network } = this.args.target;
        const { monitoringNamespace } = cluster;
        const spec = networkPolicy({
            selector: this.selector,
            vpcCidr: network.cidrBlock,
            serviceCidr: cluster.serviceCidr,
            connections: [],
            internet: "https",
            ...(monitoringNamespace === undefined
                ? {}
                : { metrics: { port: metricsPort, namespace: monitoringNamespace } }),
        });
        const senders = { from: [{ podSelector: {} }], ports: [{ protocol: "TCP", port: otlpPort }] };
        return new kubernetes.networking.v1.NetworkPolicy(
            this.componentName,
            {
                metadata: this.metadata(this.componentName),
                spec: pulumi
                    .output(spec)
                    .apply((known) => ({ ...known, ingress: [...(known.ingress ?? []), senders] })),
            },
            this.inNamespace(),
        );
    }

    private createDeployment(
        identity: WorkloadIdentity,
        configuration: kubernetes.core.v1.ConfigMap,
        policy: pulumi.Resource,
    ): kubernetes.apps.v1.Deployment {
        return new kubernetes.apps.v1.Deployment(
            this.componentName,
            {
                metadata: {
                    ...this.metadata(this.componentName),
                    annotations: { "policies.headroom.dev/needed-capacity": "1" },
                },
                spec: {
                    replicas,
                    selector: { matchLabels: { ...this.selector } },
                    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
                    revisionHistoryLimit: 2,
                    template: this.podTemplate(identity, configuration),
                },
            },
            this.inNamespace([...identity.ready, ...this.args.target.network.egressReady, configuration, policy]),
        );
    }

    private podTemplate(
        identity: WorkloadIdentity,
        configuration: kubernetes.core.v1.ConfigMap,
    ): kubernetes.types.input.core.v1.PodTemplateSpec {
        const health = { httpGet: { path: "/", port: "health" } };
        const { cpu, memory } = podResources(size);
        return {
            metadata: { labels: { ...this.labels } },
            spec: {
                serviceAccountName: identity.serviceAccountName,
                automountServiceAccountToken: false,
                enableServiceLinks: false,
                nodeSelector: { "kubernetes.io/os": "linux" },
                topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(
                    (topologyKey) => ({
                        maxSkew: 1,
                        topologyKey,
                        whenUnsatisfiable: "ScheduleAnyway",
                        labelSelector: { matchLabels: { ...this.selector } },
                        matchLabelKeys: ["pod-template-hash"],
                    }),
                ),
                // It sends what it has taken before it ends.
                terminationGracePeriodSeconds: 30,
                securityContext: {
                    runAsNonRoot: true,
                    runAsUser: user,
                    runAsGroup: user,
                    seccompProfile: { type: "RuntimeDefault" },
                },
                containers: [
                    {
                        // Container Insights and cAdvisor know containers by it.
                        name: this.componentName,
                        image,
                        imagePullPolicy: "IfNotPresent",
                        args: ["--config=/etc/collector/collector.yaml"],
                        // Go collects its garbage before the kernel kills.
                        env: [{ name: "GOMEMLIMIT", value: `${String(Math.floor(size.memory * 0.8))}MiB` }],
                        ports: [
                            { name: "otlp", containerPort: otlpPort },
                            { name: "health", containerPort: healthPort },
                            { name: metricsPortName, containerPort: metricsPort },
                        ],
                        resources: {
                            requests: { cpu, memory, "ephemeral-storage": "64Mi" },
                            limits: { memory, "ephemeral-storage": "64Mi" },
                        },
                        startupProbe: { ...health, periodSeconds: 2, failureThreshold: 30 },
                        readinessProbe: { ...health, periodSeconds: 5, failureThreshold: 2 },
                        livenessProbe: { ...health, periodSeconds: 30, failureThreshold: 3 },
                        // The Service goes on sending for some seconds. The image has no shell for `exec sleep`.
                        lifecycle: { preStop: { sleep: { seconds: 5 } } },
                        securityContext: {
                            allowPrivilegeEscalation: false,
                            readOnlyRootFilesystem: true,
                            privileged: false,
                            capabilities: { drop: ["ALL"] },
                        },
                        volumeMounts: [{ name: "configuration", mountPath: "/etc/collector", readOnly: true }],
                        terminationMessagePolicy: "FallbackToLogsOnError",
                    },
                ],
                volumes: [{ name: "configuration", configMap: { name: configuration.metadata.name } }],
            },
        };
    }

    private createBudget(): kubernetes.policy.v1.PodDisruptionBudget {
        return new kubernetes.policy.v1.PodDisruptionBudget(
            this.componentName,
            {
                metadata: this.metadata(this.componentName),
                spec: {
                    selector: { matchLabels: { ...this.selector } },
                    maxUnavailable: 1,
                    unhealthyPodEvictionPolicy: "AlwaysAllow",
                },
            },
            this.inNamespace(),
        );
    }

    private createService(): kubernetes.core.v1.Service {
        const port = (name: string, number: number) => ({ name, port: number, targetPort: name });
        return new kubernetes.core.v1.Service(
            this.componentName,
            {
                metadata: this.metadata(this.componentName),
                spec: {
                    type: "ClusterIP",
                    selector: { ...this.selector },
                    ports: [port("otlp", otlpPort), port(metricsPortName, metricsPort)],
                },
            },
            this.inNamespace(),
        );
    }

    /** In Prometheus and Grafana, where the cluster has them. */
    private watch(): void {
        const { target } = this.args;
        if (target.cluster.monitoringNamespace === undefined) {
            return;
        }
        const { componentName: workload, labels, signals } = this;
        new kubernetes.apiextensions.CustomResource(
            `${workload}-metrics`,
            {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "ServiceMonitor",
                metadata: this.metadata(workload),
                spec: {
                    jobLabel: "app.kubernetes.io/name",
                    selector: { matchLabels: { ...this.selector } },
                    endpoints: [{ port: metricsPortName, path: "/metrics", interval: "30s", scrapeTimeout: "10s" }],
                },
            },
            this.inNamespace(),
        );
        const observed = { target, workload, labels, tags: this.inheritedTags };
        new PrometheusAlerts(workload, { ...observed, signals }, { parent: this });
        new WorkloadDashboard(workload, { ...observed, signals, graphs: [spans(target.namespace)] }, { parent: this });
    }

    private metadata(name: pulumi.Input<string>) {
        return { name, namespace: this.args.target.namespace, labels: { ...this.labels } };
    }

    private inNamespace(dependsOn: readonly pulumi.Resource[] = []): pulumi.CustomResourceOptions {
        const { cluster, ready } = this.args.target;
        return this.child({ provider: cluster.provider, dependsOn: [...ready, ...dependsOn] });
    }
}

/** Nobody is woken up for traces. */
function collectorSignals({ cluster, namespace }: KubernetesTarget, name: string): Signal[] {
    return workloadSignals(kubernetesReadings({ cluster, namespace }, name), {
        name,
        minimum: replicas,
        maximum: replicas,
        growthStep: "add-tasks",
    }).map((signal) => ({ ...signal, severity: "ticket" }));
}

/** What comes in, and what does not go out. */
function spans(namespace: string) {
    const rate = (metric: string) => `sum(rate(${metric}{namespace="${namespace}"}[5m]))`;
    return {
        title: "Spans a second",
        unit: "short",
        lines: [
            { promql: rate("otelcol_receiver_accepted_spans"), legend: "taken" },
            { promql: rate("otelcol_receiver_refused_spans"), legend: "refused" },
            { promql: rate("otelcol_exporter_sent_spans"), legend: "sent" },
            { promql: rate("otelcol_exporter_send_failed_spans"), legend: "lost" },
        ],
    };
}
