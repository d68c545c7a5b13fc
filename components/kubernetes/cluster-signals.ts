import * as pulumi from "@pulumi/pulumi";
import { Signal } from "../signal";
import { clusterReadings, quotaReading } from "./kubernetes-metrics";

/** What the signals of a cluster depend on. */
export interface ClusterFacts {
    /** The tier's name, from which the signals are named. */
    readonly name: string;
    readonly target: { readonly cluster: { readonly name: pulumi.Input<string> }; readonly namespace: string };
    /** How many pods the namespace's quota grants. */
    readonly podQuota: number;
}

/** The vital signs of a cluster, as far as the program's workloads depend on it. */
export function clusterSignals({ name, target, podQuota }: ClusterFacts): Signal[] {
    const readings = clusterReadings(target.cluster.name);
    return [
        {
            name: `${name}-pods-pending`,
            title: `Pods in the cluster of ${name} that do not start`,
            ...readings.pendingPods,
            comparison: "above",
            // A new node takes one to three minutes, an image one more. A quarter of an hour means that no node will come.
            threshold: 0,
            evaluationPeriods: 15,
            severity: "ticket",
            runbook: "kubernetes-pods-pending",
        },
        {
            name: `${name}-nodes-failed`,
            title: `Nodes in the cluster of ${name} that are not ready`,
            ...readings.failedNodes,
            comparison: "above",
            // Their pods are replaced after five minutes, and EKS replaces most ill nodes within half an hour.
            threshold: 0,
            evaluationPeriods: 30,
            severity: "ticket",
            runbook: "kubernetes-nodes-failed",
        },
        {
            name: `${name}-api-errors`,
            title: `Failed requests to the API server of ${name}, in percent`,
            ...readings.apiErrors,
            comparison: "above",
            // Some fail whenever EKS exchanges a server. Pods go on running, but while it lasts nothing scales and nothing that
            // is lost is replaced.
            threshold: 10,
            evaluationPeriods: 10,
            severity: "page",
            runbook: "kubernetes-api-errors",
        },
        {
            name: `${name}-quota`,
            title: `Quota of namespace ${target.namespace} in use, in percent`,
            ...quotaReading(target, podQuota),
            comparison: "above",
            // The quota is what all workloads may have at the most, with a rolling update on top: only an update at the maximum
            // comes near it, and not for long.
            threshold: 90,
            evaluationPeriods: 15,
            severity: "ticket",
            runbook: "kubernetes-quota",
        },
    ];
}
