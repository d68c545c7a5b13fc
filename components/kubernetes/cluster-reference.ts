import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { TaskSize } from "../compute";

/**
 * How pods get AWS permissions: the Pod Identity agent of EKS, or a role that the cluster's OpenID Connect provider vouches
 * for (IRSA), for clusters without the agent.
 */
export type PodIdentityProvider =
    | { readonly kind: "pod-identity" }
    | {
          readonly kind: "oidc";
          /** ARN of the IAM OpenID Connect provider. */
          readonly providerArn: pulumi.Input<string>;
          /** The issuer without `https://`, as conditions of a trust policy name it. */
          readonly issuer: pulumi.Input<string>;
      };

/**
 * What workloads need to know about a cluster and what works in it. `KubernetesCompute` describes the one that the settings choose:
 * a `KubernetesCluster` of the program's own, or an `ExistingCluster`.
 */
export interface KubernetesClusterReference {
    /** The name as EKS knows it: identities, and the dimension `ClusterName` of Container Insights. */
    readonly name: pulumi.Input<string>;
    /** The minor version, such as `1.36`, whose Pod Security rules hold. Default: the rules of whatever version runs. */
    readonly version?: string;
    /** Talks to the API server. */
    readonly provider: kubernetes.Provider;
    /** Security group of the nodes, and so of the pods: peers of bindings open their port to it. */
    readonly securityGroupId: pulumi.Input<string>;
    /** Address range of Services, where the cluster's DNS answers. */
    readonly serviceCidr: string;
    readonly identity: PodIdentityProvider;
    /**
     * Who moves pods in and out of target groups: EKS Auto Mode (`eks.amazonaws.com/v1`), or the AWS Load Balancer Controller
     * (`elbv2.k8s.aws/v1beta1`).
     */
    readonly targetGroupBindings: "eks.amazonaws.com/v1" | "elbv2.k8s.aws/v1beta1";
    /** What the largest node leaves to a single pod: more is never scheduled. */
    readonly largestPod: TaskSize;
    /** Whether KEDA scales workers; an autoscaler on an external metric does where it is refused. */
    readonly keda: boolean;
    /**
     * Name of the role of KEDA's operator, which asks the queues for their length: each worker lets it ask its own. Default: the
     * operator has what it needs already.
     */
    readonly kedaRoleName?: pulumi.Input<string>;
    /** Namespace of Prometheus, which scrapes pods and reads rules; undefined where no Prometheus Operator runs. */
    readonly monitoringNamespace: string | undefined;
    /** What must exist before a pod can run with its identity, its secrets and its metrics: nodes and add-ons. */
    readonly ready: readonly pulumi.Resource[];
}
