import * as pulumi from "@pulumi/pulumi";
import { Account } from "../account";
import { Connection } from "../binding";
import { TaskSize } from "../compute";
import { KeyReference } from "../key-reference";
import { NetworkReference } from "../network-reference";
import { KubernetesClusterReference } from "./cluster-reference";

/**
 * The way from the cluster to the peers of bindings. Pods share the security group of their nodes, so a peer's port is opened
 * once for a cluster, however many workloads use it; which of them may go there is a matter of their network policies.
 */
export interface PeerRules {
    /** Opens the peer's port to the cluster, unless that was done before. Answers with what must exist before a pod connects. */
    admit(connection: Connection): readonly pulumi.Resource[];
    /** Opens a port of the cluster to a balancer's security group, unless that was done before. */
    admitBalancer(securityGroupId: pulumi.Input<string>, port: number): readonly pulumi.Resource[];
}

/** Pods that a workload may have at the most, and what each requests. */
export interface PodDemand {
    readonly pods: number;
    readonly size: TaskSize;
}

/** What the namespace may use, which is what its workloads say that they may use, and no more. */
export interface NamespaceCapacity {
    /** Adds a workload's most to the quota of the namespace. Only while the program is composed, not inside of an `apply`. */
    reserve(demand: PodDemand): void;
}

/** Where pods send their traces to. */
export interface TelemetryEndpoint {
    /** The value of `OTEL_EXPORTER_OTLP_ENDPOINT`, OpenTelemetry's own variable: OTLP over HTTP. */
    readonly url: string;
    readonly port: number;
    readonly namespace: string;
}

/** Where the workloads of a program run: a namespace of a cluster, with what is around it. */
export interface KubernetesTarget {
    readonly cluster: KubernetesClusterReference;
    /** The namespace of the program: its project and stack. Pod Security, default denial and quotas belong to it. */
    readonly namespace: string;
    readonly network: NetworkReference;
    readonly account: Account;
    /** Encrypts log groups. */
    readonly logsKey: KeyReference;
    readonly peers: PeerRules;
    readonly capacity: NamespaceCapacity;
    /** Where services and workers send their traces; nobody takes them where it is absent. */
    readonly telemetry?: TelemetryEndpoint;
    /** What must exist before anything is made in the namespace. */
    readonly ready: readonly pulumi.Resource[];
}
