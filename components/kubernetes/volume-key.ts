import * as aws from "@pulumi/aws";
import { KeyReference } from "../key-reference";

/**
 * What whoever makes encrypted volumes may do with their key. EC2 uses it in the caller's name, and keeps its access by a grant.
 * Source: EKS user guide, "Enable EBS volume encryption with customer managed KMS keys for EKS Auto Mode".
 */
export function volumeKeyStatements(key: KeyReference): aws.iam.PolicyStatement[] {
    return [
        {
            Sid: "UseKey",
            Effect: "Allow",
            Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            Resource: key.arn,
        },
        {
            Sid: "GrantKey",
            Effect: "Allow",
            Action: ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
            Resource: key.arn,
            Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
        },
    ];
}
