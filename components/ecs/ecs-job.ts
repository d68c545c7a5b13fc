import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as fs from "node:fs";
import * as path from "node:path";
import { combineBindings } from "../binding";
import { Component, ComponentArgs } from "../component";
import { Job, JobArgs } from "../compute";
import { policyDocument } from "../policy-document";
import { Metric, Signal } from "../signal";
import { jobSignal } from "../workload-signals";
import { checkJob, defaultJobTimeoutSeconds } from "../check-workload";
import { EcsCluster, logGroupPrefix } from "./ecs-cluster";
import { EcsSecurityGroup } from "./ecs-security-group";
import { EcsTask } from "./ecs-task";
import { fargateChecks } from "./fargate-checks";

/** What the function keeps back of its own time to say that the task goes on, and what it takes to start itself. */
const functionReserveSeconds = 30;

/**
 * A task on Fargate that runs to its end as part of the update. A small function starts it and waits, and a resource calls
 * the function whenever the task definition is a new one.
 *
 * - The first update, and every one with a new revision: the task runs, before whatever names the job in `after`.
 * - An update without a new revision: nothing runs.
 * - The task ends with another exit code than 0, or never starts, as when its image was not pushed yet: the update fails with
 *   the task, the reason and the log group in its message, and the next update runs it again.
 * - It takes longer than `timeoutSeconds`: the update fails, the task goes on, and the next update waits for it.
 * - The update is killed meanwhile: the task goes on. The next update waits for it if it still runs, and runs it again if it
 *   has ended, since nothing says that it was done.
 *
 * The function has no environment and is given no secret: it names the task definition, and ECS injects what that refers to.
 * It costs nothing worth mentioning: 15 GiB-seconds a minute of waiting.
 */
export class EcsJob extends Component implements Job {
    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly completed: readonly pulumi.Resource[];
    readonly securityGroupId: pulumi.Output<string>;
    /** The log group of the container. */
    readonly logGroupName: pulumi.Output<string>;

    constructor(
        name: string,
        private readonly cluster: EcsCluster,
        args: JobArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("EcsJob", name, checkJob(name, args, fargateChecks), opts);
        const binding = combineBindings(args.uses ?? [], args.environment);

        const group = new EcsSecurityGroup(
            name,
            {
                network: cluster.network,
                connections: binding.connections,
                internet: args.internet ?? "https",
                tags: args.tags,
            },
            this.child(),
        );
        const task = new EcsTask(
            name,
            { cluster, workload: args, binding, protectsItself: false, tags: args.tags },
            this.child(),
        );
        const runner = new JobRunner(
            `${name}-runner`,
            {
                cluster,
                task,
                timeoutSeconds: args.timeoutSeconds ?? defaultJobTimeoutSeconds,
                logRetentionDays: args.logRetentionDays,
                tags: args.tags,
            },
            this.child(),
        );

        this.tier = name;
        this.securityGroupId = group.securityGroupId;
        this.logGroupName = task.logGroupName;
        this.signals = [jobSignal(name, { metric: failedRuns(runner.functionName) })];
        this.completed = [this.run(task, group, runner)];
        this.registerOutputs({ securityGroupId: this.securityGroupId, logGroupName: this.logGroupName });
    }

    /** Exists when the task has ended well. */
    private run(task: EcsTask, group: EcsSecurityGroup, runner: JobRunner): aws.lambda.Invocation {
        const { cluster } = this;
        return new aws.lambda.Invocation(
            this.componentName,
            {
                functionName: runner.functionName,
                input: pulumi.jsonStringify({
                    job: this.componentName,
                    cluster: cluster.arn,
                    taskDefinition: task.definitionArn,
                    family: task.family,
                    container: this.componentName,
                    subnets: cluster.network.privateSubnets.map((subnet) => subnet.id),
                    securityGroups: [group.securityGroupId],
                    logGroup: task.logGroupName,
                }),
                triggers: { taskDefinition: task.definitionArn },
            },
            this.child({
                dependsOn: [
                    ...cluster.ready,
                    ...cluster.network.egressReady,
                    ...task.ready,
                    ...group.ready,
                    ...runner.ready,
                ],
            }),
        );
    }
}

interface JobRunnerArgs extends ComponentArgs {
    readonly cluster: EcsCluster;
    readonly task: EcsTask;
    readonly timeoutSeconds: number;
    readonly logRetentionDays: number;
}

