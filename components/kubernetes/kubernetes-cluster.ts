import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Account, currentAccount } from "../account";
import { parseCidr } from "../cidr";
import { Component, ComponentArgs } from "../component";
import { TaskSize } from "../compute";
import { KeyReference } from "../key-reference";
import { requireLogRetention } from "../log-retention";
import { NetworkReference } from "../network-reference";
import { Problems } from "../problems";
import { AutoNodes } from "./auto-nodes";
import { awsRole } from "./aws-role";
import { ClusterAddons } from "./cluster-addons";
import { PodIdentityProvider } from "./cluster-reference";
import { eksKubeconfig } from "./kubeconfig";
import { defaultKubernetesVersion, KubernetesVersion, kubernetesVersions } from "./kubernetes-versions";
import { NodeCounts, NodeGroups } from "./node-groups";
import { largestAutoNode, largestPodOn, nodeSize } from "./node-size";
import { defaultServiceCidr, isServiceCidr, shareAddresses } from "./service-cidr";
import { volumeKeyStatements } from "./volume-key";

/** Who runs the nodes. */
export type ClusterNodes =
    | {
          /** EKS Auto Mode: EKS starts, patches and takes away nodes as pods need them. */
          readonly kind: "auto";
          /** vCPUs of all nodes together at the most, so that a runaway autoscaler has an end. Default 1000. */
          readonly maximumCpu?: number;
      }
    | {
          /** Node groups, one for each zone, of one instance type. */
          readonly kind: "managed";
          /** Default `m7g.xlarge`. */
          readonly instanceType?: string;
          /** Nodes in each zone. Default 1 to 6. */
          readonly perZone?: NodeCounts;
          /** Nodes in each zone with the taint `workload=batch:NoSchedule`. Default: none. */
          readonly batchPerZone?: NodeCounts;
      };

export interface KubernetesClusterArgs extends ComponentArgs {
    /** Nodes and the API server's addresses lie in its private subnets, in all of their zones. */
    network: NetworkReference;
    /**
     * Customer key that encrypts secrets in the API server, disks of nodes, and volumes. Its policy must admit `eks` and `ebs`
     * (see `EncryptionKey`), and `autoscaling` where nodes are managed. Never taken away again: another key makes another cluster.
     */
    key: KeyReference;
    /** Customer key that encrypts the control plane's logs. Its policy must admit CloudWatch Logs. */
    logsKey: KeyReference;
    /** Default 1.36. See the class for how to raise it. A plain string. */
    version?: KubernetesVersion;
    /**
     * Default `{ kind: "auto" }`. A plain object. The kind is for good: when Auto Mode is switched off, EKS takes its nodes away at
     * once, before others are there, and its volumes fit no other kind. Move to another cluster instead.
     */
    nodes?: ClusterNodes;
    /**
     * Ranges of the internet from which the API server can be reached, besides from inside the network. Default: none, the
     * private endpoint alone; then whoever runs the program must be inside too, at an address of `privateAccessCidrs`.
     */
    publicAccessCidrs?: readonly string[];
    /** Ranges inside, or of peered networks, from which people and pipelines reach the private endpoint. Default: none. */
    privateAccessCidrs?: readonly string[];
    /** Roles whose holders administer the cluster, besides the one that creates it. A plain list. Default: none. */
    adminRoleArns?: readonly string[];
    /** Range of the addresses of Services. Another one makes another cluster. Default `172.20.0.0/16`. A plain string. */
    serviceCidr?: string;
    /** Days that the control plane's logs are kept. Default 90. */
    logRetentionDays?: number;
    /** Whether the cluster refuses to be deleted. Default true. */
    deletionProtection?: boolean;
    /**
     * Whether an upgrade of the version goes on although EKS found what speaks against it, such as an API that somebody still
     * calls and that is gone in the new version. Default false.
     */
    forceUpdate?: boolean;
}

const controlPlaneLogs = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

const https = 443;

