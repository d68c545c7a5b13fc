import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { finds, leavesOpen, type Example } from "../expectation";

/** A public network in two zones, a small MySQL, a load balancer without TLS, three tasks with the password in the clear. */
function program(): void {
    const vpc = new aws.ec2.Vpc("wp-vpc", { cidrBlock: "10.100.0.0/16", enableDnsHostnames: true });
    const gateway = new aws.ec2.InternetGateway("wp-igw", { vpcId: vpc.id });
    const table = new aws.ec2.RouteTable("wp-rt", {
        vpcId: vpc.id,
        routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }],
    });
    const zones = aws.getAvailabilityZonesOutput({ state: "available" }).names;
    const subnets = [0, 1].map((index) => {
        const subnet = new aws.ec2.Subnet(`wp-subnet-${index}`, {
            vpcId: vpc.id,
            cidrBlock: `10.100.${index}.0/24`,
            availabilityZone: zones.apply((names) => names[index] ?? ""),
            mapPublicIpOnLaunch: true,
        });
        new aws.ec2.RouteTableAssociation(`wp-rta-${index}`, { subnetId: subnet.id, routeTableId: table.id });
        return subnet;
    });
    const subnetIds = subnets.map(({ id }) => id);
    const open = (port: number): aws.types.input.ec2.SecurityGroupIngress => ({
        protocol: "tcp",
        fromPort: port,
        toPort: port,
        cidrBlocks: ["0.0.0.0/0"],
    });
    const egress = [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }];
    const webGroup = new aws.ec2.SecurityGroup("wp-fe-sg", { vpcId: vpc.id, ingress: [open(80)], egress });
    const dataGroup = new aws.ec2.SecurityGroup("wp-rds-sg", { vpcId: vpc.id, ingress: [open(3306)], egress });

    const password = new random.RandomPassword("db_password", { length: 16, overrideSpecial: "_%@" });
    const database = new aws.rds.Instance("wp-db", {
        dbName: "wordpress",
        engine: "mysql",
        instanceClass: "db.t3.micro",
        allocatedStorage: 20,
        username: "admin",
        password: password.result,
        dbSubnetGroupName: new aws.rds.SubnetGroup("wp-sng", { subnetIds }).id,
        vpcSecurityGroupIds: [dataGroup.id],
        skipFinalSnapshot: true,
        publiclyAccessible: false,
    });

    const cluster = new aws.ecs.Cluster("wp-cluster", {});
    const balancer = new aws.lb.LoadBalancer("wp-alb", { securityGroups: [webGroup.id], subnets: subnetIds });
    const targets = new aws.lb.TargetGroup("wp-tg", {
        port: 80,
        protocol: "HTTP",
        targetType: "ip",
        vpcId: vpc.id,
        healthCheck: { healthyThreshold: 2, interval: 5, timeout: 4, protocol: "HTTP", matcher: "200-399" },
    });
    const listener = new aws.lb.Listener("wp-listener", {
        loadBalancerArn: balancer.arn,
        port: 80,
        defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
    });
    const role = new aws.iam.Role("wp-task-role", {
        assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ecs-tasks.amazonaws.com" }),
    });
    new aws.iam.RolePolicyAttachment("wp-task-policy", {
        role: role.name,
        policyArn: "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    });
    const task = new aws.ecs.TaskDefinition("wp-task", {
        family: "fargate-task-definition",
        cpu: "256",
        memory: "512",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        executionRoleArn: role.arn,
        containerDefinitions: pulumi.jsonStringify([
            {
                name: "wordpress",
                image: "wordpress",
                portMappings: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }],
                environment: [
                    { name: "WORDPRESS_DB_HOST", value: pulumi.interpolate`${database.address}:3306` },
                    { name: "WORDPRESS_DB_NAME", value: "wordpress" },
                    { name: "WORDPRESS_DB_USER", value: "admin" },
                    { name: "WORDPRESS_DB_PASSWORD", value: password.result },
                ],
            },
        ]),
    });
    new aws.ecs.Service(
        "wp-service",
        {
            cluster: cluster.arn,
            desiredCount: 3,
            launchType: "FARGATE",
            taskDefinition: task.arn,
            networkConfiguration: { assignPublicIp: true, subnets: subnetIds, securityGroups: [webGroup.id] },
            loadBalancers: [{ targetGroupArn: targets.arn, containerName: "wordpress", containerPort: 80 }],
        },
        { dependsOn: [listener] },
    );
}

export const wordpressFargate: Example = {
    shape: "WordPress on Fargate with RDS (pulumi/examples)",
    program,
    expected: [
        finds("rds-multi-az", ["wp-db"], "one instance in one zone holds every post"),
        finds("rds-backup", ["wp-db"], "no retention is set, and the provider then keeps no backup"),
        finds("rds-deletion-protection", ["wp-db"], "a `destroy` takes the data along, without a final snapshot"),
        finds("rds-encrypted", ["wp-db"], "storage is in clear text unless asked for otherwise"),
        finds("rds-force-ssl", ["wp-db"], "MySQL takes connections without TLS, and no parameter group says otherwise"),
        finds("rds-managed-password", ["wp-db"], "the password is made in the program and lies in its state"),
        finds("lb-listener-tls", ["wp-listener"], "passwords of editors cross the internet over HTTP"),
        finds("lb-target-tls", ["wp-tg"], "and so they do inside of the network"),
        finds("lb-deletion-protection", ["wp-alb"], "one mistaken deployment deletes it"),
        finds("waf-attached", ["wp-alb"], "a public WordPress without a web ACL"),
        leavesOpen(
            "ecs-env-secrets",
            ["wp-task"],
            "the password inside makes the whole text of the containers unknown until the update",
            "found",
        ),
        leavesOpen(
            "plaintext-dsn",
            ["wp-task"],
            "the password inside makes the whole text of the containers unknown until the update",
            "kept",
        ),
        finds("ecs-circuit-breaker", ["wp-service"], "a broken image is started over and over"),
        finds("ecs-autoscaled", ["wp-service"], "three tasks whatever the load is"),
        finds("alarm-coverage", ["wp-alb", "wp-db", "wp-service"], "nothing tells anybody when it fails"),
    ],
};
