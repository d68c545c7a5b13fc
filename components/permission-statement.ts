import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Permission, SecretReference } from "./binding";

/** A binding's permission in the words of IAM. */
export function permissionStatement(permission: Permission): aws.iam.PolicyStatement {
    const condition: Record<string, Record<string, pulumi.Input<string>[]>> = {};
    for (const { test, variable, values } of permission.conditions ?? []) {
        condition[test] = { ...condition[test], [variable]: [...values] };
    }
    return {
        Sid: permission.sid,
        Effect: "Allow",
        Action: [...permission.actions],
        Resource: [...permission.resources],
        ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
    };
}

/**
 * What it takes to read the secrets of bindings: the secrets themselves, and their keys by way of Secrets Manager only.
 *
 * @param actions what the reader calls besides `secretsmanager:GetSecretValue`
 */
export function secretStatements(
    secrets: readonly SecretReference[],
    actions: readonly string[] = [],
): aws.iam.PolicyStatement[] {
    const read = ["secretsmanager:GetSecretValue", ...actions];
    return [
        {
            Sid: "ReadSecrets",
            Effect: "Allow",
            Action: read.length === 1 ? "secretsmanager:GetSecretValue" : read,
            Resource: [...new Set(secrets.map((secret) => secret.secretArn))],
        },
        {
            Sid: "DecryptSecrets",
            Effect: "Allow",
            Action: "kms:Decrypt",
            Resource: [...new Set(secrets.map((secret) => secret.keyArn))],
            Condition: {
                StringLike: {
                    "kms:ViaService": ["secretsmanager.*.amazonaws.com", "secretsmanager.*.amazonaws.com.cn"],
                },
            },
        },
    ];
}
