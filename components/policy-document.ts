import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/**
 * An IAM policy document as JSON.
 *
 * Write statements with values that a preview knows (partition, account, region, names): a single unknown one makes the
 * whole text unknown, and the policy packs can then not judge it before it is in force.
 */
export function policyDocument(statements: pulumi.Input<aws.iam.PolicyStatement>[]): pulumi.Output<string> {
    return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/**
 * The statement that refuses every request without TLS, for the policy of a resource such as a bucket.
 *
 * @param action all actions of the service: `s3:*`
 */
export function denyInsecureTransport(action: string, resources: pulumi.Input<string>[]): aws.iam.PolicyStatement {
    return {
        Sid: "DenyInsecureTransport",
        Effect: "Deny",
        Principal: "*",
        Action: action,
        Resource: resources,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
}
