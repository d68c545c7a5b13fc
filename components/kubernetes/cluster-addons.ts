import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Account } from "../account";
import { Component, ComponentArgs } from "../component";
import { KeyReference } from "../key-reference";
import { awsRole } from "./aws-role";
import { addonVersions, CommonAddon, KubernetesVersion, NodeAddon } from "./kubernetes-versions";
import { volumeKeyStatements } from "./volume-key";

export interface ClusterAddonsArgs extends ComponentArgs {
    readonly clusterName: pulumi.Input<string>;
    readonly account: Account;
    readonly version: KubernetesVersion;
    /** Whether EKS Auto Mode runs the nodes: network, DNS, volumes and Pod Identity are built in there. */
    readonly autoMode: boolean;
    /** Encrypts volumes. */
    readonly key: KeyReference;
    /** Makes the nodes, after what they need to become ready; what runs as pods comes up after them. */
    readonly nodes: (after: readonly pulumi.Resource[]) => readonly pulumi.Resource[];
}

interface AddonOptions {
    readonly configuration?: Readonly<Record<string, unknown>>;
    readonly identity?: { readonly serviceAccount: string; readonly roleArn: pulumi.Input<string> };
    readonly dependsOn?: readonly pulumi.Resource[];
}

/**
 * The add-ons of a cluster, each at a pinned version that belongs to the cluster's.
 *
 * - Always: the metrics that autoscalers read, and the driver that brings secrets to pods by reference.
 * - With node groups: network with network policies, DNS, proxy, volumes, and the agent of Pod Identity, of which network and
 *   volumes have a role of their own, so that the nodes need none of it.
 *
 * An add-on takes back what somebody changed by hand: what is meant to stay is written here.
 *
 * ```ts
 * import { Account } from "./account";
 * import { ClusterAddons } from "./kubernetes/cluster-addons";
 * import { KeyReference } from "./key-reference";
 *
 * export function addOns(clusterName: string, account: Account, key: KeyReference) {
 *     return new ClusterAddons("cluster", {
 *         clusterName,
 *         account,
 *         key,
 *         version: "1.36",
 *         autoMode: true,
 *         nodes: () => [],
 *     }).ready;
 * }
 * ```
 */
export class ClusterAddons extends Component {
    /** What must exist before pods have a network, names, an identity, secrets and metrics. */
    readonly ready: readonly pulumi.Resource[];

    constructor(
        name: string,
        private readonly args: ClusterAddonsArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("ClusterAddons", name, args, opts);
        const before = args.autoMode ? [] : this.createNodeAddons();
        const nodes = args.nodes(before);
        this.ready = [
            ...before,
            ...nodes,
            ...(args.autoMode ? [] : this.createPodAddons(nodes)),
            this.createAddon("metrics-server", { dependsOn: nodes }),
            this.createAddon("aws-secrets-store-csi-driver-provider", {
                dependsOn: nodes,
                configuration: {
                    "secrets-store-csi-driver": {
                        // Containers read variables, so a Secret is kept in step with what is mounted.
                        syncSecret: { enabled: true },
                        enableSecretRotation: true,
                        rotationPollInterval: "2m",
                        // The provider has stopped making tokens of pods itself: the driver asks for them, for both kinds of identity,
                        // as the provider's own tests of the add-on have it.
                        // Source: https://github.com/aws/secrets-store-csi-driver-provider-aws/pull/561
                        tokenRequests: [{ audience: "sts.amazonaws.com" }, { audience: "pods.eks.amazonaws.com" }],
                    },
                },
            }),
        ];
        this.registerOutputs({});
    }

    /** What a node needs before it is ready. */
    private createNodeAddons(): pulumi.Resource[] {
        const agent = this.createAddon("eks-pod-identity-agent");
        const network = this.podRole("vpc-cni", ["AmazonEKS_CNI_Policy"]);
        return [
            agent,
            this.createAddon("vpc-cni", {
                configuration: { enableNetworkPolicy: "true", env: { ENABLE_PREFIX_DELEGATION: "true" } },
                identity: { serviceAccount: "aws-node", roleArn: network.role.arn },
                dependsOn: [agent, ...network.ready],
            }),
            this.createAddon("kube-proxy"),
        ];
    }

    /** What runs as pods on nodes. */
    private createPodAddons(nodes: readonly pulumi.Resource[]): pulumi.Resource[] {
        const volumes = this.podRole("aws-ebs-csi-driver", ["AmazonEBSCSIDriverPolicyV2"], {
            key: volumeKeyStatements(this.args.key),
        });
        return [
            this.createAddon("coredns", {
                // One in each zone, and two more when the cluster grows.
                configuration: { autoScaling: { enabled: true, minReplicas: 3, maxReplicas: 10 } },
                dependsOn: nodes,
            }),
            this.createAddon("aws-ebs-csi-driver", {
                identity: { serviceAccount: "ebs-csi-controller-sa", roleArn: volumes.role.arn },
                dependsOn: [...nodes, ...volumes.ready],
            }),
        ];
    }

    private podRole(
        addon: string,
        managedPolicies: string[],
        statements: Readonly<Record<string, aws.iam.PolicyStatement[]>> = {},
    ) {
        const childName = `${this.componentName}-${addon}`;
        return awsRole(
            childName,
            {
                description: `The add-on ${addon} of ${this.componentName}`,
                service: "pods.eks.amazonaws.com",
                tagsSessions: true,
                managedPolicies,
                statements,
                account: this.args.account,
                tags: this.tags(childName),
            },
            this.child(),
        );
    }

    private createAddon(addon: CommonAddon | NodeAddon, options: AddonOptions = {}): aws.eks.Addon {
        const { clusterName, version } = this.args;
        const childName = `${this.componentName}-${addon}`;
        const { configuration, identity, dependsOn = [] } = options;
        return new aws.eks.Addon(
            childName,
            {
                clusterName,
                addonName: addon,
                addonVersion: addonVersions[version][addon],
                ...(configuration === undefined ? {} : { configurationValues: JSON.stringify(configuration) }),
                ...(identity === undefined ? {} : { podIdentityAssociations: [identity] }),
                resolveConflictsOnCreate: "OVERWRITE",
                resolveConflictsOnUpdate: "OVERWRITE",
                tags: this.tags(childName),
            },
            this.child({ dependsOn: [...dependsOn] }),
        );
    }
}