/**
 * A Kubernetes cluster of EKS, with its nodes.
 *
 * - API server and nodes in all zones of the network, the API server reachable from inside alone unless ranges are given.
 * - Secrets in the API server, disks and volumes encrypted with a key of ours; audit and all other logs of the control plane in
 *   a log group of ours.
 * - Access by IAM (access entries), and by nothing else: whoever creates the cluster, and the roles that are named.
 * - Nodes of EKS Auto Mode, or node groups with a minimum in each zone. Pods have no way to the credentials of nodes.
 * - Network policies are obeyed, pods have identities of their own (Pod Identity) and secrets by reference, a zone that is in
 *   trouble can be shifted away from, and volumes are encrypted by default.
 *
 * ## Upgrades
 * EKS goes up one minor version at a time, and never down. For each step: read the upgrade insights of EKS (`aws eks
 * list-insights`), which also hold the upgrade up where they found something (`forceUpdate` goes on all the same); write
 * the next `version`; preview; update. The control plane is exchanged without an outage of what runs, in some ten minutes,
 * then the add-ons, then the nodes: in Auto Mode within days, as fast as disruption budgets allow; node groups at once, one by one.
 * A step back is another cluster: nothing in it holds state that is not elsewhere.
 *
 * A version in extended support costs six times as much an hour, so the cluster is on standard support: when that ends, EKS upgrades it
 * by itself.
 *
 * ## What replaces it
 * `serviceCidr` and `key`; all else changes in place. The name has a suffix, so that a replacement can stand beside the cluster.
 *
 * Costs 73 USD a month, the instances, and 12 % on top of them in Auto Mode.
 *
 * ```ts
 * import { EncryptionKey } from "./encryption-key";
 * import { KubernetesCluster } from "./kubernetes/kubernetes-cluster";
 * import { NetworkReference } from "./network-reference";
 *
 * declare const network: NetworkReference;
 *
 * const logsKey = new EncryptionKey("logs", { purpose: "logs", users: ["logs"] });
 * const key = new EncryptionKey("cluster", { purpose: "secrets and volumes of the cluster", users: ["eks", "ebs"] });
 * const cluster = new KubernetesCluster("cluster", {
 *     network,
 *     key,
 *     logsKey,
 *     publicAccessCidrs: ["203.0.113.0/24"],
 *     adminRoleArns: ["arn:aws:iam::123456789012:role/platform"],
 * });
 * export const kubeconfig = cluster.kubeconfig;
 * ```
 */
export class KubernetesCluster extends Component {
    readonly name: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** Holds no secret: who uses it gets a token from AWS in his own name. */
    readonly kubeconfig: pulumi.Output<string>;
    readonly provider: kubernetes.Provider;
    /** Security group that EKS made, of the nodes and the API server's addresses. */
    readonly securityGroupId: pulumi.Output<string>;
    readonly serviceCidr: string;
    readonly version: KubernetesVersion;
    readonly identity: PodIdentityProvider = { kind: "pod-identity" };
    readonly targetGroupBindings: "eks.amazonaws.com/v1" | "elbv2.k8s.aws/v1beta1";
    readonly largestPod: TaskSize;
    /** Name of the role in which EKS itself acts: in Auto Mode it registers targets and makes nodes. */
    readonly roleName: pulumi.Output<string>;
    /** What must exist before a pod can run with its identity, its secrets and its metrics. */
    readonly ready: readonly pulumi.Resource[];
    private readonly args: KubernetesClusterArgs;
    private readonly account: Account;

    constructor(name: string, args: KubernetesClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("KubernetesCluster", name, args, opts);
        checkArgs(name, args);
        this.args = args;
        this.account = currentAccount(this);
        this.version = args.version ?? defaultKubernetesVersion;
        this.serviceCidr = args.serviceCidr ?? defaultServiceCidr;
        const nodes = args.nodes ?? { kind: "auto" };

        const physicalName = this.createName();
        const logs = this.createLogGroup(physicalName);
        const { role, ready } = this.createRole(nodes.kind === "auto");
        const cluster = this.createCluster(physicalName, role, nodes.kind === "auto", [logs, ...ready]);
        const access = [...this.admitAdministrators(cluster), ...this.openPrivateEndpoint(cluster)];
        this.kubeconfig = eksKubeconfig({
            name: cluster.name,
            endpoint: cluster.endpoint,
            certificateAuthority: cluster.certificateAuthority.data,
            region: args.network.region,
        });
        this.provider = this.createProvider(cluster, access);
        this.securityGroupId = cluster.vpcConfig.clusterSecurityGroupId;

        const addons = this.createAddons(cluster, nodes);
        const storage = this.createStorageClass(nodes.kind === "auto");

        this.name = cluster.name;
        this.arn = cluster.arn;
        this.roleName = role.name;
        this.targetGroupBindings = nodes.kind === "auto" ? "eks.amazonaws.com/v1" : "elbv2.k8s.aws/v1beta1";
        this.largestPod = largestPodOf(nodes);
        this.ready = [...addons.ready, storage];
        this.registerOutputs({ name: this.name, arn: this.arn });
    }

