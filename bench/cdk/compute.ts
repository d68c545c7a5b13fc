import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AdjustmentType } from "aws-cdk-lib/aws-applicationautoscaling";
import { Alarm, MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import { Port, SecurityGroup, SubnetType, Vpc } from "aws-cdk-lib/aws-ec2";
import {
    AlarmBehavior,
    Cluster,
    ContainerImage,
    ContainerInsights,
    CpuArchitecture,
    FargateService,
    FargateTaskDefinition,
    LogDrivers,
    OperatingSystemFamily,
    Protocol,
    ScalableTaskCount,
    Secret as ContainerSecret,
} from "aws-cdk-lib/aws-ecs";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { Balancer } from "./balancer";
import { Cache, Database, WorkQueue } from "./data";
import { EncryptionKeys } from "./keys";
import { Storage } from "./storage";

export interface ComputeProps {
    vpc: Vpc;
    keys: EncryptionKeys;
    database: Database;
    cache: Cache;
    jobs: WorkQueue;
    storage: Storage;
    balancer: Balancer;
    rollbackAlarms: Alarm[];
}

/** A cluster with two services of one image: web behind the load balancer, worker behind the queue. */
export class Compute extends Construct {
    readonly cluster: Cluster;
    readonly web: FargateService;
    readonly worker: FargateService;

    constructor(
        scope: Construct,
        id: string,
        private readonly props: ComputeProps,
    ) {
        super(scope, id);
        this.cluster = new Cluster(this, "cluster", {
            vpc: props.vpc,
            containerInsightsV2: ContainerInsights.ENHANCED,
            enableFargateCapacityProviders: true,
        });
        this.web = this.createWeb();
        this.worker = this.createWorker();
    }

    private createWeb(): FargateService {
        const { balancer, rollbackAlarms, jobs } = this.props;
        const task = this.createTask("web", 2048, 4096, ["web"], { PORT: "8443", TLS: "on" });
        task.defaultContainer?.addPortMappings({ containerPort: 8443, protocol: Protocol.TCP, name: "https" });
        jobs.queue.grantSendMessages(task.taskRole);
        const group = this.createSecurityGroup("web");
        const service = this.createService("web", task, group, 9, rollbackAlarms);
        service.attachToApplicationTargetGroup(balancer.target);
        balancer.balancer.connections.allowTo(group, Port.tcp(8443), "To the web service");
        const scaling = service.autoScaleTaskCount({ minCapacity: 9, maxCapacity: 30 });
        scaling.scaleOnCpuUtilization("cpu", { targetUtilizationPercent: 60 });
        scaling.scaleOnRequestCount("requests", { requestsPerTarget: 14_400, targetGroup: balancer.target });
        return service;
    }

    private createWorker(): FargateService {
        const { jobs } = this.props;
        const task = this.createTask("worker", 512, 1024, ["worker"], {});
        jobs.queue.grantConsumeMessages(task.taskRole);
        const service = this.createService("worker", task, this.createSecurityGroup("worker"), 3, []);
        const scaling = service.autoScaleTaskCount({ minCapacity: 3, maxCapacity: 160 });
        this.scaleOnBacklog(scaling, service);
        return service;
    }

    private scaleOnBacklog(scaling: ScalableTaskCount, service: FargateService): void {
        const { jobs } = this.props;
        const backlog = new MathExpression({
            expression: "visible / MAX([running, 1])",
            usingMetrics: {
                visible: jobs.queue.metricApproximateNumberOfMessagesVisible(),
                running: service.metric("RunningTaskCount"),
            },
            period: Duration.minutes(1),
        });
        scaling.scaleOnMetric("backlog", {
            metric: backlog,
            adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
            scalingSteps: [
                { upper: 10, change: -1 },
                { lower: 75, change: +2 },
                { lower: 300, change: +8 },
            ],
        });
    }

    private createTask(
        role: string,
        cpu: number,
        memoryLimitMiB: number,
        command: string[],
        environment: Record<string, string>,
    ) {
        const { keys, storage, database, cache, jobs } = this.props;
        const log = new LogGroup(this, `${role}-log`, {
            encryptionKey: keys.logs,
            retention: RetentionDays.THREE_MONTHS,
            removalPolicy: RemovalPolicy.RETAIN,
        });
        const task = new FargateTaskDefinition(this, `${role}-task`, {
            cpu,
            memoryLimitMiB,
            runtimePlatform: {
                cpuArchitecture: CpuArchitecture.ARM64,
                operatingSystemFamily: OperatingSystemFamily.LINUX,
            },
        });
        task.addVolume({ name: "tmp" });
        const container = task.addContainer(role, {
            image: ContainerImage.fromEcrRepository(storage.images, "0.1.0"),
            command,
            readonlyRootFilesystem: true,
            user: "1000",
            stopTimeout: Duration.seconds(60),
            logging: LogDrivers.awsLogs({ logGroup: log, streamPrefix: role }),
            healthCheck: {
                command: ["CMD", "/app/health"],
                interval: Duration.seconds(10),
                startPeriod: Duration.seconds(30),
            },
            environment: {
                ...environment,
                DATABASE_WRITER_HOST: database.primary.dbInstanceEndpointAddress,
                DATABASE_READER_HOSTS: database.replicas.map((replica) => replica.dbInstanceEndpointAddress).join(","),
                DATABASE_PORT: "5432",
                DATABASE_NAME: "headroom",
                DATABASE_USER: "app",
                DATABASE_AUTH: "iam",
                CACHE_ENDPOINT: cache.endpoint,
                CACHE_TLS: "on",
                CACHE_MODE: "cluster",
                CACHE_USER: "app",
                JOBS_QUEUE_URL: jobs.queue.queueUrl,
                ASSETS_BUCKET: storage.assets.bucketName,
            },
            secrets: { CACHE_PASSWORD: ContainerSecret.fromSecretsManager(cache.password) },
        });
        container.addMountPoints({ sourceVolume: "tmp", containerPath: "/tmp", readOnly: false });
        task.addToTaskRolePolicy(
            new PolicyStatement({
                actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                resources: [storage.assets.arnForObjects("uploads/*")],
            }),
        );
        task.addToTaskRolePolicy(
            new PolicyStatement({ actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [keys.objects.keyArn] }),
        );
        const instances = [database.primary, ...database.replicas];
        task.addToTaskRolePolicy(
            new PolicyStatement({
                actions: ["rds-db:connect"],
                resources: instances.map((instance) =>
                    Stack.of(this).formatArn({
                        service: "rds-db",
                        resource: `dbuser:${instance.instanceResourceId ?? "*"}`,
                        resourceName: "app",
                    }),
                ),
            }),
        );
        return task;
    }

    private createSecurityGroup(role: string): SecurityGroup {
        const { vpc, database, cache } = this.props;
        const group = new SecurityGroup(this, `${role}-access`, {
            vpc,
            description: `Tasks of ${role}`,
            allowAllOutbound: true,
        });
        database.allow(group);
        cache.securityGroup.addIngressRule(group, Port.tcp(6380), `From ${role}`);
        return group;
    }

    private createService(
        role: string,
        task: FargateTaskDefinition,
        group: SecurityGroup,
        desiredCount: number,
        alarms: Alarm[],
    ) {
        return new FargateService(this, role, {
            cluster: this.cluster,
            taskDefinition: task,
            desiredCount,
            minHealthyPercent: 100,
            maxHealthyPercent: 200,
            assignPublicIp: false,
            securityGroups: [group],
            vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
            circuitBreaker: { enable: true, rollback: true },
            deploymentAlarms:
                alarms.length > 0
                    ? { alarmNames: alarms.map((alarm) => alarm.alarmName), behavior: AlarmBehavior.ROLLBACK_ON_ALARM }
                    : undefined,
            capacityProviderStrategies: [{ capacityProvider: "FARGATE", base: 1, weight: 1 }],
            enableExecuteCommand: false,
        });
    }
}
