import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { CombinedBinding } from "../binding";
import { Component, ComponentArgs } from "../component";
import { permissionStatement, secretStatements } from "../permission-statement";
import { policyDocument } from "../policy-document";
import { EcsCluster, logGroupPrefix } from "./ecs-cluster";
import { ecrRepositoryOf } from "../image-reference";

export interface EcsTaskRolesArgs extends ComponentArgs {
    readonly cluster: EcsCluster;
    readonly image: pulumi.Input<string>;
    readonly binding: CombinedBinding;
    readonly interactiveAccess: boolean;
    /** Whether tasks may protect themselves from scale-in while they work on something. */
    readonly protectsItself: boolean;
}

/**
 * The two identities of a task: the execution role, with which ECS starts it (image, logs, secrets), and the task role,
 * which the application has. Neither can be assumed on behalf of another account's tasks.
 */
export class EcsTaskRoles extends Component {
    readonly executionRoleArn: pulumi.Output<string>;
    readonly taskRoleArn: pulumi.Output<string>;
    /** The policies, which must be in force before a task starts. */
    readonly ready: readonly pulumi.Resource[];
    private readonly policies: pulumi.Resource[] = [];

    constructor(
        name: string,
        private readonly args: EcsTaskRolesArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("EcsTaskRoles", name, args, opts);

        const execution = this.createRole(
            "execution",
            "Starts the tasks: pulls the image, writes logs, reads secrets.",
        );
        this.attach(execution, "execution-logs", policyDocument([this.writeLogs()]));
        this.attach(execution, "execution-image", this.pullImage());
        if (args.binding.secrets.length > 0) {
            this.attach(execution, "execution-secrets", policyDocument(secretStatements(args.binding.secrets)));
        }

        const task = this.createRole("task", "The application's identity.");
        if (args.binding.permissions.length > 0) {
            this.attach(task, "task-bindings", policyDocument(args.binding.permissions.map(permissionStatement)));
        }
        if (args.interactiveAccess) {
            this.attach(task, "task-shell", policyDocument(this.openShell()));
        }
        if (args.protectsItself) {
            this.attach(task, "task-protection", policyDocument([this.protectFromScaleIn()]));
        }

        this.executionRoleArn = execution.arn;
        this.taskRoleArn = task.arn;
        this.ready = this.policies;
        this.registerOutputs({ executionRoleArn: this.executionRoleArn, taskRoleArn: this.taskRoleArn });
    }

    private createRole(kind: string, description: string): aws.iam.Role {
        const { account, network } = this.args.cluster;
        const childName = `${this.componentName}-${kind}`;
        return new aws.iam.Role(
            childName,
            {
                description,
                assumeRolePolicy: policyDocument([
                    {
                        Effect: "Allow",
                        Principal: { Service: "ecs-tasks.amazonaws.com" },
                        Action: "sts:AssumeRole",
                        // ECS acts for many accounts: it may use this role for tasks of this one only.
                        Condition: {
                            StringEquals: { "aws:SourceAccount": account.id },
                            ArnLike: {
                                "aws:SourceArn": pulumi.interpolate`arn:${account.partition}:ecs:${network.region}:${account.id}:*`,
                            },
                        },
                    },
                ]),
                tags: this.tags(childName),
            },
            this.child(),
        );
    }

    private attach(role: aws.iam.Role, kind: string, policy: pulumi.Output<string>): void {
        this.policies.push(
            new aws.iam.RolePolicy(`${this.componentName}-${kind}`, { role: role.name, policy }, this.child()),
        );
    }

    private writeLogs(): aws.iam.PolicyStatement {
        const { account, network } = this.args.cluster;
        const prefix = logGroupPrefix(this.componentName);
        return {
            Sid: "WriteLogs",
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: pulumi.interpolate`arn:${account.partition}:logs:${network.region}:${account.id}:log-group:${prefix}*`,
        };
    }

    private pullImage(): pulumi.Output<string> {
        return pulumi
            .all([this.args.image, this.args.cluster.account.partition])
            .apply(([image, partition]) => policyDocument(pullStatements(image, partition)));
    }

    /** What ECS Exec needs in the container; who may open a shell is a matter of the person's own permissions. */
    private openShell(): aws.iam.PolicyStatement[] {
        const { logsKey, shellLogGroupArn } = this.args.cluster;
        return [
            {
                Sid: "OpenShell",
                Effect: "Allow",
                Action: [
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel",
                ],
                // The actions know no resource.
                Resource: "*",
            },
            { Sid: "DecryptShell", Effect: "Allow", Action: "kms:Decrypt", Resource: logsKey.arn },
            { Sid: "FindShellLog", Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" },
            {
                Sid: "LogShell",
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                Resource: pulumi.interpolate`${shellLogGroupArn}:*`,
            },
        ];
    }

    private protectFromScaleIn(): aws.iam.PolicyStatement {
        const { account, network, name } = this.args.cluster;
        return {
            Sid: "ProtectFromScaleIn",
            Effect: "Allow",
            Action: ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
            Resource: pulumi.interpolate`arn:${account.partition}:ecs:${network.region}:${account.id}:task/${name}/*`,
        };
    }
}

/** What pulling an image takes: its repository where that lies in ECR; an image of another registry is pulled without. */
function pullStatements(image: string, partition: string): aws.iam.PolicyStatement[] {
    const enterRegistry: aws.iam.PolicyStatement = {
        Sid: "EnterRegistry",
        Effect: "Allow",
        // A token for the registry as a whole: the action knows no resource.
        Action: "ecr:GetAuthorizationToken",
        Resource: "*",
    };
    const repository = ecrRepositoryOf(image);
    if (repository === undefined) {
        return [enterRegistry];
    }
    const { region, accountId, name } = repository;
    return [
        enterRegistry,
        {
            Sid: "PullImage",
            Effect: "Allow",
            Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            Resource: `arn:${partition}:ecr:${region}:${accountId}:repository/${name}`,
        },
    ];
}