    /** A name of its own, because the log group must be there before the cluster and is named after it. */
    private createName(): pulumi.Output<string> {
        const suffix = new random.RandomId(
            this.componentName,
            // What makes another cluster makes another name: both exist for a while.
            { byteLength: 4, keepers: { serviceCidr: this.serviceCidr, key: this.args.key.arn } },
            this.child(),
        );
        return pulumi.interpolate`${this.componentName}-${suffix.hex}`;
    }

    /** EKS would create this group itself, without an end, a key or tags. */
    private createLogGroup(name: pulumi.Output<string>): aws.cloudwatch.LogGroup {
        const childName = `${this.componentName}-control-plane`;
        return new aws.cloudwatch.LogGroup(
            childName,
            {
                name: pulumi.interpolate`/aws/eks/${name}/cluster`,
                retentionInDays: this.args.logRetentionDays ?? 90,
                kmsKeyId: this.args.logsKey.arn,
                tags: this.tags(childName),
            },
            this.child(),
        );
    }

    private createRole(auto: boolean) {
        const childName = `${this.componentName}-control-plane`;
        const autoMode = [
            "AmazonEKSComputePolicy",
            "AmazonEKSBlockStoragePolicyV2",
            "AmazonEKSLoadBalancingPolicy",
            "AmazonEKSNetworkingPolicy",
        ];
        return awsRole(
            childName,
            {
                description: `EKS, for the cluster ${this.componentName}`,
                service: "eks.amazonaws.com",
                // Auto Mode tags what it makes.
                tagsSessions: true,
                managedPolicies: ["AmazonEKSClusterPolicy", ...(auto ? autoMode : [])],
                statements: {
                    key: [
                        ...volumeKeyStatements(this.args.key),
                        {
                            // EKS looks every few minutes whether it still may use the key, for no resource in particular.
                            Sid: "SeeKey",
                            Effect: "Allow",
                            Action: ["kms:DescribeKey", "kms:ListGrants"],
                            Resource: this.args.key.arn,
                        },
                    ],
                },
                account: this.account,
                tags: this.tags(childName),
            },
            this.child(),
        );
    }

    private createCluster(
        name: pulumi.Output<string>,
        role: aws.iam.Role,
        auto: boolean,
        dependsOn: pulumi.Resource[],
    ): aws.eks.Cluster {
        const { args } = this;
        const { publicAccessCidrs = [], network } = args;
        return new aws.eks.Cluster(
            this.componentName,
            {
                name,
                roleArn: role.arn,
                version: this.version,
                vpcConfig: {
                    subnetIds: network.privateSubnets.map(({ id }) => id),
                    endpointPrivateAccess: true,
                    endpointPublicAccess: publicAccessCidrs.length > 0,
                    ...(publicAccessCidrs.length > 0 ? { publicAccessCidrs: [...publicAccessCidrs] } : {}),
                },
                accessConfig: {
                    authenticationMode: "API",
                    // Or nobody could make the first object in it. Another value makes another cluster.
                    bootstrapClusterCreatorAdminPermissions: true,
                },
                // Add-ons are ours, in both modes. Another value makes another cluster.
                bootstrapSelfManagedAddons: false,
                encryptionConfig: { provider: { keyArn: args.key.arn }, resources: ["secrets"] },
                enabledClusterLogTypes: controlPlaneLogs,
                // All three together, or EKS refuses. Pools of our own alone, so no role of nodes here.
                computeConfig: { enabled: auto },
                storageConfig: { blockStorage: { enabled: auto } },
                kubernetesNetworkConfig: {
                    ipFamily: "ipv4",
                    serviceIpv4Cidr: this.serviceCidr,
                    elasticLoadBalancing: { enabled: auto },
                },
                upgradePolicy: { supportType: "STANDARD" },
                zonalShiftConfig: { enabled: true },
                deletionProtection: args.deletionProtection ?? true,
                forceUpdateVersion: args.forceUpdate ?? false,
                tags: this.tags(this.componentName),
            },
            // Without its roles EKS could not take away what it made when the cluster goes.
            this.child({ dependsOn }),
        );
    }

