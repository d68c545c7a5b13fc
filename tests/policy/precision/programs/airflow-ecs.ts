import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Example } from "../expectation";

/** Airflow with Celery in the account's default network: PostgreSQL, Redis, shared DAGs on EFS, four services. */
function program(): void {
    const vpc = aws.ec2.getVpcOutput({ default: true });
    const subnetIds = aws.ec2.getSubnetsOutput({ filters: [{ name: "vpc-id", values: [vpc.id] }] }).ids;
    const group = new aws.ec2.SecurityGroup("airflow", {
        vpcId: vpc.id,
        ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, self: true }],
        egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
    });
    const password = new pulumi.Config().getSecret("dbPassword") ?? pulumi.secret("not-a-password");

    const database = new aws.rds.Instance("postgresdb", {
        engine: "postgres",
        instanceClass: "db.t3.micro",
        allocatedStorage: 20,
        dbSubnetGroupName: new aws.rds.SubnetGroup("dbsubnets", { subnetIds }).id,
        vpcSecurityGroupIds: [group.id],
        dbName: "airflow",
        username: "airflow",
        password,
        skipFinalSnapshot: true,
    });
    const cache = new aws.elasticache.Cluster("cachecluster", {
        clusterId: "cache-dev",
        engine: "redis",
        nodeType: "cache.t3.micro",
        numCacheNodes: 1,
        subnetGroupName: new aws.elasticache.SubnetGroup("cachesubnets", { subnetIds }).id,
        securityGroupIds: [group.id],
    });
    const dags = new aws.efs.FileSystem("dags", { creationToken: "airflow-dags" });
    new aws.efs.MountTarget("dags-mount", {
        fileSystemId: dags.id,
        subnetId: subnetIds.apply((ids) => ids[0] ?? ""),
        securityGroups: [group.id],
    });

    const cluster = new aws.ecs.Cluster("airflow", {});
    const logs = new aws.cloudwatch.LogGroup("logs", { retentionInDays: 7 });
    const role = new aws.iam.Role("execution", {
        assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ecs-tasks.amazonaws.com" }),
    });
    const service = (name: string, command: string, desiredCount: number, port?: number): void => {
        const task = new aws.ecs.TaskDefinition(`${name}-task`, {
            family: name,
            cpu: "512",
            memory: "1024",
            networkMode: "awsvpc",
            requiresCompatibilities: ["FARGATE"],
            executionRoleArn: role.arn,
            volumes: [{ name: "dags", efsVolumeConfiguration: { fileSystemId: dags.id } }],
            containerDefinitions: pulumi.jsonStringify([
                {
                    name,
                    image: "apache/airflow:2.10.0",
                    command: [command],
                    mountPoints: [{ sourceVolume: "dags", containerPath: "/opt/airflow/dags" }],
                    environment: [
                        { name: "POSTGRES_HOST", value: database.address },
                        { name: "POSTGRES_PASSWORD", value: password },
                        { name: "REDIS_HOST", value: cache.cacheNodes.apply(([node]) => node?.address ?? "") },
                        { name: "EXECUTOR", value: "Celery" },
                    ],
                    portMappings: port === undefined ? [] : [{ containerPort: port }],
                    logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": logs.name } },
                },
            ]),
        });
        const network = { subnets: subnetIds, securityGroups: [group.id], assignPublicIp: true };
        const common = {
            cluster: cluster.arn,
            desiredCount,
            launchType: "FARGATE",
            taskDefinition: task.arn,
            networkConfiguration: network,
        };
        if (port === undefined) {
            new aws.ecs.Service(name, common);
            return;
        }
        const balancer = new aws.lb.LoadBalancer(`${name}-lb`, { loadBalancerType: "network", subnets: subnetIds });
        const targets = new aws.lb.TargetGroup(`${name}-tg`, {
            port,
            protocol: "TCP",
            targetType: "ip",
            vpcId: vpc.id,
        });
        const listener = new aws.lb.Listener(`${name}-listener`, {
            loadBalancerArn: balancer.arn,
            port,
            protocol: "TCP",
            defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
        });
        new aws.ecs.Service(
            name,
            { ...common, loadBalancers: [{ targetGroupArn: targets.arn, containerName: name, containerPort: port }] },
            { dependsOn: [listener] },
        );
    };
    service("webserver", "webserver", 1, 8080);
    service("scheduler", "scheduler", 1);
    service("flower", "celery flower", 1, 5555);
    service("worker", "celery worker", 3);
}

export const airflowEcs: Example = { shape: "Airflow on ECS with RDS, ElastiCache and EFS", program, expected: [] };
