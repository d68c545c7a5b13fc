import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Account } from "./account";

/** Where a key lies, for the ARNs and service names in its policy. */
export interface KeyContext extends Account {
    readonly region: pulumi.Output<string>;
}

/**
 * Services that use a key in the name of whoever calls them: the caller needs the permission, and has it only when the
 * call comes through the service (`kms:ViaService`).
 *
 * Names: KMS developer guide, table of services under `kms:ViaService`. ElastiCache calls in two names.
 */
const servicesInBetween = {
    rds: ["rds"],
    elasticache: ["elasticache", "dax"],
    secretsmanager: ["secretsmanager"],
    s3: ["s3"],
    sqs: ["sqs"],
    sns: ["sns"],
    ecr: ["ecr"],
    ebs: ["ec2"],
} as const;

type ServiceInBetween = keyof typeof servicesInBetween;

/** Services that use a key in their own name, and what limits them to this account's resources. */
const servicesOnTheirOwn = {
    /** CloudWatch Logs, for log groups of this account and region. */
    logs: ({ partition, region, id }: KeyContext): aws.iam.PolicyStatement => ({
        Sid: "AllowLogGroups",
        Effect: "Allow",
        Principal: { Service: pulumi.interpolate`logs.${region}.amazonaws.com` },
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: "*",
        Condition: {
            ArnLike: {
                "kms:EncryptionContext:aws:logs:arn": pulumi.interpolate`arn:${partition}:logs:${region}:${id}:log-group:*`,
            },
        },
    }),
    /** CloudWatch alarms, which publish to an encrypted topic: without it, no alarm ever arrives, and nothing says so. */
    alarms: ({ partition, region, id }: KeyContext): aws.iam.PolicyStatement =>
        serviceStatement("AllowAlarms", "cloudwatch.amazonaws.com", id, {
            ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:${partition}:cloudwatch:${region}:${id}:alarm:*` },
        }),
    /**
     * EventBridge rules, which send to an encrypted queue or topic. Without a condition: EventBridge passes neither the account
     * nor the rule on to KMS, and would fail in silence. The policy of the queue or topic names the rule.
     */
    events: (): aws.iam.PolicyStatement => ({
        Sid: "AllowEvents",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
    }),
    /** SNS topics, which deliver to an encrypted queue. */
    topics: ({ id }: KeyContext): aws.iam.PolicyStatement => serviceStatement("AllowTopics", "sns.amazonaws.com", id),
    /**
     * CloudFront distributions of this account, which read encrypted objects with an origin access control. Any one of
     * the account: the distribution's own ARN holds the bucket's, whose key this is, and that would be a circle.
     */
    cloudfront: ({ partition, id }: KeyContext): aws.iam.PolicyStatement => ({
        Sid: "AllowDistributions",
        Effect: "Allow",
        Principal: { Service: "cloudfront.amazonaws.com" },
        Action: "kms:Decrypt",
        Resource: "*",
        Condition: {
            ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:${partition}:cloudfront::${id}:distribution/*` },
        },
    }),
    /**
     * Shells opened by ECS Exec: the session's two ends, the task's role and the operator, use the key themselves, with the
     * session in the encryption context.
     */
    "ecs-exec": ({ partition, id }: KeyContext): aws.iam.PolicyStatement => ({
        Sid: "AllowShellSessions",
        Effect: "Allow",
        Principal: { AWS: pulumi.interpolate`arn:${partition}:iam::${id}:root` },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: { Null: { "kms:EncryptionContext:aws:ssm:SessionId": "false" } },
    }),
    /** Fargate, for the scratch disks of tasks of this account's clusters: each task gets a grant of its own. */
    fargate: ({ id }: KeyContext): aws.iam.PolicyStatement => ({
        Sid: "AllowTaskStorage",
        Effect: "Allow",
        Principal: { Service: "fargate.amazonaws.com" },
        Action: ["kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext"],
        Resource: "*",
        Condition: { StringEquals: { "kms:EncryptionContext:aws:ecs:clusterAccount": id } },
    }),
    /**
     * EKS, for the secrets of clusters: it keeps its access by a grant, which whoever makes the cluster gives it in his own name.
     * Without a condition: EKS does not call KMS as an integrated service does, and with `kms:GrantIsForAWSResource` no cluster is
     * ever made. So IAM decides who may hand out this key: nobody but those who make clusters should have `kms:CreateGrant` on it.
     *
     * Source: EKS user guide, "Encrypt Kubernetes secrets with KMS": the caller of CreateCluster needs `kms:DescribeKey` and
     * `kms:CreateGrant`, and the condition "is not supported for the CreateCluster action".
     */
    eks: ({ partition, id }: KeyContext): aws.iam.PolicyStatement => ({
        Sid: "AllowClusterSecrets",
        Effect: "Allow",
        Principal: { AWS: pulumi.interpolate`arn:${partition}:iam::${id}:root` },
        Action: "kms:CreateGrant",
        Resource: "*",
    }),
    /**
     * EC2 Auto Scaling, which starts the nodes of node groups with encrypted disks, in the name of its service-linked role. The
     * role must exist in the account: it does from the first group on, or by `aws iam create-service-linked-role`.
     */
    autoscaling: ({ partition, region, id }: KeyContext): aws.iam.PolicyStatement => ({
        Sid: "AllowNodeDisks",
        Effect: "Allow",
        Principal: {
            AWS: pulumi.interpolate`arn:${partition}:iam::${id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
        },
        Action: [
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:DescribeKey",
            "kms:CreateGrant",
        ],
        Resource: "*",
        Condition: { StringEquals: { "kms:ViaService": pulumi.interpolate`ec2.${region}.amazonaws.com` } },
    }),
} satisfies Record<string, (context: KeyContext) => aws.iam.PolicyStatement>;

/**
 * Who may use a key.
 * - `rds`, `elasticache`, `secretsmanager`, `s3`, `sqs`, `sns`, `ecr`, `ebs`: principals of the account, through this
 *   service;
 * - `eks`: clusters of the account, by a grant of whoever makes them;
 * - `logs`, `alarms`, `events`, `topics`, `cloudfront`, `fargate`, `autoscaling`: the service itself, for resources of this account;
 * - `ecs-exec`: the two ends of a shell session in a container.
 */
export type KeyUser = ServiceInBetween | keyof typeof servicesOnTheirOwn;

function serviceStatement(
    sid: string,
    service: string,
    account: pulumi.Output<string>,
    more: Record<string, Record<string, pulumi.Input<string>>> = {},
): aws.iam.PolicyStatement {
    return {
        Sid: sid,
        Effect: "Allow",
        Principal: { Service: service },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: { StringEquals: { "aws:SourceAccount": account }, ...more },
    };
}

/**
 * Everything that an administrator does to a key, and nothing that reads data. The list is the one that KMS's own console
 * gives to key administrators, without the grants and with replicas. It stays with the account, not with roles, so that
 * IAM decides who the administrators are, and the key can never become unmanageable.
 */
const administration = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:Delete*",
    "kms:Describe*",
    "kms:Disable*",
    "kms:Enable*",
    "kms:Get*",
    "kms:List*",
    "kms:Put*",
    "kms:ReplicateKey",
    "kms:Revoke*",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:Update*",
];

const isInBetween = (user: KeyUser): user is ServiceInBetween => user in servicesInBetween;

/** The statements of a key's policy: administration by the account, use by the users. */
export function keyStatements(users: readonly KeyUser[], context: KeyContext): aws.iam.PolicyStatement[] {
    const root = { AWS: pulumi.interpolate`arn:${context.partition}:iam::${context.id}:root` };
    const between = users.filter(isInBetween).flatMap((user) => servicesInBetween[user]);
    const statements: aws.iam.PolicyStatement[] = [
        { Sid: "AllowAdministration", Effect: "Allow", Principal: root, Action: administration, Resource: "*" },
    ];
    if (between.length > 0) {
        statements.push({
            Sid: "AllowUseThroughServices",
            Effect: "Allow",
            Principal: root,
            Action: [
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                // Services keep their own access to what they encrypted by a grant.
                "kms:CreateGrant",
                "kms:RetireGrant",
            ],
            Resource: "*",
            Condition: {
                StringEquals: {
                    "kms:ViaService": between.map(
                        (service) => pulumi.interpolate`${service}.${context.region}.amazonaws.com`,
                    ),
                },
            },
        });
    }
    for (const user of users) {
        if (!isInBetween(user)) {
            statements.push(servicesOnTheirOwn[user](context));
        }
    }
    return statements;
}
