import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { CombinedBinding } from "../binding";
import { Component, ComponentArgs } from "../component";
import { ContainerArgs, WorkloadArgs } from "../compute";
import { containerDefinition, writablePaths } from "./container-definition";
import { EcsCluster, logGroupPrefix } from "./ecs-cluster";
import { EcsTaskRoles } from "./ecs-task-roles";
import { fargateSize } from "./fargate-sizing";

export interface EcsTaskArgs extends ComponentArgs {
    readonly cluster: EcsCluster;
    readonly workload: ContainerArgs & Partial<WorkloadArgs>;
    readonly binding: CombinedBinding;
    /** Port that the container listens on; none for a worker. */
    readonly port?: number;
    /** Whether tasks may protect themselves from scale-in. */
    readonly protectsItself: boolean;
}

/** A task definition with what it needs for itself: log group and identities. */
export class EcsTask extends Component {
    readonly definitionArn: pulumi.Output<string>;
    /** The name that all revisions of the definition share. */
    readonly family: pulumi.Output<string>;
    readonly executionRoleArn: pulumi.Output<string>;
    readonly taskRoleArn: pulumi.Output<string>;
    readonly logGroupName: pulumi.Output<string>;
    /** What must exist before a task starts, besides the definition. */
    readonly ready: readonly pulumi.Resource[];

    constructor(
        name: string,
        private readonly args: EcsTaskArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("EcsTask", name, args, opts);

        const suffix = this.createSuffix();
        const logGroup = this.createLogGroup(suffix);
        const roles = this.createRoles();
        const definition = this.createDefinition(suffix, logGroup, roles);

        this.definitionArn = definition.arn;
        this.family = this.familyName(suffix);
        this.executionRoleArn = roles.executionRoleArn;
        this.taskRoleArn = roles.taskRoleArn;
        this.logGroupName = logGroup.name;
        this.ready = roles.ready;
        this.registerOutputs({ definitionArn: this.definitionArn, logGroupName: this.logGroupName });
    }

    /** Task families and log groups are named, not given names: the suffix keeps two programs from sharing one. */
    private createSuffix(): pulumi.Output<string> {
        return new random.RandomId(this.componentName, { byteLength: 4 }, this.child()).hex;
    }

    private familyName(suffix: pulumi.Output<string>): pulumi.Output<string> {
        return pulumi.interpolate`${this.componentName}-${suffix}`;
    }

    private createLogGroup(suffix: pulumi.Output<string>): aws.cloudwatch.LogGroup {
        return new aws.cloudwatch.LogGroup(
            this.componentName,
            {
                name: pulumi.interpolate`${logGroupPrefix(this.componentName)}${suffix}`,
                retentionInDays: this.args.workload.logRetentionDays,
                kmsKeyId: this.args.cluster.logsKey.arn,
                tags: this.tags(this.componentName),
            },
            this.child(),
        );
    }

    private createRoles(): EcsTaskRoles {
        const { cluster, workload, binding, protectsItself } = this.args;
        return new EcsTaskRoles(
            this.componentName,
            {
                cluster,
                image: workload.image,
                binding,
                interactiveAccess: workload.interactiveAccess ?? false,
                protectsItself,
                tags: this.inheritedTags,
            },
            this.child(),
        );
    }

    private createDefinition(
        suffix: pulumi.Output<string>,
        logGroup: aws.cloudwatch.LogGroup,
        roles: EcsTaskRoles,
    ): aws.ecs.TaskDefinition {
        const { cluster, workload, binding, port } = this.args;
        const size = fargateSize([workload.size]);
        const interactiveAccess = workload.interactiveAccess ?? false;
        const container = containerDefinition({
            name: this.componentName,
            image: workload.image,
            command: workload.command,
            port,
            binding,
            user: workload.user ?? "1000:1000",
            stopTimeoutSeconds: workload.stopTimeoutSeconds ?? 90,
            healthCommand: workload.healthCommand,
            interactiveAccess,
            logGroupName: logGroup.name,
            region: cluster.network.region,
        });
        return new aws.ecs.TaskDefinition(
            this.componentName,
            {
                family: this.familyName(suffix),
                requiresCompatibilities: ["FARGATE"],
                networkMode: "awsvpc",
                cpu: String(size?.cpu),
                memory: String(size?.memory),
                runtimePlatform: {
                    operatingSystemFamily: "LINUX",
                    cpuArchitecture: (workload.architecture ?? "arm64") === "arm64" ? "ARM64" : "X86_64",
                },
                executionRoleArn: roles.executionRoleArn,
                taskRoleArn: roles.taskRoleArn,
                containerDefinitions: pulumi.jsonStringify([container]),
                volumes: writablePaths(interactiveAccess).map(({ volume }) => ({ name: volume })),
                // A revision that is given up while a deployment is under way could not be rolled back to: ECS starts no
                // task of an inactive revision that it is not running already. Old revisions cost nothing.
                skipDestroy: true,
                tags: this.tags(this.componentName),
            },
            this.child(),
        );
    }
}
