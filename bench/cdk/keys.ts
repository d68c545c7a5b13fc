import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";

/** One customer key with rotation, an alias, and a policy that names the services that use it. */
export function encryptionKey(scope: Construct, purpose: string, services: readonly string[] = []): Key {
    const key = new Key(scope, `${purpose}-key`, {
        alias: `headroom/${purpose}`,
        description: `Encrypts ${purpose}`,
        enableKeyRotation: true,
        removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const service of services) {
        key.addToResourcePolicy(
            new PolicyStatement({
                principals: [new ServicePrincipal(service)],
                actions: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                resources: ["*"],
                conditions: { StringEquals: { "aws:SourceAccount": Stack.of(scope).account } },
            }),
        );
    }
    return key;
}

/** One customer key for each kind of data. */
export class EncryptionKeys extends Construct {
    readonly database = encryptionKey(this, "database");
    readonly cache = encryptionKey(this, "cache");
    readonly messages = encryptionKey(this, "messages", ["cloudwatch.amazonaws.com", "sns.amazonaws.com"]);
    readonly objects = encryptionKey(this, "objects", ["cloudfront.amazonaws.com"]);
    readonly images = encryptionKey(this, "images");
    readonly logs = encryptionKey(this, "logs", [`logs.${Stack.of(this).region}.amazonaws.com`]);
    readonly secrets = encryptionKey(this, "secrets");
}