/** The function that runs the tasks of one job, with what it may do and where it logs. */
class JobRunner extends Component {
    readonly functionName: pulumi.Output<string>;
    /** What must exist before the function is called. */
    readonly ready: readonly pulumi.Resource[];

    constructor(
        name: string,
        private readonly args: JobRunnerArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("EcsJobRunner", name, args, opts);
        const logGroup = this.createLogGroup();
        const role = this.createRole();
        const policy = new aws.iam.RolePolicy(
            name,
            { role: role.name, policy: policyDocument([...this.runTask(), this.writeLogs()]) },
            this.child(),
        );
        const runner = new aws.lambda.Function(
            name,
            {
                description: "Runs the tasks of a job and waits for their end",
                runtime: "nodejs22.x",
                architectures: ["arm64"],
                handler: "index.handler",
                code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(functionSource()) }),
                role: role.arn,
                timeout: args.timeoutSeconds + functionReserveSeconds,
                memorySize: 256,
                loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
                tags: this.tags(name),
            },
            this.child({ dependsOn: [policy, logGroup] }),
        );
        this.functionName = runner.name;
        this.ready = [policy, logGroup];
        this.registerOutputs({ functionName: this.functionName });
    }

    private createLogGroup(): aws.cloudwatch.LogGroup {
        const { cluster, logRetentionDays } = this.args;
        const suffix = new random.RandomId(this.componentName, { byteLength: 4 }, this.child()).hex;
        return new aws.cloudwatch.LogGroup(
            this.componentName,
            {
                name: pulumi.interpolate`${logGroupPrefix(this.componentName)}${suffix}`,
                retentionInDays: logRetentionDays,
                kmsKeyId: cluster.logsKey.arn,
                tags: this.tags(this.componentName),
            },
            this.child(),
        );
    }

    private createRole(): aws.iam.Role {
        return new aws.iam.Role(
            this.componentName,
            {
                description: "Runs the tasks of one job.",
                assumeRolePolicy: policyDocument([
                    { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
                ]),
                tags: this.tags(this.componentName),
            },
            this.child(),
        );
    }

    /** Tasks of this one family, on this one cluster, with the two roles that they have. */
    private runTask(): aws.iam.PolicyStatement[] {
        const { cluster, task } = this.args;
        const { partition, id } = cluster.account;
        const { region } = cluster.network;
        const onCluster = { ArnEquals: { "ecs:cluster": cluster.arn } };
        const tasks = pulumi.interpolate`arn:${partition}:ecs:${region}:${id}:task/${cluster.name}/*`;
        return [
            {
                Sid: "RunTask",
                Effect: "Allow",
                Action: "ecs:RunTask",
                Resource: pulumi.interpolate`arn:${partition}:ecs:${region}:${id}:task-definition/${task.family}:*`,
                Condition: onCluster,
            },
            {
                Sid: "TagTask",
                Effect: "Allow",
                Action: "ecs:TagResource",
                Resource: tasks,
                Condition: { StringEquals: { "ecs:CreateAction": "RunTask" } },
            },
            // The action knows no resource that would be narrower than the cluster.
            { Sid: "FindTask", Effect: "Allow", Action: "ecs:ListTasks", Resource: "*", Condition: onCluster },
            { Sid: "WatchTask", Effect: "Allow", Action: "ecs:DescribeTasks", Resource: tasks, Condition: onCluster },
            {
                Sid: "GiveRolesToTask",
                Effect: "Allow",
                Action: "iam:PassRole",
                Resource: [task.executionRoleArn, task.taskRoleArn],
                Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
            },
        ];
    }

    private writeLogs(): aws.iam.PolicyStatement {
        const { account, network } = this.args.cluster;
        return {
            Sid: "WriteLogs",
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: pulumi.interpolate`arn:${account.partition}:logs:${network.region}:${account.id}:log-group:${logGroupPrefix(this.componentName)}*`,
        };
    }
}

function functionSource(): string {
    return fs.readFileSync(path.join(__dirname, "job-function.js"), "utf8");
}

/** Runs that failed or took too long: the function says so by an error. */
function failedRuns(functionName: pulumi.Input<string>): Metric {
    return {
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensions: { FunctionName: functionName },
        statistic: "Sum",
        label: "failed runs",
    };
}
