import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** The account that the program runs in: what ARNs are made of. Known in a preview. */
export interface Account {
    /** `aws`, `aws-cn` or `aws-us-gov`. */
    readonly partition: pulumi.Output<string>;
    /** The twelve digits. */
    readonly id: pulumi.Output<string>;
}

/** Asks for the account of a component's provider. */
export function currentAccount(parent: pulumi.Resource): Account {
    return {
        partition: aws.getPartitionOutput({}, { parent }).partition,
        id: aws.getCallerIdentityOutput({}, { parent }).accountId,
    };
}
