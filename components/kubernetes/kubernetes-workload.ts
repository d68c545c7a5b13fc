import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { combineBindings } from "../binding";
import { ScaledWorkloadArgs } from "../check-workload";
import { Component } from "../component";
import { ServiceTarget, Workload } from "../compute";
import { FailureDomain } from "../failure-domain";
import { Signal } from "../signal";
import { workloadEnvironment } from "../workload-environment";
import { WorkloadFacts, workloadSignals } from "../workload-signals";
import { disruptionBudget } from "./disruption-budget";
import { budgetFacts } from "./kubernetes-checks";
import { kubernetesReadings } from "./kubernetes-metrics";
import { KubernetesPods } from "./kubernetes-pods";
import { KubernetesTarget } from "./kubernetes-target";
import { podsAtMost, surgePercent } from "./namespace-quota";
import { PodMetrics } from "./pod-metrics";
import { PrometheusAlerts } from "./prometheus-alerts";
import { WorkloadDashboard } from "./workload-dashboard";
import { Labels } from "./workload-labels";

/** What tells a service from a worker. */
export interface KubernetesWorkloadKind {
    /** The class's name. */
    readonly kind: "KubernetesService" | "KubernetesWorker";
    readonly role: "service" | "worker";
    /** What balances the load; nothing does for a worker. */
    readonly target?: ServiceTarget;
    /** Seconds in which a new pod may fail its start-up probe. */
    readonly startSeconds: number;
    readonly growthStep: WorkloadFacts["growthStep"];
}

/** As long as on ECS: hundreds of pods, a quarter of them at a time, take their time to start and to stop. */
const rolloutTimeout = "40m";

/**
 * Seconds without any progress, no pod that starts or becomes ready, after which a rollout has failed. A node that has to be started
 * first takes two minutes.
 */
const progressDeadlineSeconds = 600;

/** Seconds for the start of a pod that this leaves room for. */
const startedSoon = 300;

/**
 * Seconds that a pod which serves goes on serving after it was told to stop: balancer and nodes hear of its end at the same time as
 * the pod itself, and go on sending for some seconds. Others have measured up to 15 s for target groups.
 */
const deregistrationSeconds = 20;

/** What says to the policy az-loss-capacity how many pods carry the load; on ECS it is a tag. */
const neededCapacityAnnotation = "policies.headroom.dev/needed-capacity";

/**
 * What a service and a worker on Kubernetes have in common: pods with all they need, a Deployment that exchanges them without losing
 * capacity, a budget that lets nodes be drained, and what watches them. How it scales is the subclass's part.
 *
 * Kubernetes undoes nothing by itself. New pods come before old ones go, so pods that never become ready take no capacity away: the
 * old ones go on, and the update fails when there was no progress for ten minutes, or at the latest after forty. The next update, of
 * the same or of another version, goes on from there. An alarm that fires meanwhile tells somebody, and undoes nothing.
 */
export abstract class KubernetesWorkload extends Component implements Workload {
    readonly securityGroupId: pulumi.Output<string>;
    /** The name of the Deployment. */
    readonly workloadName: pulumi.Output<string>;
    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly failureDomain: FailureDomain;
    protected readonly deployment: kubernetes.apps.v1.Deployment;
    /** The labels of everything that belongs to the workload. */
    protected readonly labels: Labels;
    /** The labels by which exactly its pods are found. */
    protected readonly selector: Labels;

    protected constructor(
        name: string,
        protected readonly target: KubernetesTarget,
        args: ScaledWorkloadArgs,
        private readonly kind: KubernetesWorkloadKind,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super(kind.kind, name, args, opts);
        const { cluster, network, capacity, namespace } = target;
        const { minimum, maximum } = args.scaling;

        const pods = this.createPods(args);
        this.labels = pods.labels;
        this.selector = pods.selector;
        this.deployment = this.createDeployment(args, pods);
        this.createBudget(args);
        capacity.reserve({ pods: podsAtMost(maximum), size: args.size });

        this.securityGroupId = pulumi.output(cluster.securityGroupId);
        this.workloadName = this.deployment.metadata.name;
        this.tier = name;
        this.signals = workloadSignals(kubernetesReadings({ cluster, namespace }, name), {
            name,
            minimum,
            maximum,
            growthStep: kind.growthStep,
        });
        this.failureDomain = {
            tier: name,
            unit: "pod",
            units: minimum,
            zones: new Set(network.privateSubnets.map((subnet) => subnet.zone.id)).size,
            needed: args.neededTasks ?? 1,
        };
        this.watch(args);
    }