    private admitAdministrators(cluster: aws.eks.Cluster): pulumi.Resource[] {
        return (this.args.adminRoleArns ?? []).map((principalArn) => {
            const childName = `${this.componentName}-admin-${principalArn.split("/").at(-1) ?? ""}`;
            const entry = new aws.eks.AccessEntry(
                childName,
                { clusterName: cluster.name, principalArn, type: "STANDARD", tags: this.tags(childName) },
                this.child(),
            );
            return new aws.eks.AccessPolicyAssociation(
                childName,
                {
                    clusterName: cluster.name,
                    principalArn,
                    policyArn: pulumi.interpolate`arn:${this.account.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
                    accessScope: { type: "cluster" },
                },
                this.child({ dependsOn: [entry] }),
            );
        });
    }

    /** The group that EKS makes admits the nodes alone. */
    private openPrivateEndpoint(cluster: aws.eks.Cluster): pulumi.Resource[] {
        return (this.args.privateAccessCidrs ?? []).map((cidrIpv4) => {
            const childName = `${this.componentName}-api-from-${cidrIpv4.replaceAll(/[./]/g, "-")}`;
            return new aws.vpc.SecurityGroupIngressRule(
                childName,
                {
                    description: `${cidrIpv4} to the API server of ${this.componentName}`,
                    securityGroupId: cluster.vpcConfig.clusterSecurityGroupId,
                    cidrIpv4,
                    ipProtocol: "tcp",
                    fromPort: https,
                    toPort: https,
                    tags: this.tags(childName),
                },
                this.child(),
            );
        });
    }

    /**
     * The cluster is known to the provider by its ARN: a new certificate or address in the kubeconfig is an update of the
     * provider, and not a new provider, which would replace everything in the cluster.
     */
    private createProvider(cluster: aws.eks.Cluster, dependsOn: pulumi.Resource[]): kubernetes.Provider {
        return new kubernetes.Provider(
            this.componentName,
            {
                kubeconfig: this.kubeconfig,
                clusterIdentifier: cluster.arn,
                enableServerSideApply: true,
            },
            this.child({ dependsOn }),
        );
    }

    private createAddons(cluster: aws.eks.Cluster, nodes: ClusterNodes): ClusterAddons {
        const { key, network } = this.args;
        const common = { clusterName: cluster.name, account: this.account, key, tags: this.inheritedTags };
        return new ClusterAddons(
            this.componentName,
            {
                ...common,
                version: this.version,
                autoMode: nodes.kind === "auto",
                nodes: (after) =>
                    nodes.kind === "auto"
                        ? new AutoNodes(
                              this.componentName,
                              {
                                  ...common,
                                  network,
                                  provider: this.provider,
                                  securityGroupId: this.securityGroupId,
                                  maximumCpu: nodes.maximumCpu ?? defaultMaximumCpu,
                              },
                              { parent: this },
                          ).ready
                        : new NodeGroups(
                              this.componentName,
                              {
                                  ...common,
                                  network,
                                  instanceType: nodes.instanceType ?? defaultInstanceType,
                                  perZone: nodes.perZone ?? defaultPerZone,
                                  ...(nodes.batchPerZone === undefined ? {} : { batchPerZone: nodes.batchPerZone }),
                                  version: this.version,
                                  after,
                              },
                              { parent: this },
                          ).ready,
            },
            { parent: this },
        );
    }

    /** What a claim gets that names no class. Nothing in it ever changes, so a change is another class. */
    private createStorageClass(auto: boolean): kubernetes.storage.v1.StorageClass {
        return new kubernetes.storage.v1.StorageClass(
            `${this.componentName}-encrypted`,
            {
                metadata: {
                    name: "encrypted",
                    annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
                },
                provisioner: auto ? "ebs.csi.eks.amazonaws.com" : "ebs.csi.aws.com",
                parameters: { type: "gp3", encrypted: "true", kmsKeyId: this.args.key.arn },
                // In the zone of the pod, which is known only then.
                volumeBindingMode: "WaitForFirstConsumer",
                allowVolumeExpansion: true,
                reclaimPolicy: "Delete",
            },
            this.child({ provider: this.provider }),
        );
    }
}

const defaultInstanceType = "m7g.xlarge";
const defaultPerZone: NodeCounts = { minimum: 1, maximum: 6 };
const defaultMaximumCpu = 1_000;

/** What the largest node of a cluster leaves to a single pod. */
export function largestPodOf(nodes: ClusterNodes): TaskSize {
    if (nodes.kind === "auto") {
        return largestPodOn(largestAutoNode);
    }
    return largestPodOn(nodeSize(nodes.instanceType ?? defaultInstanceType) ?? { cpu: 0, memory: 0 });
}

function checkArgs(name: string, args: KubernetesClusterArgs): void {
    const problems = new Problems();
    const { version, network, publicAccessCidrs = [], privateAccessCidrs = [], adminRoleArns = [], nodes } = args;
    problems.require(
        version === undefined || kubernetesVersions.includes(version),
        "version",
        version,
        `one of ${kubernetesVersions.join(", ")}`,
        defaultKubernetesVersion,
    );
    problems.require(
        new Set(network.privateSubnets.map(({ zone }) => zone.id)).size >= 3,
        "network.privateSubnets",
        network.privateSubnets.map(({ zone }) => zone.id),
        "private subnets in three zones",
        "a Network over three zones",
    );
    for (const [setting, cidrs] of [
        ["publicAccessCidrs", publicAccessCidrs],
        ["privateAccessCidrs", privateAccessCidrs],
    ] as const) {
        for (const cidr of cidrs) {
            problems.require(
                parseCidr(cidr) !== undefined,
                setting,
                cidr,
                "IPv4 ranges in CIDR form, starting at their first address",
                '["203.0.113.0/24"]',
            );
        }
    }
    for (const arn of adminRoleArns) {
        problems.require(
            /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(arn),
            "adminRoleArns",
            arn,
            "ARNs of IAM roles",
            '["arn:aws:iam::123456789012:role/platform"]',
        );
    }
    const serviceCidr = args.serviceCidr ?? defaultServiceCidr;
    problems.require(
        isServiceCidr(serviceCidr) &&
            (typeof network.cidrBlock !== "string" || !shareAddresses(serviceCidr, network.cidrBlock)),
        "serviceCidr",
        serviceCidr,
        "a private IPv4 range from /12 to /24 that does not overlap the network's",
        defaultServiceCidr,
    );
    if (nodes?.kind === "managed") {
        checkNodeGroups(problems, nodes);
    } else {
        const maximumCpu = nodes?.maximumCpu ?? defaultMaximumCpu;
        problems.require(
            Number.isInteger(maximumCpu) && maximumCpu >= 6,
            "nodes.maximumCpu",
            maximumCpu,
            "a whole number of vCPUs, 6 at the least: a small node in each zone",
            "1000",
        );
    }
    requireLogRetention(problems, args.logRetentionDays ?? 90, "90");
    problems.throwIfAny(`KubernetesCluster "${name}"`);
}

function checkNodeGroups(problems: Problems, nodes: Extract<ClusterNodes, { kind: "managed" }>): void {
    const type = nodes.instanceType ?? defaultInstanceType;
    problems.require(
        nodeSize(type) !== undefined,
        "nodes.instanceType",
        type,
        "an instance type of a family c, m or r from the fifth generation, large at the least",
        defaultInstanceType,
    );
    for (const [setting, counts, least] of [
        ["nodes.perZone", nodes.perZone ?? defaultPerZone, 1],
        ["nodes.batchPerZone", nodes.batchPerZone, 0],
    ] as const) {
        problems.require(
            counts === undefined ||
                (Number.isInteger(counts.minimum) &&
                    Number.isInteger(counts.maximum) &&
                    counts.minimum >= least &&
                    counts.maximum > counts.minimum),
            setting,
            counts,
            `whole numbers of nodes in each zone: minimum ${String(least)} or more, and maximum above it`,
            "{ minimum: 1, maximum: 6 }",
        );
    }
}
