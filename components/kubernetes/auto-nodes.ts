import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Account } from "../account";
import { Component, ComponentArgs } from "../component";
import { KeyReference } from "../key-reference";
import { NetworkReference } from "../network-reference";
import { nodeRole } from "./node-role";
import { autoNodeCpus } from "./node-size";

export interface AutoNodesArgs extends ComponentArgs {
    readonly clusterName: pulumi.Input<string>;
    readonly provider: kubernetes.Provider;
    readonly network: NetworkReference;
    readonly account: Account;
    /** Security group that EKS made for the cluster. */
    readonly securityGroupId: pulumi.Input<string>;
    /** Encrypts the nodes' disks. */
    readonly key: KeyReference;
    /** vCPUs of all nodes of a pool together at the most: what a runaway autoscaler can cost. */
    readonly maximumCpu: number;
}

/** The taint of nodes for work that may be put off and interrupted. */
export const batchTaint = { key: "workload", value: "batch", effect: "NoSchedule" } as const;

/** GiB of a node's disk: images, logs, and the 1 GiB of `/tmp` for each of some fifty pods. */
const diskSize = "80Gi";

/**
 * The nodes of EKS Auto Mode: what they are made of, and the pools that they come from. EKS starts them when pods wait, exchanges
 * them at the latest after two weeks for patched ones, and takes them away when they idle.
 *
 * The pools that are built in are off: the one for general purposes has amd64 alone, and their disks have a key of AWS's.
 *
 * - `general`: on demand, on Graviton and x86 in all zones. An image says by its architecture where it runs.
 * - `batch`: on Spot as well, tainted with `workload=batch:NoSchedule`; empty, and free, until a pod tolerates it.
 *
 * ```ts
 * import { Account } from "./account";
 * import { AutoNodes } from "./kubernetes/auto-nodes";
 * import { KubernetesCluster } from "./kubernetes/kubernetes-cluster";
 * import { KeyReference } from "./key-reference";
 * import { NetworkReference } from "./network-reference";
 *
 * export function addNodes(cluster: KubernetesCluster, account: Account, network: NetworkReference, key: KeyReference) {
 *     const { name: clusterName, provider, securityGroupId } = cluster;
 *     return new AutoNodes("more", { clusterName, provider, securityGroupId, account, network, key, maximumCpu: 64 }).ready;
 * }
 * ```
 */
export class AutoNodes extends Component {
    /** What must exist before a pod is scheduled. */
    readonly ready: readonly pulumi.Resource[];

    constructor(
        name: string,
        private readonly args: AutoNodesArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("AutoNodes", name, args, opts);
        const { role, ready } = this.createRole();
        const admission = this.admitNodes(role);
        // Nodes come up with a way out of the VPC, and keep it until the last of them is gone.
        const nodeClass = this.createNodeClass(role, [...ready, ...admission, ...args.network.egressReady]);
        this.ready = [
            this.createPool("general", nodeClass, ["on-demand"]),
            this.createPool("batch", nodeClass, ["spot", "on-demand"], [batchTaint]),
            this.enableNetworkPolicies(),
        ];
        this.registerOutputs({});
    }

    private createRole() {
        const childName = `${this.componentName}-nodes`;
        return nodeRole(
            childName,
            {
                of: this.componentName,
                joining: "AmazonEKSWorkerNodeMinimalPolicy",
                account: this.args.account,
                tags: this.tags(childName),
            },
            this.child(),
        );
    }

    /** A role that no built-in pool uses is let in by hand. */
    private admitNodes(role: aws.iam.Role): pulumi.Resource[] {
        const { clusterName, account } = this.args;
        const childName = `${this.componentName}-nodes`;
        const entry = new aws.eks.AccessEntry(
            childName,
            { clusterName, principalArn: role.arn, type: "EC2", tags: this.tags(childName) },
            this.child(),
        );
        const policy = new aws.eks.AccessPolicyAssociation(
            childName,
            {
                clusterName,
                principalArn: role.arn,
                policyArn: pulumi.interpolate`arn:${account.partition}:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy`,
                accessScope: { type: "cluster" },
            },
            this.child({ dependsOn: [entry] }),
        );
        return [entry, policy];
    }

