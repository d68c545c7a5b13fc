import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { finds, leavesOpen, type Example } from "../expectation";

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

export const airflowEcs: Example = {
    shape: "Airflow on ECS with RDS, ElastiCache and EFS",
    program,
    expected: [
        finds("rds-multi-az", ["postgresdb"], "one instance in one zone holds all state of Airflow"),
        finds("rds-backup", ["postgresdb"], "no retention is set"),
        finds("rds-deletion-protection", ["postgresdb"], "one mistaken deployment deletes it"),
        finds("rds-encrypted", ["postgresdb"], "storage is in clear text unless asked for otherwise"),
        finds("rds-managed-password", ["postgresdb"], "the password comes from the configuration"),
        finds("elasticache-single-node", ["cachecluster"], "the queue of Celery on one node"),
        finds("elasticache-backup", ["cachecluster"], "what was queued cannot be brought back"),
        finds("elasticache-transit", ["cachecluster"], "tasks and their arguments in clear text"),
        finds("efs-encrypted", ["dags"], "files are in clear text unless asked for otherwise"),
        finds("efs-mount-per-az", ["dags"], "one mount target for tasks in any zone"),
        finds("efs-backup", ["dags"], "no backup policy"),
        finds("efs-tls-only", ["dags"], "no file system policy"),
        finds(
            "ecs-efs-transit",
            ["flower-task", "scheduler-task", "webserver-task", "worker-task"],
            "volumes without `transitEncryption`",
        ),
        finds("ecs-min-tasks", ["flower", "scheduler", "webserver"], "one task each"),
        finds("az-loss-capacity", ["flower", "scheduler", "webserver"], "and nothing left of it when its zone is lost"),
        leavesOpen(
            "az-loss-capacity",
            ["worker"],
            "the subnets of the default VPC are not of this stack, and nothing says in which zones they are",
        ),
        leavesOpen(
            "ecs-multi-az",
            ["flower", "scheduler", "webserver", "worker"],
            "the subnets of the default VPC are not of this stack, and nothing says in which zones they are",
        ),
        leavesOpen(
            "lb-multi-az",
            ["flower-lb", "webserver-lb"],
            "the subnets of the default VPC are not of this stack, and nothing says in which zones they are",
        ),
        leavesOpen(
            "db-subnet-group-azs",
            ["cachesubnets", "dbsubnets"],
            "the subnets of the default VPC are not of this stack, and nothing says in which zones they are",
        ),
        leavesOpen(
            "ecs-env-secrets",
            ["flower-task", "scheduler-task", "webserver-task", "worker-task"],
            "one password or address inside makes the whole text of the containers unknown until the update",
            "found",
        ),
        leavesOpen(
            "plaintext-dsn",
            ["flower-task", "scheduler-task", "webserver-task", "worker-task"],
            "one password or address inside makes the whole text of the containers unknown until the update",
            "kept",
        ),
        finds(
            "ecs-circuit-breaker",
            ["flower", "scheduler", "webserver", "worker"],
            "a broken image is started over and over",
        ),
        finds("ecs-autoscaled", ["flower", "scheduler", "webserver", "worker"], "no scaling target"),
        finds("lb-listener-tls", ["flower-listener", "webserver-listener"], "passwords of operators over plain TCP"),
        finds("lb-target-tls", ["flower-tg", "webserver-tg"], "and on to the tasks"),
        finds(
            "lb-cross-zone",
            ["flower-lb", "webserver-lb"],
            "off by default on a network load balancer, with one task behind three zones",
        ),
        finds("lb-deletion-protection", ["flower-lb", "webserver-lb"], "one mistaken deployment deletes it"),
        finds("lb-health-check", ["flower-tg", "webserver-tg"], "an open port is taken for a service that works"),
        finds("log-group-kms", ["logs"], "no key of its own"),
        finds(
            "alarm-coverage",
            ["cachecluster", "flower", "flower-lb", "postgresdb", "scheduler", "webserver", "webserver-lb", "worker"],
            "nothing tells anybody when it fails",
        ),
    ],
};
