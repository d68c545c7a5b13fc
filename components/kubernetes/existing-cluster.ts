import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "../component";
import { TaskSize } from "../compute";
import { Problems } from "../problems";
import { PodIdentityProvider } from "./cluster-reference";
import { kubeconfigProblems } from "./kubeconfig";
import { largestPodOn } from "./node-size";
import { defaultServiceCidr, isServiceCidr } from "./service-cidr";

export interface ExistingClusterArgs extends ComponentArgs {
    /**
     * The kubeconfig, as YAML or JSON, of which the current context is used. A plain string, so that it can be checked before
     * anything is registered; it becomes a secret here, and is never part of a message.
     */
    kubeconfig: string;
    /** The cluster's name in EKS. The provider knows the cluster by it: another name replaces everything in it. */
    clusterName: string;
    /** Security group of the nodes. */
    nodeSecurityGroupId: pulumi.Input<string>;
    /** Range of the addresses of Services. Default `172.20.0.0/16`. */
    serviceCidr?: string;
    /** Whether EKS Auto Mode runs the nodes; otherwise the AWS Load Balancer Controller must run in the cluster. */
    autoMode: boolean;
    /** vCPUs and MiB of the largest node. */
    largestNode: TaskSize;
    /**
     * ARN of the IAM OpenID Connect provider of the cluster, for one without the agent of Pod Identity. Default: none, pods get
     * their identities from the agent.
     */
    oidcProviderArn?: string;
}

/**
 * A cluster of EKS that somebody else looks after. Nothing is made in it but the program's namespace, and KEDA and Prometheus where
 * they are asked for.
 *
 * It must have what a {@link KubernetesCluster} has: network policies that are obeyed, the Secrets Store driver with the provider
 * of AWS and `syncSecret`, the metrics server, the agent of Pod Identity (or an OpenID Connect provider), and what moves pods
 * in and out of target groups: EKS Auto Mode, or release 2.10 or newer of the AWS Load Balancer Controller. The list, with what each is
 * for, is in docs/kubernetes.md.
 *
 * New credentials in the kubeconfig change the provider in place. Costs nothing by itself.
 *
 * ```ts
 * import { ExistingCluster } from "./kubernetes/existing-cluster";
 *
 * declare const kubeconfig: string;
 *
 * const cluster = new ExistingCluster("cluster", {
 *     kubeconfig,
 *     clusterName: "platform-1",
 *     nodeSecurityGroupId: "sg-0123456789abcdef0",
 *     autoMode: true,
 *     largestNode: { cpu: 16, memory: 65_536 },
 * });
 * export const bindings = cluster.targetGroupBindings;
 * ```
 */
export class ExistingCluster extends Component {
    readonly name: string;
    /** Not known: upgrades are somebody else's. */
    readonly version = undefined;
    readonly provider: kubernetes.Provider;
    readonly securityGroupId: pulumi.Output<string>;
    readonly serviceCidr: string;
    readonly identity: PodIdentityProvider;
    readonly targetGroupBindings: "eks.amazonaws.com/v1" | "elbv2.k8s.aws/v1beta1";
    readonly largestPod: TaskSize;
    readonly ready: readonly pulumi.Resource[];

    constructor(name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ExistingCluster", name, args, opts);
        checkArgs(name, args);
        this.provider = new kubernetes.Provider(
            name,
            {
                kubeconfig: pulumi.secret(args.kubeconfig),
                clusterIdentifier: args.clusterName,
                enableServerSideApply: true,
            },
            this.child(),
        );
        this.name = args.clusterName;
        this.securityGroupId = pulumi.output(args.nodeSecurityGroupId);
        this.serviceCidr = args.serviceCidr ?? defaultServiceCidr;
        this.identity = identityOf(args);
        this.targetGroupBindings = args.autoMode ? "eks.amazonaws.com/v1" : "elbv2.k8s.aws/v1beta1";
        this.largestPod = largestPodOn(args.largestNode);
        this.ready = [this.provider];
        this.registerOutputs({ name: this.name });
    }
}

/** `arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC`: the issuer is the end of it. */
const oidcProviderPattern = /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/(.+)$/;

function identityOf({ oidcProviderArn }: ExistingClusterArgs): PodIdentityProvider {
    if (oidcProviderArn === undefined) {
        return { kind: "pod-identity" };
    }
    return { kind: "oidc", providerArn: oidcProviderArn, issuer: oidcProviderPattern.exec(oidcProviderArn)?.[1] ?? "" };
}

function checkArgs(name: string, args: ExistingClusterArgs): void {
    const problems = new Problems();
    for (const problem of kubeconfigProblems(args.kubeconfig)) {
        problems.add(
            "kubeconfig",
            "[not shown]",
            `a kubeconfig that works on any machine; ${problem}`,
            kubeconfigExample,
        );
    }
    problems.require(
        args.clusterName !== "",
        "clusterName",
        args.clusterName,
        "the name of a cluster of EKS",
        "platform-1",
    );
    problems.require(
        args.serviceCidr === undefined || isServiceCidr(args.serviceCidr),
        "serviceCidr",
        args.serviceCidr,
        "a private IPv4 range from /12 to /24",
        "172.20.0.0/16",
    );
    problems.require(
        args.oidcProviderArn === undefined || oidcProviderPattern.test(args.oidcProviderArn),
        "oidcProviderArn",
        args.oidcProviderArn,
        "the ARN of an IAM OpenID Connect provider",
        "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF",
    );
    problems.throwIfAny(`ExistingCluster "${name}"`);
}

/** How one comes by a kubeconfig that can be handed over. */
export const kubeconfigExample = 'the output of "kubectl config view --raw --minify --flatten"';
