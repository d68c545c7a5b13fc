import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { finds, leavesOpen, type Example } from "../expectation";

/** Three brokers with a configuration of their own, and a consumer on Fargate that scales on its lag. */
function program(): void {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "192.168.0.0/22" });
    const subnets = ["a", "b", "c"].map(
        (zone, index) =>
            new aws.ec2.Subnet(`subnet-${zone}`, {
                vpcId: vpc.id,
                cidrBlock: `192.168.${index}.0/24`,
                availabilityZone: `eu-central-1${zone}`,
            }).id,
    );
    const group = new aws.ec2.SecurityGroup("kafka", {
        vpcId: vpc.id,
        ingress: [{ protocol: "tcp", fromPort: 9092, toPort: 9098, self: true }],
    });
    const key = new aws.kms.Key("kafka", { description: "Kafka at rest", enableKeyRotation: true });
    const configuration = new aws.msk.Configuration("kafka", {
        kafkaVersions: ["3.6.0"],
        name: "kafka",
        serverProperties: "auto.create.topics.enable = true\ndefault.replication.factor = 2\nmin.insync.replicas = 2\n",
    });
    const brokerLogs = new aws.cloudwatch.LogGroup("broker-logs", { retentionInDays: 14 });
    const kafka = new aws.msk.Cluster("kafka", {
        kafkaVersion: "3.6.0",
        numberOfBrokerNodes: 3,
        brokerNodeGroupInfo: {
            instanceType: "kafka.m5.large",
            clientSubnets: subnets,
            securityGroups: [group.id],
            storageInfo: { ebsStorageInfo: { volumeSize: 1000 } },
        },
        encryptionInfo: {
            encryptionAtRestKmsKeyArn: key.arn,
            encryptionInTransit: { clientBroker: "TLS_PLAINTEXT" },
        },
        configurationInfo: { arn: configuration.arn, revision: configuration.latestRevision },
        loggingInfo: { brokerLogs: { cloudwatchLogs: { enabled: true, logGroup: brokerLogs.name } } },
    });

    const cluster = new aws.ecs.Cluster("consumers", {});
    const role = new aws.iam.Role("consumer", {
        assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ecs-tasks.amazonaws.com" }),
    });
    const task = new aws.ecs.TaskDefinition("consumer", {
        family: "consumer",
        cpu: "512",
        memory: "1024",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        executionRoleArn: role.arn,
        taskRoleArn: role.arn,
        containerDefinitions: pulumi.jsonStringify([
            {
                name: "consumer",
                image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/consumer:1.4.2",
                environment: [{ name: "BOOTSTRAP_SERVERS", value: kafka.bootstrapBrokersTls }],
            },
        ]),
    });
    const service = new aws.ecs.Service("consumer", {
        cluster: cluster.arn,
        desiredCount: 2,
        launchType: "FARGATE",
        taskDefinition: task.arn,
        networkConfiguration: { subnets, securityGroups: [group.id] },
        deploymentCircuitBreaker: { enable: true, rollback: true },
    });
    const target = new aws.appautoscaling.Target("consumer", {
        serviceNamespace: "ecs",
        scalableDimension: "ecs:service:DesiredCount",
        resourceId: pulumi.interpolate`service/${cluster.name}/${service.name}`,
        minCapacity: 3,
        maxCapacity: 12,
    });
    const policy = new aws.appautoscaling.Policy("consumer-out", {
        serviceNamespace: target.serviceNamespace,
        scalableDimension: target.scalableDimension,
        resourceId: target.resourceId,
        policyType: "StepScaling",
        stepScalingPolicyConfiguration: {
            adjustmentType: "ChangeInCapacity",
            cooldown: 60,
            stepAdjustments: [{ metricIntervalLowerBound: "0", scalingAdjustment: 3 }],
        },
    });
    new aws.cloudwatch.MetricAlarm("consumer-lag", {
        namespace: "AWS/Kafka",
        metricName: "SumOffsetLag",
        dimensions: { "Cluster Name": kafka.clusterName, "Consumer Group": "consumer", Topic: "orders" },
        comparisonOperator: "GreaterThanThreshold",
        statistic: "Maximum",
        period: 60,
        evaluationPeriods: 3,
        threshold: 10_000,
        alarmActions: [policy.arn],
    });
}

export const kafkaConsumer: Example = {
    shape: "Amazon MSK with a consumer on Fargate",
    program,
    expected: [
        finds(
            "msk-replication",
            ["kafka"],
            "two copies of which both must be in sync: the loss of one broker stops writing",
        ),
        finds("msk-transit", ["kafka"], "clients may speak in clear text"),
        finds("alarm-coverage", ["consumer", "kafka"], "the only alarm adds tasks and tells nobody"),
        finds("log-group-kms", ["broker-logs"], "no key of its own"),
        leavesOpen(
            "ecs-env-secrets",
            ["consumer"],
            "one password or address inside makes the whole text of the containers unknown until the update",
            "kept",
        ),
        leavesOpen(
            "plaintext-dsn",
            ["consumer"],
            "one password or address inside makes the whole text of the containers unknown until the update",
            "kept",
        ),
    ],
};
