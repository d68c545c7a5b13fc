import * as pulumi from "@pulumi/pulumi";
import { AwsRole, awsRole, AwsRoleArgs } from "./aws-role";

/**
 * Makes the role of a cluster's nodes, which join and pull images, and do no more: what runs on them has identities of its own.
 *
 * @param args.of what the nodes belong to
 * @param args.joining the policy of AWS's own by which such nodes join
 */
export function nodeRole(
    name: string,
    { of, joining, ...args }: { of: string; joining: string } & Pick<AwsRoleArgs, "account" | "tags">,
    opts: pulumi.CustomResourceOptions,
): AwsRole {
    return awsRole(
        name,
        {
            description: `Nodes of ${of}: they join the cluster and pull images, no more.`,
            service: "ec2.amazonaws.com",
            managedPolicies: [joining, "AmazonEC2ContainerRegistryPullOnly"],
            ...args,
        },
        opts,
    );
}
