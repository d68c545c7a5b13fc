import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Account } from "../account";
import { Component, ComponentArgs } from "../component";
import { awsRole } from "./aws-role";
import { autoscalerVersions, KubernetesVersion } from "./kubernetes-versions";

export interface NodeControllersArgs extends ComponentArgs {
    readonly clusterName: pulumi.Input<string>;
    readonly provider: kubernetes.Provider;
    readonly account: Account;
    readonly version: KubernetesVersion;
    readonly region: string;
    readonly vpcId: pulumi.Input<string>;
    /** What must exist before pods run. */
    readonly after: readonly pulumi.Resource[];
}

/** A chart with a role. */
interface Controller {
    readonly chart: string;
    readonly version: string;
    readonly repository: string;
    readonly serviceAccount: string;
    readonly statements: aws.iam.PolicyStatement[];
    readonly values: Record<string, unknown>;
}

/**
 * What EKS Auto Mode does by itself and a cluster with node groups needs as pods: the cluster autoscaler, which changes the number of
 * nodes, and the AWS Load Balancer Controller, which moves pods in and out of target groups.
 *
 * Each has a role of its own. The controller makes no balancers here, so it may register targets and nothing else.
 *
 * ```ts
 * import { Account } from "./account";
 * import { KubernetesCluster } from "./kubernetes/kubernetes-cluster";
 * import { NodeControllers } from "./kubernetes/node-controllers";
 * import { NetworkReference } from "./network-reference";
 *
 * export function control(cluster: KubernetesCluster, account: Account, { region, vpcId }: NetworkReference) {
 *     const { name: clusterName, provider, version, ready: after } = cluster;
 *     const args = { clusterName, provider, account, version, region, vpcId, after };
 *     return new NodeControllers("cluster", args).targetsRoleName;
 * }
 * ```
 */
export class NodeControllers extends Component {
    /** Name of the role that registers targets. */
    readonly targetsRoleName: pulumi.Output<string>;
    /** What must exist before pods are waited for. */
    readonly ready: readonly pulumi.Resource[];

    constructor(
        name: string,
        private readonly args: NodeControllersArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("NodeControllers", name, args, opts);
        const autoscaler = this.install(clusterAutoscaler(args));
        const targets = this.install(loadBalancerController(args));
        this.targetsRoleName = targets.role.name;
        this.ready = [autoscaler.release, targets.release];
        this.registerOutputs({});
    }

    private install({ chart, version, repository, serviceAccount, statements, values }: Controller) {
        const { clusterName, provider, account, after } = this.args;
        const childName = `${this.componentName}-${chart}`;
        const { role, ready } = awsRole(
            childName,
            {
                description: `${chart} in ${this.componentName}`,
                service: "pods.eks.amazonaws.com",
                tagsSessions: true,
                statements: { work: statements },
                account,
                tags: this.tags(childName),
            },
            this.child(),
        );
        const identity = new aws.eks.PodIdentityAssociation(
            childName,
            { clusterName, namespace: "kube-system", serviceAccount, roleArn: role.arn, tags: this.tags(childName) },
            this.child(),
        );
        const release = new kubernetes.helm.v3.Release(
            childName,
            {
                name: chart,
                namespace: "kube-system",
                chart,
                version,
                repositoryOpts: { repo: repository },
                values,
                atomic: true,
                cleanupOnFail: true,
                timeout: 600,
            },
            this.child({ provider, dependsOn: [identity, ...ready, ...after] }),
        );
        return { role, release };
    }
}

/** Source of the permissions: the autoscaler's documentation for AWS, "Full Cluster Autoscaler Features Policy". */
function clusterAutoscaler({ clusterName, version, region }: NodeControllersArgs): Controller {
    return {
        chart: "cluster-autoscaler",
        version: "9.59.0",
        repository: "https://kubernetes.github.io/autoscaler",
        serviceAccount: "cluster-autoscaler",
        statements: [
            {
                Sid: "ReadGroups",
                Effect: "Allow",
                Action: [
                    "autoscaling:DescribeAutoScalingGroups",
                    "autoscaling:DescribeAutoScalingInstances",
                    "autoscaling:DescribeLaunchConfigurations",
                    "autoscaling:DescribeScalingActivities",
                    "autoscaling:DescribeTags",
                    "ec2:DescribeImages",
                    "ec2:DescribeInstanceTypes",
                    "ec2:DescribeLaunchTemplateVersions",
                    "ec2:GetInstanceTypesFromInstanceRequirements",
                    "eks:DescribeNodegroup",
                ],
                Resource: "*",
            },
            {
                Sid: "SizeGroups",
                Effect: "Allow",
                Action: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
                Resource: "*",
                // EKS gives this tag to the groups of its node groups.
                Condition: { StringEquals: { "aws:ResourceTag/eks:cluster-name": clusterName } },
            },
        ],
        values: {
            autoDiscovery: { clusterName },
            awsRegion: region,
            image: { tag: autoscalerVersions[version] },
            replicaCount: 2,
            rbac: { serviceAccount: { create: true, name: "cluster-autoscaler" } },
            // A group for each zone: they are kept at the same size.
            extraArgs: { "balance-similar-node-groups": true, "skip-nodes-with-system-pods": false },
        },
    };
}

function loadBalancerController({ clusterName, region, vpcId }: NodeControllersArgs): Controller {
    return {
        chart: "aws-load-balancer-controller",
        version: "1.14.1",
        repository: "https://aws.github.io/eks-charts",
        serviceAccount: "aws-load-balancer-controller",
        statements: [
            {
                Sid: "ReadTargets",
                Effect: "Allow",
                Action: [
                    "ec2:DescribeAvailabilityZones",
                    "ec2:DescribeInstances",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeVpcs",
                    "elasticloadbalancing:DescribeTags",
                    "elasticloadbalancing:DescribeTargetGroups",
                    "elasticloadbalancing:DescribeTargetHealth",
                ],
                Resource: "*",
            },
        ],
        values: {
            clusterName,
            region,
            vpcId,
            replicaCount: 2,
            createIngressClassResource: false,
            enableServiceMutatorWebhook: false,
            serviceAccount: { create: true, name: "aws-load-balancer-controller" },
            podDisruptionBudget: { maxUnavailable: 1 },
        },
    };
}