    private createNodeClass(role: aws.iam.Role, ready: pulumi.Resource[]): kubernetes.apiextensions.CustomResource {
        const { network, securityGroupId, key, provider } = this.args;
        return new kubernetes.apiextensions.CustomResource(
            this.componentName,
            {
                apiVersion: "eks.amazonaws.com/v1",
                kind: "NodeClass",
                metadata: { name: this.componentName },
                spec: {
                    role: role.name,
                    subnetSelectorTerms: network.privateSubnets.map(({ id }) => ({ id })),
                    securityGroupSelectorTerms: [{ id: securityGroupId }],
                    ephemeralStorage: { size: diskSize, kmsKeyID: key.arn },
                    // Denial is a matter of namespaces: here it would hit the agents of the nodes as well.
                    networkPolicy: "DefaultAllow",
                    networkPolicyEventLogs: "Disabled",
                },
            },
            this.child({ provider, dependsOn: ready }),
        );
    }

    private createPool(
        pool: string,
        nodeClass: kubernetes.apiextensions.CustomResource,
        capacity: string[],
        taints: (typeof batchTaint)[] = [],
    ): kubernetes.apiextensions.CustomResource {
        const { network, provider, maximumCpu } = this.args;
        const one = (key: string, operator: string, values: pulumi.Input<pulumi.Input<string>[]>) => ({
            key,
            operator,
            values,
        });
        return new kubernetes.apiextensions.CustomResource(
            `${this.componentName}-${pool}`,
            {
                apiVersion: "karpenter.sh/v1",
                kind: "NodePool",
                metadata: { name: `${this.componentName}-${pool}` },
                spec: {
                    template: {
                        spec: {
                            nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name: this.componentName },
                            requirements: [
                                one("kubernetes.io/os", "In", ["linux"]),
                                one("kubernetes.io/arch", "In", ["arm64", "amd64"]),
                                one("karpenter.sh/capacity-type", "In", capacity),
                                one("eks.amazonaws.com/instance-category", "In", ["c", "m", "r"]),
                                one("eks.amazonaws.com/instance-generation", "Gt", ["4"]),
                                one("eks.amazonaws.com/instance-cpu", "In", autoNodeCpus.map(String)),
                                one(
                                    "topology.kubernetes.io/zone",
                                    "In",
                                    network.zones.map((zone) => zone.name),
                                ),
                            ],
                            taints,
                            // Two weeks, as in the built-in pools; EKS grants three. No node misses the patches of a month.
                            expireAfter: "336h",
                            // A pod whose end takes longer than its grace period does not keep a node for ever.
                            terminationGracePeriod: "1h",
                        },
                    },
                    disruption: {
                        consolidationPolicy: "WhenEmptyOrUnderutilized",
                        // A lull between two peaks does not cost the nodes that the second one needs.
                        consolidateAfter: "5m",
                        // One node in ten at a time, and one at the least.
                        budgets: [{ nodes: "10%" }],
                    },
                    limits: { cpu: String(maximumCpu) },
                },
            },
            this.child({ provider, dependsOn: [nodeClass] }),
        );
    }

    /** In Auto Mode the agents obey network policies only where this switch is on. */
    private enableNetworkPolicies(): kubernetes.core.v1.ConfigMap {
        return new kubernetes.core.v1.ConfigMap(
            `${this.componentName}-network-policies`,
            {
                metadata: { name: "amazon-vpc-cni", namespace: "kube-system" },
                data: { "enable-network-policy-controller": "true" },
            },
            this.child({ provider: this.args.provider }),
        );
    }
}
