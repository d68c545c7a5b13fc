import * as pulumi from "@pulumi/pulumi";
import { Metric, MetricMath, Statistic } from "../signal";
import { Reading, WorkloadReadings } from "../workload-signals";

/** What tells the pods of a workload from all others. */
interface Place {
    readonly cluster: { readonly name: pulumi.Input<string> };
    readonly namespace: string;
}

/**
 * The metrics of a service or a worker on Kubernetes, each in CloudWatch and in PromQL.
 *
 * ## CloudWatch
 * Container Insights with enhanced observability, namespace `ContainerInsights`. `PodName` is not the name of a pod there but
 * that of what owns it, so for a Deployment the Deployment's: the agent takes it from the owner of the ReplicaSet, and publishes
 * all metrics below with the dimensions `PodName`, `Namespace`, `ClusterName`.
 *
 * Source: amazon-cloudwatch-agent, `translator/translate/otel/exporter/awsemf/kubernetes.go` (the sets of dimensions); CloudWatch
 * user guide, "Amazon EKS and Kubernetes Container Insights with enhanced observability metrics".
 *
 * ## PromQL
 * CPU and memory from cAdvisor in the kubelet, the rest from kube-state-metrics. Every expression has one value without labels, or
 * none while there is nothing to measure. Aggregation by `max` makes it indifferent to how many kube-state-metrics report.
 *
 * @param name the workload: its Deployment, and the container in its pods, have this name
 */
export function kubernetesReadings({ cluster, namespace }: Place, name: string): WorkloadReadings {
    const metric = ownerMetric(cluster.name, namespace, name);
    const container = `namespace="${namespace}",container="${name}"`;
    const deployment = `namespace="${namespace}",deployment="${name}"`;
    // Pods that have ended keep their requests and limits on record until they are collected.
    const ofRunningPods = (series: string): string =>
        `sum(max by (pod) (${series}) and on (pod) max by (pod) (kube_pod_status_phase{namespace="${namespace}",phase="Running"} == 1))`;
    return {
        cpu: {
            // Both parts are percentages of the node, and pods have requests and no limits: their quotient is the share of what
            // was requested. It can be above 100, where a node has CPU to spare.
            metric: {
                expression: "IF(reserved > 0, used / reserved * 100)",
                metrics: {
                    used: metric("pod_cpu_utilization", "Average", "CPU used (% of the node)"),
                    reserved: metric("pod_cpu_reserved_capacity", "Average", "CPU requested (% of the node)"),
                },
                label: "CPU (%)",
            },
            promql: `100 * sum(rate(container_cpu_usage_seconds_total{${container}}[2m])) / ${ofRunningPods(`kube_pod_container_resource_requests{${container},resource="cpu"}`)}`,
        },
        memory: {
            metric: metric("pod_memory_utilization_over_pod_limit", "Average", "memory (%)"),
            promql: `100 * sum(container_memory_working_set_bytes{${container}}) / ${ofRunningPods(`kube_pod_container_resource_limits{${container},resource="memory"}`)}`,
        },
        runningTasks: {
            metric: metric("status_replicas_available", "Minimum", "available pods"),
            promql: `max(kube_deployment_status_replicas_available{${deployment}})`,
        },
        desiredTasks: {
            metric: metric("replicas_desired", "Maximum", "desired pods"),
            promql: `max(kube_deployment_spec_replicas{${deployment}})`,
        },
        failedDeployments: {
            // Nothing in Container Insights says that a deployment failed. A pod that is not available for a quarter of an hour on
            // end, longer than a deployment may take to make progress (ten minutes), says the same.
            metric: {
                ...metric("status_replicas_unavailable", "Minimum", "unavailable pods"),
                period: 900,
            },
            promql: `max(kube_deployment_status_replicas_unavailable{${deployment}})`,
        },
    };
}

/**
 * The failures of a job. In PromQL the reading stays above 0 for as long as the Job is there, which is until the next run. In CloudWatch
 * it does so for a moment at the most: the agent says that a pod failed beside what cAdvisor measures of it, and of an ended pod cAdvisor
 * measures nothing any more. So without Prometheus only the update says for sure that a job failed. A run that takes too long is seen by
 * neither: it goes on, and only the update says so.
 *
 * Source: the receiver's `podstore.go` (`Decorate`), and for `PodName`, of a Job's pod the Job's name up to the first dash or dot, its
 * `getJobNamePrefix`.
 */
