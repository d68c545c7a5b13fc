import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Account } from "../account";
import { Component, ComponentArgs } from "../component";
import { KeyReference } from "../key-reference";
import { NetworkReference, SubnetReference } from "../network-reference";
import { batchTaint } from "./auto-nodes";
import { nodeRole } from "./node-role";
import { nodeSize } from "./node-size";

/** How many nodes there are in each zone. */
export interface NodeCounts {
    readonly minimum: number;
    readonly maximum: number;
}

export interface NodeGroupsArgs extends ComponentArgs {
    readonly clusterName: pulumi.Input<string>;
    readonly network: NetworkReference;
    readonly account: Account;
    /** Encrypts the nodes' disks. */
    readonly key: KeyReference;
    /** Such as `m7g.xlarge`. Another one makes other nodes, before the old ones go. */
    readonly instanceType: string;
    /** Nodes in each zone. */
    readonly perZone: NodeCounts;
    /** Nodes in each zone that only pods run on which tolerate `workload=batch`. Default: none. */
    readonly batchPerZone?: NodeCounts;
    /** Version of Kubernetes on the nodes. */
    readonly version: string;
    /** What nodes need to become ready: network and identities. */
    readonly after: readonly pulumi.Resource[];
}

/** GiB of a node's disk, as in Auto Mode. */
const diskSize = 80;

/**
 * Nodes that somebody sizes: for each zone a group of its own, so that each zone keeps its minimum, and volumes find nodes in
 * their zone. The cluster autoscaler changes their number between minimum and maximum.
 *
 * A new version or template exchanges the nodes of a group one by one, and respects disruption budgets; a node that is broken is
 * exchanged by itself. Pods have no way to the nodes' credentials: the metadata service answers one hop away only, and asks for a
 * session.
 *
 * ```ts
 * import { Account } from "./account";
 * import { KeyReference } from "./key-reference";
 * import { NodeGroups } from "./kubernetes/node-groups";
 * import { NetworkReference } from "./network-reference";
 *
 * export function addNodes(clusterName: string, account: Account, network: NetworkReference, key: KeyReference) {
 *     return new NodeGroups("more", {
 *         clusterName,
 *         account,
 *         network,
 *         key,
 *         instanceType: "m7g.xlarge",
 *         perZone: { minimum: 1, maximum: 6 },
 *         version: "1.36",
 *         after: [],
 *     }).ready;
 * }
 * ```
 */
export class NodeGroups extends Component {
    /** What must exist before a pod is scheduled. */
    readonly ready: readonly pulumi.Resource[];

    constructor(
        name: string,
        private readonly args: NodeGroupsArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("NodeGroups", name, args, opts);
        const { role, ready } = this.createRole();
        const template = this.createTemplate();
        // Nodes without a way out of the VPC never join; and what runs on them needs it until the last of them is gone.
        const before = [...ready, ...args.after, ...args.network.egressReady];
        const groups = (purpose: string, counts: NodeCounts | undefined) =>
            counts === undefined
                ? []
                : args.network.privateSubnets.map((subnet) =>
                      this.createGroup(purpose, subnet, counts, role, template, before),
                  );
        this.ready = [...groups("general", args.perZone), ...groups("batch", args.batchPerZone)];
        this.registerOutputs({});
    }

    private createRole() {
        const childName = `${this.componentName}-nodes`;
        return nodeRole(
            childName,
            {
                of: this.componentName,
                // What the network plug-in does it does with a role of its own.
                joining: "AmazonEKSWorkerNodePolicy",
                account: this.args.account,
                tags: this.tags(childName),
            },
            this.child(),
        );
    }

    private createTemplate(): aws.ec2.LaunchTemplate {
        const childName = `${this.componentName}-nodes`;
        const tags = this.tags(childName);
        return new aws.ec2.LaunchTemplate(
            childName,
            {
                description: `Nodes of ${this.componentName}`,
                updateDefaultVersion: true,
                metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
                blockDeviceMappings: [
                    {
                        deviceName: "/dev/xvda",
                        ebs: {
                            volumeType: "gp3",
                            volumeSize: diskSize,
                            encrypted: "true",
                            kmsKeyId: this.args.key.arn,
                            deleteOnTermination: "true",
                        },
                    },
                ],
                tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags })),
                tags,
            },
            this.child(),
        );
    }

    private createGroup(
        purpose: string,
        subnet: SubnetReference,
        { minimum, maximum }: NodeCounts,
        role: aws.iam.Role,
        template: aws.ec2.LaunchTemplate,
        ready: readonly pulumi.Resource[],
    ): aws.eks.NodeGroup {
        const { clusterName, instanceType, version } = this.args;
        const childName = `${this.componentName}-${purpose}-${subnet.zone.key}`;
        const isArm = nodeSize(instanceType)?.architecture === "arm64";
        return new aws.eks.NodeGroup(
            childName,
            {
                clusterName,
                nodeRoleArn: role.arn,
                subnetIds: [subnet.id],
                amiType: isArm ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD",
                capacityType: "ON_DEMAND",
                instanceTypes: [instanceType],
                version,
                launchTemplate: {
                    id: template.id,
                    version: template.latestVersion.apply(String),
                },
                scalingConfig: { minSize: minimum, maxSize: maximum, desiredSize: minimum },
                updateConfig: { maxUnavailable: 1 },
                nodeRepairConfig: { enabled: true },
                labels: { workload: purpose },
                taints: purpose === "batch" ? [{ ...batchTaint, effect: "NO_SCHEDULE" }] : [],
                tags: this.tags(childName),
            },
            // The autoscaler's number is not ours.
            this.child({ dependsOn: [...ready], ignoreChanges: ["scalingConfig.desiredSize"] }),
        );
    }
}
