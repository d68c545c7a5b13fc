import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Account } from "../account";
import { Component, ComponentArgs } from "../component";
import { awsRole } from "./aws-role";

export interface ClusterKedaArgs extends ComponentArgs {
    readonly clusterName: pulumi.Input<string>;
    readonly provider: kubernetes.Provider;
    readonly account: Account;
    /** What must exist before pods run. */
    readonly after: readonly pulumi.Resource[];
}

/** Where KEDA runs, and as whom. */
export const kedaNamespace = "keda";
const kedaServiceAccount = "keda-operator";

/** Pinned: https://github.com/kedacore/charts. */
const chartVersion = "2.21.0";

/**
 * KEDA, which scales workers on the backlog of their queues, from none on if wanted.
 *
 * It reads backlogs with a role of its own, to which each worker adds the permission to ask for its queue's attributes. Operator,
 * metrics adapter and webhooks run twice each: while none is up, workers keep their number.
 *
 * ```ts
 * import { Account } from "./account";
 * import { ClusterKeda } from "./kubernetes/cluster-keda";
 * import { KubernetesCluster } from "./kubernetes/kubernetes-cluster";
 *
 * export function installKeda({ name: clusterName, provider, ready }: KubernetesCluster, account: Account) {
 *     return new ClusterKeda("cluster", { clusterName, provider, account, after: ready }).roleName;
 * }
 * ```
 */
export class ClusterKeda extends Component {
    /** Name of the role in which it asks queues for their length: each worker lets it ask its own. */
    readonly roleName: pulumi.Output<string>;
    /** What must exist before anything asks to be scaled. */
    readonly ready: readonly pulumi.Resource[];

    constructor(
        name: string,
        private readonly args: ClusterKedaArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("ClusterKeda", name, args, opts);
        const role = this.createRole();
        const identity = this.associate(role);
        this.roleName = role.name;
        this.ready = [this.install(identity)];
        this.registerOutputs({});
    }

    private createRole(): aws.iam.Role {
        const childName = `${this.componentName}-keda`;
        return awsRole(
            childName,
            {
                description: `KEDA in ${this.componentName}: it reads how long queues are`,
                service: "pods.eks.amazonaws.com",
                tagsSessions: true,
                account: this.args.account,
                tags: this.tags(childName),
            },
            this.child(),
        ).role;
    }

    private associate(role: aws.iam.Role): aws.eks.PodIdentityAssociation {
        const childName = `${this.componentName}-keda`;
        return new aws.eks.PodIdentityAssociation(
            childName,
            {
                clusterName: this.args.clusterName,
                namespace: kedaNamespace,
                serviceAccount: kedaServiceAccount,
                roleArn: role.arn,
                tags: this.tags(childName),
            },
            this.child(),
        );
    }

    private install(identity: pulumi.Resource): kubernetes.helm.v3.Release {
        const twice = { replicaCount: 2 };
        return new kubernetes.helm.v3.Release(
            `${this.componentName}-keda`,
            {
                name: "keda",
                namespace: kedaNamespace,
                createNamespace: true,
                chart: "keda",
                version: chartVersion,
                repositoryOpts: { repo: "https://kedacore.github.io/charts" },
                values: {
                    operator: { ...twice, name: kedaServiceAccount },
                    metricsServer: twice,
                    webhooks: twice,
                    serviceAccount: { operator: { create: true, name: kedaServiceAccount } },
                    podDisruptionBudget: {
                        operator: { maxUnavailable: 1 },
                        metricServer: { maxUnavailable: 1 },
                        webhooks: { maxUnavailable: 1 },
                    },
                },
                atomic: true,
                cleanupOnFail: true,
                timeout: 600,
            },
            // Pods get the identity that is there when they start.
            this.child({ provider: this.args.provider, dependsOn: [identity, ...this.args.after] }),
        );
    }
}