export function jobFailures({ cluster, namespace }: Place, name: string): Reading {
    return {
        metric: ownerMetric(cluster.name, namespace, name.replace(/[.-].*$/, ""))(
            "pod_status_failed",
            "Maximum",
            "failed pods",
        ),
        promql: `max(kube_job_status_failed{namespace="${namespace}",job_name="${name}"})`,
    };
}

/** @param owner what owns the pods, as the agent names it */
function ownerMetric(clusterName: pulumi.Input<string>, namespace: string, owner: string) {
    return (metricName: string, statistic: Statistic, label: string): Metric => ({
        namespace: "ContainerInsights",
        metricName,
        dimensions: { ClusterName: clusterName, Namespace: namespace, PodName: owner },
        statistic,
        label,
    });
}

/** What can be read of a cluster, and of the part of it that the program may use. */
export interface ClusterReadings {
    /** Pods that no node takes. */
    readonly pendingPods: Reading;
    /** Nodes that are not ready. */
    readonly failedNodes: Reading;
    /** Percent of the requests to the API server that it fails itself. */
    readonly apiErrors: Reading;
}

/**
 * The metrics of a cluster.
 *
 * Source of names and dimensions as for {@link kubernetesReadings}: with the one dimension `ClusterName`, a metric of pods or nodes
 * is published once for each pod or node, so that the sum over a minute counts them, as often as the agent reports in a minute: once.
 * Pods without a node are on no agent's node: the agent that leads reports them from the API server (`getPendingPodStatusMetrics` in
 * the receiver's `k8sapiserver.go`).
 */
export function clusterReadings(clusterName: pulumi.Input<string>): ClusterReadings {
    const metric = (metricName: string, statistic: Statistic, label: string): Metric => ({
        namespace: "ContainerInsights",
        metricName,
        dimensions: { ClusterName: clusterName },
        statistic,
        label,
    });
    return {
        pendingPods: {
            metric: metric("pod_status_pending", "Sum", "pending pods"),
            // A finished or deleted pod is in no phase, or in another one.
            promql: `sum(max by (namespace, pod) (kube_pod_status_phase{phase="Pending"}))`,
        },
        failedNodes: {
            metric: metric("cluster_failed_node_count", "Maximum", "failed nodes"),
            promql: `count(max by (node) (kube_node_status_condition{condition="Ready",status="true"}) == 0) or vector(0)`,
        },
        apiErrors: {
            metric: apiErrorPercent(metric),
            promql: `100 * (sum(rate(apiserver_request_total{code=~"5.."}[5m])) or vector(0)) / sum(rate(apiserver_request_total[5m]))`,
        },
    };
}

function apiErrorPercent(metric: (name: string, statistic: Statistic, label: string) => Metric): MetricMath {
    return {
        // Without requests there are no errors, and without errors their metric is missing.
        expression: "IF(requests > 0, FILL(errors, 0) / requests * 100)",
        metrics: {
            errors: metric("apiserver_request_total_5xx", "Sum", "failed requests"),
            requests: metric("apiserver_request_total", "Sum", "requests"),
        },
        label: "failed requests (%)",
    };
}

/**
 * How much of its quota a namespace uses, in percent: in CloudWatch the pods that run, since it knows nothing else of quotas; in
 * PromQL whatever is nearest to its limit.
 *
 * @param pods how many pods the quota grants
 */
export function quotaReading({ cluster, namespace }: Place, pods: number): Reading {
    const quota = (type: string) => `max by (resource) (kube_resourcequota{namespace="${namespace}",type="${type}"})`;
    return {
        metric: {
            expression: `pods / ${String(Math.max(1, pods))} * 100`,
            metrics: {
                pods: {
                    namespace: "ContainerInsights",
                    metricName: "namespace_number_of_running_pods",
                    dimensions: { ClusterName: cluster.name, Namespace: namespace },
                    statistic: "Maximum",
                    label: "running pods",
                },
            },
            label: "quota in use (%)",
        },
        promql: `max(100 * ${quota("used")} / (${quota("hard")} > 0))`,
    };
}
