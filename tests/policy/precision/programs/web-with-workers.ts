import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Example } from "../expectation";

const ACCOUNT = "123456789012";
const REGION = "eu-central-1";
const CERTIFICATE = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555`;

const document = (...statements: readonly object[]): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: statements });
const denyPlaintext = (action: string, ...resources: readonly string[]): object => ({
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: action,
    Resource: resources,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
});

function createKey(name: string, ...services: readonly string[]): aws.kms.Key {
    return new aws.kms.Key(name, {
        description: name,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: document(
            {
                Sid: "Administration",
                Effect: "Allow",
                Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
                Action: "kms:*",
                Resource: "*",
            },
            ...services.map((service) => ({
                Sid: service.split(".")[0],
                Effect: "Allow",
                Principal: { Service: service },
                Action: ["kms:Decrypt", "kms:GenerateDataKey*", "kms:Encrypt", "kms:ReEncrypt*", "kms:DescribeKey"],
                Resource: "*",
                Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
            })),
        ),
    });
}

interface Network {
    readonly vpcId: pulumi.Input<string>;
    readonly publicIds: readonly pulumi.Output<string>[];
    readonly privateIds: readonly pulumi.Output<string>[];
}

function createNetwork(): Network {
    const vpc = new aws.ec2.Vpc("main", { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true });
    const gateway = new aws.ec2.InternetGateway("main", { vpcId: vpc.id });
    const outward = new aws.ec2.RouteTable("public", {
        vpcId: vpc.id,
        routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }],
    });
    const pairs = ["a", "b", "c"].map((letter, index) => {
        const availabilityZone = `${REGION}${letter}`;
        const outer = new aws.ec2.Subnet(`public-${letter}`, {
            vpcId: vpc.id,
            availabilityZone,
            cidrBlock: `10.0.${index}.0/24`,
        });
        new aws.ec2.RouteTableAssociation(`public-${letter}`, { subnetId: outer.id, routeTableId: outward.id });
        const nat = new aws.ec2.NatGateway(`nat-${letter}`, {
            subnetId: outer.id,
            allocationId: new aws.ec2.Eip(`nat-${letter}`, { domain: "vpc" }).id,
        });
        const inner = new aws.ec2.Subnet(`private-${letter}`, {
            vpcId: vpc.id,
            availabilityZone,
            cidrBlock: `10.0.${100 + index}.0/24`,
        });
        const table = new aws.ec2.RouteTable(`private-${letter}`, {
            vpcId: vpc.id,
            routes: [{ cidrBlock: "0.0.0.0/0", natGatewayId: nat.id }],
        });
        new aws.ec2.RouteTableAssociation(`private-${letter}`, { subnetId: inner.id, routeTableId: table.id });
        return { outer, inner };
    });
    return {
        vpcId: vpc.id,
        publicIds: pairs.map(({ outer }) => outer.id),
        privateIds: pairs.map(({ inner }) => inner.id),
    };
}

/** One alarm on a metric, to the topic. */
type Alarm = (
    name: string,
    namespace: string,
    metricName: string,
    dimensions: Record<string, pulumi.Input<string>>,
) => void;

/** A topic under its own key, with TLS only, that two receivers listen to. */
function createAlarms(key: aws.kms.Key): Alarm {
    const arn = `arn:aws:sns:${REGION}:${ACCOUNT}:alerts`;
    const alerts = new aws.sns.Topic("alerts", { name: "alerts", kmsMasterKeyId: key.arn });
    new aws.sns.TopicPolicy("alerts", {
        arn: alerts.arn,
        policy: document(
            {
                Effect: "Allow",
                Principal: { Service: "cloudwatch.amazonaws.com" },
                Action: "sns:Publish",
                Resource: arn,
            },
            denyPlaintext("sns:Publish", arn),
        ),
    });
    const unheard = new aws.sqs.Queue("unheard-alerts", {
        name: "unheard-alerts",
        kmsMasterKeyId: key.arn,
        messageRetentionSeconds: 1_209_600,
    });
    tlsOnlyQueue("unheard-alerts", unheard);
    new aws.sns.TopicSubscription("on-call", {
        topic: alerts.arn,
        protocol: "email",
        endpoint: "on-call@example.com",
        redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: unheard.arn }),
    });
    const alarm: Alarm = (name, namespace, metricName, dimensions) => {
        new aws.cloudwatch.MetricAlarm(name, {
            namespace,
            metricName,
            dimensions,
            statistic: "Maximum",
            period: 60,
            evaluationPeriods: 3,
            comparisonOperator: "GreaterThanThreshold",
            threshold: 0,
            alarmActions: [alerts.arn],
            okActions: [alerts.arn],
        });
    };
    alarm("unheard", "AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName: unheard.name });
    return alarm;
}

function tlsOnlyQueue(name: string, queue: aws.sqs.Queue): void {
    new aws.sqs.QueuePolicy(name, {
        queueUrl: queue.id,
        policy: document(denyPlaintext("sqs:*", `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`)),
    });
}

function createDatabase({ privateIds }: Network, group: aws.ec2.SecurityGroup, key: aws.kms.Key, alarm: Alarm): void {
    const database = new aws.rds.Instance("orders", {
        engine: "postgres",
        engineVersion: "17",
        instanceClass: "db.r7g.large",
        allocatedStorage: 200,
        multiAz: true,
        storageEncrypted: true,
        kmsKeyId: key.arn,
        username: "orders",
        manageMasterUserPassword: true,
        masterUserSecretKmsKeyId: key.arn,
        performanceInsightsEnabled: true,
        performanceInsightsKmsKeyId: key.arn,
        backupRetentionPeriod: 14,
        deletionProtection: true,
        finalSnapshotIdentifier: "orders-final",
        dbSubnetGroupName: new aws.rds.SubnetGroup("orders", { subnetIds: [...privateIds] }).name,
        parameterGroupName: new aws.rds.ParameterGroup("orders", {
            family: "postgres17",
            parameters: [{ name: "rds.force_ssl", value: "1" }],
        }).name,
        vpcSecurityGroupIds: [group.id],
    });
    alarm("orders-storage", "AWS/RDS", "FreeStorageSpace", { DBInstanceIdentifier: database.identifier });
}

function createCache({ privateIds }: Network, group: aws.ec2.SecurityGroup, key: aws.kms.Key, alarm: Alarm): void {
    const cache = new aws.elasticache.ReplicationGroup("sessions", {
        replicationGroupId: "sessions",
        description: "Sessions",
        engine: "valkey",
        engineVersion: "8.0",
        nodeType: "cache.r7g.large",
        numNodeGroups: 1,
        replicasPerNodeGroup: 1,
        automaticFailoverEnabled: true,
        multiAzEnabled: true,
        atRestEncryptionEnabled: true,
        kmsKeyId: key.arn,
        transitEncryptionEnabled: true,
        transitEncryptionMode: "required",
        userGroupIds: ["sessions-users"],
        snapshotRetentionLimit: 3,
        subnetGroupName: new aws.elasticache.SubnetGroup("sessions", { subnetIds: [...privateIds] }).name,
        securityGroupIds: [group.id],
    });
    alarm("sessions-memory", "AWS/ElastiCache", "DatabaseMemoryUsagePercentage", {
        CacheClusterId: pulumi.interpolate`${cache.id}-0001-001`,
    });
}

function createQueues(key: aws.kms.Key, alarm: Alarm): void {
    const dead = new aws.sqs.Queue("jobs-dead", {
        name: "jobs-dead",
        kmsMasterKeyId: key.arn,
        messageRetentionSeconds: 1_209_600,
    });
    const jobs = new aws.sqs.Queue("jobs", {
        name: "jobs",
        kmsMasterKeyId: key.arn,
        messageRetentionSeconds: 345_600,
        redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 5 }),
    });
    tlsOnlyQueue("jobs", jobs);
    tlsOnlyQueue("jobs-dead", dead);
    alarm("jobs-dead-letters", "AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName: dead.name });
}

function createService(
    { vpcId, publicIds, privateIds }: Network,
    group: aws.ec2.SecurityGroup,
    key: aws.kms.Key,
    alarm: Alarm,
): void {
    const balancer = new aws.lb.LoadBalancer("web", {
        loadBalancerType: "application",
        subnets: [...publicIds],
        securityGroups: [group.id],
        enableDeletionProtection: true,
        dropInvalidHeaderFields: true,
    });
    const acl = new aws.wafv2.WebAcl("web", {
        scope: "REGIONAL",
        defaultAction: { allow: {} },
        visibilityConfig: { cloudwatchMetricsEnabled: true, metricName: "web", sampledRequestsEnabled: true },
    });
    new aws.wafv2.WebAclAssociation("web", { resourceArn: balancer.arn, webAclArn: acl.arn });
    const targets = new aws.lb.TargetGroup("web", {
        port: 8443,
        protocol: "HTTPS",
        targetType: "ip",
        vpcId,
        healthCheck: { path: "/readyz", protocol: "HTTPS", matcher: "200" },
    });
    const https = new aws.lb.Listener("https", {
        loadBalancerArn: balancer.arn,
        port: 443,
        protocol: "HTTPS",
        sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
        certificateArn: CERTIFICATE,
        defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
    });
    new aws.lb.Listener("http", {
        loadBalancerArn: balancer.arn,
        port: 80,
        protocol: "HTTP",
        defaultActions: [{ type: "redirect", redirect: { port: "443", protocol: "HTTPS", statusCode: "HTTP_301" } }],
    });
    alarm("web-errors", "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", { LoadBalancer: balancer.arnSuffix });

    const role = new aws.iam.Role("web-execution", {
        assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ecs-tasks.amazonaws.com" }),
    });
    new aws.cloudwatch.LogGroup("web", { name: "/web", retentionInDays: 30, kmsKeyId: key.arn });
    const task = new aws.ecs.TaskDefinition("web", {
        family: "web",
        cpu: "512",
        memory: "1024",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        executionRoleArn: role.arn,
        containerDefinitions: JSON.stringify([
            {
                name: "web",
                image: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/web:1.0.0`,
                portMappings: [{ containerPort: 8443 }],
                environment: [{ name: "LOG_LEVEL", value: "info" }],
                secrets: [
                    { name: "SESSION_KEY", valueFrom: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/web/session-key` },
                ],
                logConfiguration: {
                    logDriver: "awslogs",
                    options: { "awslogs-group": "/web", "awslogs-region": REGION, "awslogs-stream-prefix": "web" },
                },
            },
        ]),
    });
    const cluster = new aws.ecs.Cluster("main", {});
    const service = new aws.ecs.Service(
        "web",
        {
            cluster: cluster.arn,
            desiredCount: 3,
            launchType: "FARGATE",
            taskDefinition: task.arn,
            deploymentMinimumHealthyPercent: 100,
            deploymentMaximumPercent: 200,
            deploymentCircuitBreaker: { enable: true, rollback: true },
            networkConfiguration: { subnets: [...privateIds], securityGroups: [group.id] },
            loadBalancers: [{ targetGroupArn: targets.arn, containerName: "web", containerPort: 8443 }],
        },
        { dependsOn: [https], ignoreChanges: ["desiredCount"] },
    );
    const target = new aws.appautoscaling.Target("web", {
        serviceNamespace: "ecs",
        scalableDimension: "ecs:service:DesiredCount",
        resourceId: pulumi.interpolate`service/${cluster.name}/${service.name}`,
        minCapacity: 3,
        maxCapacity: 12,
    });
    new aws.appautoscaling.Policy("web", {
        serviceNamespace: target.serviceNamespace,
        scalableDimension: target.scalableDimension,
        resourceId: target.resourceId,
        policyType: "TargetTrackingScaling",
        targetTrackingScalingPolicyConfiguration: {
            targetValue: 60,
            predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
        },
    });
    alarm("web-cpu", "AWS/ECS", "CPUUtilization", { ClusterName: cluster.name, ServiceName: service.name });
}

/** Two buckets in two regions that hold the same. */
function createBuckets(key: aws.kms.Key): void {
    const secured = (name: string): { bucket: aws.s3.Bucket; versioning: aws.s3.BucketVersioning } => {
        const bucket = new aws.s3.Bucket(name, { bucket: `example-${name}` });
        const versioning = new aws.s3.BucketVersioning(name, {
            bucket: bucket.id,
            versioningConfiguration: { status: "Enabled" },
        });
        new aws.s3.BucketServerSideEncryptionConfiguration(name, {
            bucket: bucket.id,
            rules: [
                {
                    applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
                    bucketKeyEnabled: true,
                },
            ],
        });
        new aws.s3.BucketPolicy(name, {
            bucket: bucket.id,
            policy: document(denyPlaintext("s3:*", `arn:aws:s3:::example-${name}`, `arn:aws:s3:::example-${name}/*`)),
        });
        return { bucket, versioning };
    };
    const assets = secured("assets");
    const copies = secured("asset-copies");
    new aws.s3.BucketReplicationConfig(
        "assets",
        {
            bucket: assets.bucket.id,
            role: `arn:aws:iam::${ACCOUNT}:role/replication`,
            rules: [
                {
                    status: "Enabled",
                    destination: {
                        bucket: copies.bucket.arn,
                        encryptionConfiguration: { replicaKmsKeyId: key.arn },
                    },
                    sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
                },
            ],
        },
        { dependsOn: [assets.versioning, copies.versioning] },
    );
}

/** Everything that the packs ask for, in the way that a careful team writes it: nothing is to be found. */
function program(): void {
    const data = createKey("data", "rds.amazonaws.com", `logs.${REGION}.amazonaws.com`);
    const messages = createKey("messages", "sns.amazonaws.com", "cloudwatch.amazonaws.com", "sqs.amazonaws.com");
    const network = createNetwork();
    const group = new aws.ec2.SecurityGroup("main", { vpcId: network.vpcId });
    const alarm = createAlarms(messages);
    createDatabase(network, group, data, alarm);
    createCache(network, group, data, alarm);
    createQueues(messages, alarm);
    createService(network, group, data, alarm);
    createBuckets(data);
}

export const webWithWorkers: Example = {
    shape: "A web service with a database, a cache and a queue, as the Well-Architected Framework asks for",
    program,
    expected: [],
};