    private createPods(args: ScaledWorkloadArgs): KubernetesPods {
        const { target, kind } = this;
        const prometheus = target.cluster.monitoringNamespace !== undefined;
        const { target: served } = kind;
        return new KubernetesPods(
            this.componentName,
            {
                target,
                role: kind.role,
                workload: args,
                // Without a Prometheus lines of the log are what is left. They can be searched, but CloudWatch makes no metrics of
                // them: the agent of the cluster wraps each line into a record of its own.
                binding: combineBindings(args.uses ?? [], {
                    ...(target.telemetry === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: target.telemetry.url }),
                    ...workloadEnvironment(args, prometheus ? "prometheus" : "emf"),
                }),
                ...(served === undefined
                    ? {}
                    : {
                          serves: {
                              port: served.port,
                              scheme: served.protocol,
                              path: served.healthCheckPath,
                              sourceSecurityGroupId: served.sourceSecurityGroupId,
                          },
                      }),
                ...(prometheus && args.metrics !== undefined ? { metricsPort: args.metrics.port } : {}),
                startSeconds: kind.startSeconds,
                stopDelaySeconds: served === undefined ? 0 : deregistrationSeconds,
                tags: args.tags,
            },
            this.child(),
        );
    }

    /** The number of pods is not said here: it belongs to what scales them, and whoever says it in a manifest fights for it. */
    private createDeployment(args: ScaledWorkloadArgs, pods: KubernetesPods): kubernetes.apps.v1.Deployment {
        return new kubernetes.apps.v1.Deployment(
            this.componentName,
            {
                metadata: {
                    ...this.metadata(),
                    annotations: { [neededCapacityAnnotation]: String(args.neededTasks ?? 1) },
                },
                spec: {
                    selector: { matchLabels: { ...this.selector } },
                    strategy: {
                        type: "RollingUpdate",
                        rollingUpdate: { maxSurge: `${String(surgePercent)}%`, maxUnavailable: 0 },
                    },
                    // A pod that dies within its first seconds was never ready.
                    minReadySeconds: 10,
                    // A pod that takes its time to start, as it may, is no rollout without progress.
                    progressDeadlineSeconds:
                        progressDeadlineSeconds + Math.max(0, this.kind.startSeconds - startedSoon),
                    // Their ConfigMaps are gone: the way back to an earlier version is an update.
                    revisionHistoryLimit: 2,
                    template: pods.template,
                },
            },
            this.inNamespace({
                customTimeouts: { create: rolloutTimeout, update: rolloutTimeout },
                dependsOn: [
                    ...pods.ready,
                    ...(this.kind.target?.ready ?? []),
                    ...(args.after ?? []).flatMap((job) => job.completed),
                ],
            }),
        );
    }

    private createBudget(args: ScaledWorkloadArgs): kubernetes.policy.v1.PodDisruptionBudget {
        return new kubernetes.policy.v1.PodDisruptionBudget(
            this.componentName,
            {
                metadata: this.metadata(),
                spec: {
                    selector: { matchLabels: { ...this.selector } },
                    maxUnavailable: disruptionBudget(budgetFacts(args)),
                    // A pod that is not well serves nobody, and must not keep its node from being drained.
                    unhealthyPodEvictionPolicy: "AlwaysAllow",
                },
            },
            this.inNamespace(),
        );
    }

    /** In Prometheus and Grafana, where the cluster has them. */
    private watch(args: ScaledWorkloadArgs): void {
        const { target, componentName: workload, labels, selector, signals } = this;
        if (target.cluster.monitoringNamespace === undefined) {
            return;
        }
        const observed = { target, workload, labels, tags: args.tags };
        if (args.metrics !== undefined) {
            new PodMetrics(workload, { ...observed, selector }, this.child());
        }
        new PrometheusAlerts(workload, { ...observed, signals }, this.child());
        new WorkloadDashboard(workload, { ...observed, signals }, this.child());
    }

    /** The metadata of an object that is named after the workload. */
    protected metadata() {
        return { name: this.componentName, namespace: this.target.namespace, labels: { ...this.labels } };
    }

    protected inNamespace(opts: pulumi.CustomResourceOptions = {}): pulumi.CustomResourceOptions {
        const { cluster, ready } = this.target;
        return this.child(pulumi.mergeOptions({ provider: cluster.provider, dependsOn: [...ready] }, opts));
    }
}
