import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "../component";
import { isWhole, Problems } from "../problems";
import { monitoringNamespace } from "./monitoring-namespace";
import { adapterValues, prometheusValues } from "./prometheus-values";

export interface PrometheusStackArgs extends ComponentArgs {
    readonly provider: kubernetes.Provider;
    /** Address range of the VPC: the API server asks webhooks and the adapter from there. */
    readonly vpcCidr: pulumi.Input<string>;
    /** A storage class that encrypts. Default: the default class of the cluster, which in one of ours does. */
    readonly storageClassName?: string;
    /** Days that metrics are kept: CloudWatch keeps them for fifteen months. Default 15. */
    readonly retentionDays?: number;
    /**
     * GiB of the volume of each of the two Prometheus. Default 50: some 700,000 series for 15 days, each read every 30 s at 1.5 bytes.
     */
    readonly volumeSize?: number;
    /** Whether the backlogs of queues are served to autoscalers as well, for a cluster without KEDA. Default false. */
    readonly servesBacklogs?: boolean;
    /** What must exist before pods run: nodes, add-ons, the storage class. */
    readonly after: readonly pulumi.Resource[];
}

const repository = "https://prometheus-community.github.io/helm-charts";

/** Pinned. Newer ones: https://github.com/prometheus-community/helm-charts/releases; the chart's UPGRADE.md says what changes. */
export const chartVersions = { "kube-prometheus-stack": "88.5.2", "prometheus-adapter": "5.3.0" } as const;

type Chart = keyof typeof chartVersions;

/** Ports of the operator's webhook and of the adapter, which the API server asks. */
const apiServerPorts = [10250, 6443];

/**
 * Prometheus with its operator, Alertmanager and Grafana, and the adapter that serves metrics of it to autoscalers.
 *
 * - Two of each that matters, on different nodes and in different zones; the two Prometheus scrape everything each, on encrypted
 *   volumes of their own.
 * - It reads monitors and rules, and Grafana dashboards, of every namespace.
 * - Alertmanager tells nobody: CloudWatch pages. Grafana is for looking only, by `kubectl port-forward`.
 * - Only what runs in its namespace reaches it, and the API server the two ports that it must.
 *
 * Metrics are a copy: what is lost with a volume is the last days' detail. A zone that is lost takes one of the two along, which
 * waits for its zone, as its volume is there.
 *
 * Costs the volumes (5 USD a month each) and about 1 vCPU and 6 GiB of nodes.
 *
 * ```ts
 * import { KubernetesCluster } from "./kubernetes/kubernetes-cluster";
 * import { PrometheusStack } from "./kubernetes/prometheus-stack";
 *
 * declare const cluster: KubernetesCluster;
 *
 * const prometheus = new PrometheusStack("cluster", {
 *     provider: cluster.provider,
 *     vpcCidr: "10.0.0.0/16",
 *     after: cluster.ready,
 * });
 * export const installed = prometheus.ready;
 * ```
 */
export class PrometheusStack extends Component {
    /** What must exist before a monitor, a rule, or an autoscaler on a metric of the adapter. */
    readonly ready: readonly pulumi.Resource[];

    constructor(
        name: string,
        private readonly args: PrometheusStackArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("PrometheusStack", name, args, opts);
        checkArgs(name, args);
        const namespace = this.createNamespace();
        const policy = this.keepOthersOut(namespace);
        const stack = this.install(
            "kube-prometheus-stack",
            prometheusValues({
                retentionDays: args.retentionDays ?? defaultRetentionDays,
                volumeSize: args.volumeSize ?? defaultVolumeSize,
                storageClassName: args.storageClassName,
            }),
            [namespace, policy],
        );
        const adapter = this.install("prometheus-adapter", adapterValues(args.servesBacklogs ?? false), [stack]);
        this.ready = [stack, adapter];
        this.registerOutputs({});
    }

    private createNamespace(): kubernetes.core.v1.Namespace {
        return new kubernetes.core.v1.Namespace(
            `${this.componentName}-monitoring`,
            {
                metadata: {
                    name: monitoringNamespace,
                    labels: {
                        "app.kubernetes.io/name": monitoringNamespace,
                        "app.kubernetes.io/component": "namespace",
                        "app.kubernetes.io/part-of": monitoringNamespace,
                        "app.kubernetes.io/managed-by": "pulumi",
                        // The charts are not ours: what they miss of `restricted` is said, and not refused.
                        "pod-security.kubernetes.io/enforce": "baseline",
                        "pod-security.kubernetes.io/audit": "restricted",
                        "pod-security.kubernetes.io/warn": "restricted",
                    },
                },
            },
            this.child({ provider: this.args.provider, dependsOn: [...this.args.after] }),
        );
    }

    private keepOthersOut(namespace: pulumi.Resource): kubernetes.networking.v1.NetworkPolicy {
        return new kubernetes.networking.v1.NetworkPolicy(
            `${this.componentName}-monitoring`,
            {
                metadata: { name: "inside-only", namespace: monitoringNamespace },
                spec: {
                    podSelector: {},
                    policyTypes: ["Ingress"],
                    ingress: [
                        { from: [{ podSelector: {} }] },
                        {
                            from: [{ ipBlock: { cidr: this.args.vpcCidr } }],
                            ports: apiServerPorts.map((port) => ({ protocol: "TCP", port })),
                        },
                    ],
                },
            },
            this.child({ provider: this.args.provider, dependsOn: [namespace] }),
        );
    }

    private install(
        chart: Chart,
        values: Record<string, unknown>,
        dependsOn: pulumi.Resource[],
    ): kubernetes.helm.v3.Release {
        return new kubernetes.helm.v3.Release(
            `${this.componentName}-${chart}`,
            {
                name: chart,
                namespace: monitoringNamespace,
                chart,
                version: chartVersions[chart],
                repositoryOpts: { repo: repository },
                values,
                atomic: true,
                cleanupOnFail: true,
                timeout: 900,
            },
            this.child({ provider: this.args.provider, dependsOn }),
        );
    }
}

const defaultRetentionDays = 15;
const defaultVolumeSize = 50;

function checkArgs(name: string, args: PrometheusStackArgs): void {
    const { retentionDays = defaultRetentionDays, volumeSize = defaultVolumeSize } = args;
    const problems = new Problems();
    problems.require(
        isWhole(retentionDays, 1, 90),
        "retentionDays",
        retentionDays,
        "a whole number of days from 1 to 90",
        "15",
    );
    problems.require(
        isWhole(volumeSize, 10, 16_384),
        "volumeSize",
        volumeSize,
        "a whole number of GiB from 10 to 16384",
        "50",
    );
    problems.throwIfAny(`PrometheusStack "${name}"`);
}
