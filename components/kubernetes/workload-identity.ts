import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CombinedBinding } from "../binding";
import { Component, ComponentArgs } from "../component";
import { permissionStatement, secretStatements } from "../permission-statement";
import { policyDocument } from "../policy-document";
import { KubernetesTarget } from "./kubernetes-target";
import { Labels } from "./workload-labels";

export interface WorkloadIdentityArgs extends ComponentArgs {
    readonly target: KubernetesTarget;
    readonly binding: Pick<CombinedBinding, "permissions" | "secrets">;
    readonly labels: Labels;
}

/**
 * Who a workload is: a service account in Kubernetes, and the role in AWS that it may take.
 *
 * The role has the permissions of the bindings, and may read their secrets, which the Secrets Store driver fetches in the pod's own
 * name. There is one role, where ECS has two: the nodes pull images and write logs here.
 *
 * ```ts
 * import { combineBindings, ServiceBinding } from "./binding";
 * import { KubernetesTarget } from "./kubernetes/kubernetes-target";
 * import { WorkloadIdentity } from "./kubernetes/workload-identity";
 * import { workloadLabels } from "./kubernetes/workload-labels";
 *
 * export function identityOf(target: KubernetesTarget, database: ServiceBinding) {
 *     const labels = workloadLabels("report", "worker", target.namespace);
 *     return new WorkloadIdentity("report", { target, binding: combineBindings([database]), labels }).roleArn;
 * }
 * ```
 */
export class WorkloadIdentity extends Component {
    readonly serviceAccountName: pulumi.Output<string>;
    readonly roleArn: pulumi.Output<string>;
    /** What must exist before a pod starts with the identity. */
    readonly ready: readonly pulumi.Resource[];
    private readonly made: pulumi.Resource[] = [];

    constructor(
        name: string,
        private readonly args: WorkloadIdentityArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("WorkloadIdentity", name, args, opts);
        const role = this.createRole();
        this.allow(role);
        const account = this.createServiceAccount(role);
        if (args.target.cluster.identity.kind === "pod-identity") {
            this.associate(role);
        }

        this.serviceAccountName = account.metadata.name;
        this.roleArn = role.arn;
        this.ready = this.made;
        this.registerOutputs({ roleArn: this.roleArn });
    }

    private createRole(): aws.iam.Role {
        const childName = `${this.componentName}-pods`;
        return new aws.iam.Role(
            childName,
            {
                description: `The identity of ${this.componentName} in Kubernetes.`,
                assumeRolePolicy: policyDocument([this.trust()]),
                tags: this.tags(childName),
            },
            this.child(),
        );
    }

    /** Admits this service account of this cluster only. */
    private trust(): aws.iam.PolicyStatement {
        const { cluster, namespace, account, network } = this.args.target;
        if (cluster.identity.kind === "oidc") {
            const { providerArn, issuer } = cluster.identity;
            return {
                Effect: "Allow",
                Principal: { Federated: providerArn },
                Action: "sts:AssumeRoleWithWebIdentity",
                // The issuer is part of the conditions' keys.
                Condition: pulumi.output(issuer).apply((host) => ({
                    StringEquals: {
                        [`${host}:aud`]: "sts.amazonaws.com",
                        [`${host}:sub`]: `system:serviceaccount:${namespace}:${this.componentName}`,
                    },
                })),
            };
        }
        return {
            Effect: "Allow",
            Principal: { Service: "pods.eks.amazonaws.com" },
            // The session carries cluster, namespace and service account as tags.
            Action: ["sts:AssumeRole", "sts:TagSession"],
            // These tags are what EKS documents for the trust of such a role. It does not say that it sends `aws:SourceAccount` and
            // `aws:SourceArn`, and the cluster's ARN has the account in it.
            Condition: {
                StringEquals: {
                    "aws:RequestTag/eks-cluster-arn": pulumi.interpolate`arn:${account.partition}:eks:${network.region}:${account.id}:cluster/${cluster.name}`,
                    "aws:RequestTag/kubernetes-namespace": namespace,
                    "aws:RequestTag/kubernetes-service-account": this.componentName,
                },
            },
        };
    }

    private allow(role: aws.iam.Role): void {
        const { permissions, secrets } = this.args.binding;
        if (permissions.length > 0) {
            this.attach(role, "bindings", policyDocument(permissions.map(permissionStatement)));
        }
        if (secrets.length > 0) {
            const statements = secretStatements(secrets, ["secretsmanager:DescribeSecret"]);
            this.attach(role, "secrets", policyDocument(statements));
        }
    }

    private attach(role: aws.iam.Role, kind: string, policy: pulumi.Output<string>): void {
        this.made.push(
            new aws.iam.RolePolicy(`${this.componentName}-pods-${kind}`, { role: role.name, policy }, this.child()),
        );
    }

    private createServiceAccount(role: aws.iam.Role): kubernetes.core.v1.ServiceAccount {
        const { cluster, namespace, ready } = this.args.target;
        const account = new kubernetes.core.v1.ServiceAccount(
            this.componentName,
            {
                metadata: {
                    name: this.componentName,
                    namespace,
                    labels: { ...this.args.labels },
                    ...(cluster.identity.kind === "oidc"
                        ? { annotations: { "eks.amazonaws.com/role-arn": role.arn } }
                        : {}),
                },
                automountServiceAccountToken: false,
            },
            this.child({ provider: cluster.provider, dependsOn: [...ready] }),
        );
        this.made.push(account);
        return account;
    }

    /**
     * Pods that started before the association have no identity until they are made again: pods wait for it. EKS takes some more
     * seconds until it holds, and nothing says when. So it does not wait for the service account, which need not exist yet: in a new
     * cluster it is there minutes before the first pod.
     */
    private associate(role: aws.iam.Role): void {
        const { cluster, namespace } = this.args.target;
        this.made.push(
            new aws.eks.PodIdentityAssociation(
                this.componentName,
                {
                    clusterName: cluster.name,
                    namespace,
                    serviceAccount: this.componentName,
                    roleArn: role.arn,
                    tags: this.tags(this.componentName),
                },
                this.child(),
            ),
        );
    }
}
