import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { finds, type Example } from "../expectation";

/** One Jenkins controller on Fargate, its home on an encrypted EFS file system with a mount target in each zone. */
function program(): void {
    const vpc = new aws.ec2.Vpc("jenkins", { cidrBlock: "10.8.0.0/16" });
    const subnets = ["a", "b"].map(
        (zone, index) =>
            new aws.ec2.Subnet(`jenkins-${zone}`, {
                vpcId: vpc.id,
                cidrBlock: `10.8.${index}.0/24`,
                availabilityZone: `eu-central-1${zone}`,
            }),
    );
    const subnetIds = subnets.map(({ id }) => id);
    const group = (name: string, port: number): aws.ec2.SecurityGroup =>
        new aws.ec2.SecurityGroup(name, {
            vpcId: vpc.id,
            ingress: [{ protocol: "tcp", fromPort: port, toPort: port, cidrBlocks: ["10.8.0.0/16"] }],
        });
    const home = new aws.efs.FileSystem("home", { encrypted: true, tags: { Name: "jenkins-home" } });
    const files = group("jenkins-efs", 2049);
    subnets.forEach((subnet, index) => {
        new aws.efs.MountTarget(`home-${index}`, {
            fileSystemId: home.id,
            subnetId: subnet.id,
            securityGroups: [files.id],
        });
    });
    const access = new aws.efs.AccessPoint("home", {
        fileSystemId: home.id,
        posixUser: { uid: 1000, gid: 1000 },
        rootDirectory: { path: "/jenkins", creationInfo: { ownerUid: 1000, ownerGid: 1000, permissions: "755" } },
    });

    const balancer = new aws.lb.LoadBalancer("jenkins-alb", {
        internal: true,
        subnets: subnetIds,
        securityGroups: [group("jenkins-alb-sg", 443).id],
    });
    const targets = new aws.lb.TargetGroup("jenkins", {
        port: 8080,
        protocol: "HTTP",
        targetType: "ip",
        vpcId: vpc.id,
        deregistrationDelay: 10,
        healthCheck: { path: "/login", matcher: "200" },
    });
    const https = new aws.lb.Listener("jenkins-https", {
        loadBalancerArn: balancer.arn,
        port: 443,
        protocol: "HTTPS",
        certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
        sslPolicy: "ELBSecurityPolicy-2016-08",
        defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
    });
    new aws.lb.Listener("jenkins-http", {
        loadBalancerArn: balancer.arn,
        port: 80,
        protocol: "HTTP",
        defaultActions: [{ type: "redirect", redirect: { port: "443", protocol: "HTTPS", statusCode: "HTTP_301" } }],
    });
    const logs = new aws.cloudwatch.LogGroup("jenkins", { retentionInDays: 30 });
    const role = new aws.iam.Role("jenkins", {
        assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ecs-tasks.amazonaws.com" }),
    });
    const task = new aws.ecs.TaskDefinition("jenkins", {
        family: "jenkins",
        cpu: "1024",
        memory: "2048",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        executionRoleArn: role.arn,
        taskRoleArn: role.arn,
        volumes: [
            {
                name: "home",
                efsVolumeConfiguration: {
                    fileSystemId: home.id,
                    transitEncryption: "ENABLED",
                    authorizationConfig: { accessPointId: access.id, iam: "ENABLED" },
                },
            },
        ],
        containerDefinitions: pulumi.jsonStringify([
            {
                name: "jenkins",
                image: "jenkins/jenkins:lts",
                portMappings: [{ containerPort: 8080 }],
                mountPoints: [{ sourceVolume: "home", containerPath: "/var/jenkins_home" }],
                logConfiguration: {
                    logDriver: "awslogs",
                    options: { "awslogs-group": logs.name, "awslogs-region": "eu-central-1" },
                },
            },
        ]),
    });
    new aws.ecs.Service(
        "jenkins",
        {
            cluster: new aws.ecs.Cluster("jenkins", {}).arn,
            // Two controllers must never share one home.
            desiredCount: 1,
            deploymentMinimumHealthyPercent: 0,
            deploymentMaximumPercent: 100,
            launchType: "FARGATE",
            platformVersion: "1.4.0",
            taskDefinition: task.arn,
            healthCheckGracePeriodSeconds: 300,
            networkConfiguration: { subnets: subnetIds, securityGroups: [group("jenkins-web", 8080).id] },
            loadBalancers: [{ targetGroupArn: targets.arn, containerName: "jenkins", containerPort: 8080 }],
        },
        { dependsOn: [https] },
    );
}

export const jenkinsEfs: Example = {
    shape: "Jenkins on Fargate with EFS",
    program,
    expected: [
        finds(
            "ecs-min-tasks",
            ["jenkins"],
            "Jenkins has one controller by design: known, and worth an exemption with its reason",
        ),
        finds("az-loss-capacity", ["jenkins"], "nothing is left of the one task when its zone is lost"),
        finds("ecs-min-healthy", ["jenkins"], "each deployment is an outage"),
        finds("ecs-autoscaled", ["jenkins"], "no scaling target"),
        finds("ecs-circuit-breaker", ["jenkins"], "a broken image is started over and over"),
        finds("efs-backup", ["home"], "every job and its history without a backup"),
        finds("efs-tls-only", ["home"], "no file system policy"),
        finds("lb-tls-policy", ["jenkins-https"], "the policy of 2016 takes TLS 1.0"),
        finds("lb-target-tls", ["jenkins"], "HTTP behind the load balancer"),
        finds("lb-deletion-protection", ["jenkins-alb"], "one mistaken deployment deletes it"),
        finds("log-group-kms", ["jenkins"], "no key of its own"),
        finds("alarm-coverage", ["jenkins", "jenkins-alb"], "nothing tells anybody when it fails"),
    ],
};
