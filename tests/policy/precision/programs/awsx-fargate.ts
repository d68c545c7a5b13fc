import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { finds, type Example } from "../expectation";

/** What awsx makes of a VPC, a load balancer and a Fargate service with their defaults: three zones, a NAT gateway in each. */
function program(): void {
    const component = new pulumi.ComponentResource("awsx:ec2:Vpc", "vpc");
    const within = { parent: component };
    const vpc = new aws.ec2.Vpc(
        "vpc",
        { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true, enableDnsSupport: true },
        within,
    );
    const gateway = new aws.ec2.InternetGateway("vpc", { vpcId: vpc.id }, within);
    const zones = ["a", "b", "c"].map((zone) => `eu-central-1${zone}`);
    const privateSubnets: aws.ec2.Subnet[] = [];
    const publicSubnets: aws.ec2.Subnet[] = [];
    zones.forEach((zone, index) => {
        const subnet = (kind: string, block: string): { subnet: aws.ec2.Subnet; table: aws.ec2.RouteTable } => {
            const name = `vpc-${kind}-${index + 1}`;
            const made = new aws.ec2.Subnet(
                name,
                {
                    vpcId: vpc.id,
                    availabilityZone: zone,
                    cidrBlock: block,
                    mapPublicIpOnLaunch: kind === "public",
                },
                within,
            );
            const table = new aws.ec2.RouteTable(name, { vpcId: vpc.id }, within);
            new aws.ec2.RouteTableAssociation(name, { subnetId: made.id, routeTableId: table.id }, within);
            return { subnet: made, table };
        };
        const outer = subnet("public", `10.0.${index * 16}.0/20`);
        const inner = subnet("private", `10.0.${128 + index * 16}.0/20`);
        new aws.ec2.Route(
            `vpc-public-${index + 1}`,
            { routeTableId: outer.table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
            within,
        );
        const address = new aws.ec2.Eip(`vpc-${index + 1}`, { domain: "vpc" }, within);
        const nat = new aws.ec2.NatGateway(
            `vpc-${index + 1}`,
            { subnetId: outer.subnet.id, allocationId: address.allocationId },
            within,
        );
        new aws.ec2.Route(
            `vpc-private-${index + 1}`,
            { routeTableId: inner.table.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat.id },
            within,
        );
        publicSubnets.push(outer.subnet);
        privateSubnets.push(inner.subnet);
    });

    const group = new aws.ec2.SecurityGroup("lb", {
        vpcId: vpc.id,
        ingress: [{ protocol: "tcp", fromPort: 80, toPort: 80, cidrBlocks: ["0.0.0.0/0"] }],
        egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
    });
    const balancer = new aws.lb.LoadBalancer("lb", {
        loadBalancerType: "application",
        subnets: publicSubnets.map(({ id }) => id),
        securityGroups: [group.id],
    });
    const targets = new aws.lb.TargetGroup("lb", { port: 80, protocol: "HTTP", targetType: "ip", vpcId: vpc.id });
    new aws.lb.Listener("lb-0", {
        loadBalancerArn: balancer.arn,
        port: 80,
        protocol: "HTTP",
        defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
    });
    const logs = new aws.cloudwatch.LogGroup("service", { retentionInDays: 7 });
    const role = (name: string): aws.iam.Role =>
        new aws.iam.Role(name, {
            assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ecs-tasks.amazonaws.com" }),
        });
    const task = new aws.ecs.TaskDefinition("service", {
        family: "service-4b2f2d5c",
        cpu: "256",
        memory: "512",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        executionRoleArn: role("service-execution").arn,
        taskRoleArn: role("service-task").arn,
        containerDefinitions: pulumi.jsonStringify([
            {
                name: "app",
                image: "nginx:latest",
                essential: true,
                portMappings: [{ containerPort: 80, hostPort: 80, targetGroup: undefined }],
                logConfiguration: {
                    logDriver: "awslogs",
                    options: {
                        "awslogs-group": logs.name,
                        "awslogs-region": "eu-central-1",
                        "awslogs-stream-prefix": "app",
                    },
                },
            },
        ]),
    });
    new aws.ecs.Service("service", {
        cluster: new aws.ecs.Cluster("cluster", {}).arn,
        desiredCount: 2,
        launchType: "FARGATE",
        taskDefinition: task.arn,
        networkConfiguration: {
            subnets: privateSubnets.map(({ id }) => id),
            securityGroups: [group.id],
            assignPublicIp: false,
        },
        loadBalancers: [{ containerName: "app", containerPort: 80, targetGroupArn: targets.arn }],
    });
}

export const awsxFargate: Example = {
    shape: "An awsx VPC, load balancer and Fargate service",
    program,
    expected: [
        finds("lb-listener-tls", ["lb-0"], "HTTP, as is awsx' default"),
        finds("lb-target-tls", ["lb"], "HTTP to the tasks"),
        finds("lb-health-check", ["lb"], "no path of the service's own"),
        finds("lb-deletion-protection", ["lb"], "one mistaken deployment deletes it"),
        finds("waf-attached", ["lb"], "public, without a web ACL"),
        finds("ecs-circuit-breaker", ["service"], "a broken image is started over and over"),
        finds("ecs-autoscaled", ["service"], "two tasks whatever the load is"),
        finds("log-group-kms", ["service"], "no key of its own"),
        finds("alarm-coverage", ["lb", "service"], "nothing tells anybody when it fails"),
    ],
};
