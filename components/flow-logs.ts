import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Account, currentAccount } from "./account";
import { Component, ComponentArgs } from "./component";
import { policyDocument } from "./policy-document";

export interface FlowLogsArgs extends ComponentArgs {
    region: string;
    vpcId: pulumi.Input<string>;
    /** Days that records are kept, a number that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, 180, 365, … */
    retentionDays: number;
    /** ARN of the customer key that encrypts the records. Its policy must admit CloudWatch Logs. */
    keyArn: pulumi.Input<string>;
}

/**
 * The record of all connections of a VPC, accepted and rejected, in an encrypted log group. Aggregated over ten minutes: one
 * minute would be up to ten times the records, at 0.50 USD a GB.
 *
 * ```ts
 * import { FlowLogs } from "./flow-logs";
 * import { EncryptionKey } from "./encryption-key";
 *
 * const key = new EncryptionKey("logs", { purpose: "log groups", users: ["logs"] });
 * const logs = new FlowLogs("flow-logs", {
 *     region: "eu-central-1",
 *     vpcId: "vpc-0123456789abcdef0",
 *     retentionDays: 90,
 *     keyArn: key.arn,
 * });
 * export const logGroup = logs.logGroupName;
 * ```
 */
export class FlowLogs extends Component {
    readonly logGroupName: pulumi.Output<string>;

    constructor(name: string, args: FlowLogsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("FlowLogs", name, args, opts);
        const account = currentAccount(this);
        const group = this.createLogGroup(args);
        const role = this.createRole(args, account);
        const policy = this.createRolePolicy(args, account, group, role);
        this.createFlowLog(args, group, role, policy);
        this.logGroupName = group.name;
        this.registerOutputs({ logGroupName: this.logGroupName });
    }

    private createLogGroup(args: FlowLogsArgs): aws.cloudwatch.LogGroup {
        const name = this.componentName;
        return new aws.cloudwatch.LogGroup(
            name,
            { retentionInDays: args.retentionDays, kmsKeyId: args.keyArn, tags: this.tags(name) },
            this.child(),
        );
    }

    /** The role is for flow logs of this account and region only: the service acts for others too. */
    private createRole({ region }: FlowLogsArgs, { partition, id }: Account): aws.iam.Role {
        const name = this.componentName;
        return new aws.iam.Role(
            name,
            {
                description: "Lets VPC flow logs write to their log group",
                assumeRolePolicy: policyDocument([
                    {
                        Effect: "Allow",
                        Principal: { Service: "vpc-flow-logs.amazonaws.com" },
                        Action: "sts:AssumeRole",
                        Condition: {
                            StringEquals: { "aws:SourceAccount": id },
                            ArnLike: {
                                "aws:SourceArn": pulumi.interpolate`arn:${partition}:ec2:${region}:${id}:vpc-flow-log/*`,
                            },
                        },
                    },
                ]),
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    private createRolePolicy(
        { region }: FlowLogsArgs,
        { partition, id }: Account,
        group: aws.cloudwatch.LogGroup,
        role: aws.iam.Role,
    ): aws.iam.RolePolicy {
        // From the name, which a preview knows, unlike the ARN.
        const arn = pulumi.interpolate`arn:${partition}:logs:${region}:${id}:log-group:${group.name}`;
        return new aws.iam.RolePolicy(
            this.componentName,
            {
                role: role.name,
                policy: policyDocument([
                    {
                        Sid: "WriteFlowLogs",
                        Effect: "Allow",
                        Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                        Resource: [arn, pulumi.interpolate`${arn}:*`],
                    },
                    {
                        // The service looks for its group among all.
                        Sid: "FindLogGroup",
                        Effect: "Allow",
                        Action: "logs:DescribeLogGroups",
                        Resource: "*",
                    },
                ]),
            },
            this.child(),
        );
    }

    private createFlowLog(
        args: FlowLogsArgs,
        group: aws.cloudwatch.LogGroup,
        role: aws.iam.Role,
        policy: aws.iam.RolePolicy,
    ): void {
        const name = this.componentName;
        new aws.ec2.FlowLog(
            name,
            {
                vpcId: args.vpcId,
                trafficType: "ALL",
                logDestinationType: "cloud-watch-logs",
                logDestination: group.arn,
                iamRoleArn: role.arn,
                maxAggregationInterval: 600,
                tags: this.tags(name),
            },
            this.child({ dependsOn: [policy] }),
        );
    }
}
