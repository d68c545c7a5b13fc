import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Account } from "../account";
import { Tags } from "../component";
import { policyDocument } from "../policy-document";

/** A role that a service of AWS takes, and what it may do. */
export interface AwsRoleArgs {
    readonly description: string;
    /** Who takes the role: `eks.amazonaws.com`. */
    readonly service: string;
    /** Default `sts:AssumeRole` alone; Pod Identity and EKS Auto Mode tag their sessions. */
    readonly tagsSessions?: boolean;
    /** Policies of AWS's own, by name: `AmazonEKSClusterPolicy`. */
    readonly managedPolicies?: readonly string[];
    /** What is allowed besides, by a name for each part. */
    readonly statements?: Readonly<Record<string, pulumi.Input<aws.iam.PolicyStatement>[]>>;
    readonly account: Account;
    readonly tags: Tags;
}

/** A role, and what must exist before it can do its work. */
export interface AwsRole {
    readonly role: aws.iam.Role;
    readonly ready: readonly pulumi.Resource[];
}

/** Makes a role that a service takes for resources of this account only, with its policies. */
export function awsRole(name: string, args: AwsRoleArgs, opts: pulumi.CustomResourceOptions): AwsRole {
    const { description, service, tagsSessions = false, managedPolicies = [], statements = {}, account, tags } = args;
    const role = new aws.iam.Role(
        name,
        {
            description,
            assumeRolePolicy: policyDocument([
                {
                    Effect: "Allow",
                    Principal: { Service: service },
                    Action: tagsSessions ? ["sts:AssumeRole", "sts:TagSession"] : "sts:AssumeRole",
                    ...ofThisAccount(service, account),
                },
            ]),
            tags,
        },
        opts,
    );
    const attachments = managedPolicies.map(
        (policy) =>
            new aws.iam.RolePolicyAttachment(
                `${name}-${policy}`,
                { role: role.name, policyArn: pulumi.interpolate`arn:${account.partition}:iam::aws:policy/${policy}` },
                opts,
            ),
    );
    const policies = Object.entries(statements).map(
        ([part, list]) =>
            new aws.iam.RolePolicy(`${name}-${part}`, { role: role.name, policy: policyDocument(list) }, opts),
    );
    return { role, ready: [role, ...attachments, ...policies] };
}

/** The condition that a service takes the role for this account only, by what that service says of itself. */
function ofThisAccount(service: string, account: Account): Pick<aws.iam.PolicyStatement, "Condition"> {
    switch (service) {
        case "ec2.amazonaws.com":
            // Takes roles without saying for whom.
            return {};
        case "pods.eks.amazonaws.com":
            // EKS user guide, "Grant pods access to AWS resources based on tags": `aws:SourceAccount` is not said to be sent.
            return {
                Condition: {
                    StringLike: {
                        "aws:RequestTag/eks-cluster-arn": pulumi.interpolate`arn:${account.partition}:eks:*:${account.id}:cluster/*`,
                    },
                },
            };
        default:
            return { Condition: { StringEquals: { "aws:SourceAccount": account.id } } };
    }
}
