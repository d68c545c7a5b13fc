import * as aws from "@pulumi/aws";
import { finds, type Example } from "../expectation";

/** The classic three tiers, as the well-known Terraform modules make them: one NAT gateway, an ASG, Aurora with a reader. */
function program(): void {
    const zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"];
    const vpc = new aws.ec2.Vpc("this", { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true });
    const gateway = new aws.ec2.InternetGateway("igw", { vpcId: vpc.id });
    const subnets = (kind: string, first: number): aws.ec2.Subnet[] =>
        zones.map(
            (availabilityZone, index) =>
                new aws.ec2.Subnet(`${kind}-${index}`, {
                    vpcId: vpc.id,
                    cidrBlock: `10.0.${first + index}.0/24`,
                    availabilityZone,
                    tags: { Name: `three-tier-${kind}-${availabilityZone}` },
                }),
        );
    const associate = (kind: string, list: readonly aws.ec2.Subnet[], table: aws.ec2.RouteTable): void => {
        list.forEach((subnet, index) => {
            new aws.ec2.RouteTableAssociation(`${kind}-${index}`, { subnetId: subnet.id, routeTableId: table.id });
        });
    };
    const outer = subnets("public", 101);
    const inner = subnets("private", 1);
    const data = subnets("database", 201);
    const publicTable = new aws.ec2.RouteTable("public", { vpcId: vpc.id });
    const privateTable = new aws.ec2.RouteTable("private", { vpcId: vpc.id });
    associate("public", outer, publicTable);
    associate("private", inner, privateTable);
    associate("database", data, privateTable);
    new aws.ec2.Route("public-internet", {
        routeTableId: publicTable.id,
        destinationCidrBlock: "0.0.0.0/0",
        gatewayId: gateway.id,
    });
    const nat = new aws.ec2.NatGateway("nat", {
        allocationId: new aws.ec2.Eip("nat", { domain: "vpc" }).id,
        subnetId: outer[0]?.id ?? "",
    });
    new aws.ec2.Route("private-nat", {
        routeTableId: privateTable.id,
        destinationCidrBlock: "0.0.0.0/0",
        natGatewayId: nat.id,
    });

    const group = (name: string, port: number): aws.ec2.SecurityGroup =>
        new aws.ec2.SecurityGroup(name, {
            vpcId: vpc.id,
            ingress: [{ protocol: "tcp", fromPort: port, toPort: port, cidrBlocks: ["10.0.0.0/16"] }],
            egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
        });
    const balancer = new aws.lb.LoadBalancer("alb", {
        loadBalancerType: "application",
        securityGroups: [group("alb-sg", 443).id],
        subnets: outer.map(({ id }) => id),
        enableDeletionProtection: true,
    });
    const targets = new aws.lb.TargetGroup("web", {
        port: 80,
        protocol: "HTTP",
        vpcId: vpc.id,
        targetType: "instance",
        healthCheck: { enabled: true, path: "/healthz", matcher: "200-399" },
    });
    new aws.lb.Listener("https", {
        loadBalancerArn: balancer.arn,
        port: 443,
        protocol: "HTTPS",
        sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
        certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
        defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
    });
    new aws.lb.Listener("http", {
        loadBalancerArn: balancer.arn,
        port: 80,
        protocol: "HTTP",
        defaultActions: [{ type: "redirect", redirect: { port: "443", protocol: "HTTPS", statusCode: "HTTP_301" } }],
    });
    const template = new aws.ec2.LaunchTemplate("web", {
        imageId: "ami-0123456789abcdef0",
        instanceType: "t3.small",
        vpcSecurityGroupIds: [group("web-sg", 80).id],
        metadataOptions: { httpTokens: "required" },
        blockDeviceMappings: [
            { deviceName: "/dev/xvda", ebs: { volumeSize: 20, encrypted: "true", volumeType: "gp3" } },
        ],
    });
    const instances = new aws.autoscaling.Group("web", {
        minSize: 2,
        maxSize: 6,
        desiredCapacity: 3,
        vpcZoneIdentifiers: inner.map(({ id }) => id),
        targetGroupArns: [targets.arn],
        launchTemplate: { id: template.id, version: "$Latest" },
        healthCheckType: "EC2",
    });
    new aws.autoscaling.Policy("web-cpu", {
        autoscalingGroupName: instances.name,
        policyType: "TargetTrackingScaling",
        targetTrackingConfiguration: {
            predefinedMetricSpecification: { predefinedMetricType: "ASGAverageCPUUtilization" },
            targetValue: 50,
        },
    });

    const cluster = new aws.rds.Cluster("aurora", {
        engine: "aurora-postgresql",
        engineVersion: "16.4",
        databaseName: "app",
        masterUsername: "app",
        manageMasterUserPassword: true,
        dbSubnetGroupName: new aws.rds.SubnetGroup("aurora", { subnetIds: data.map(({ id }) => id) }).name,
        vpcSecurityGroupIds: [group("aurora-sg", 5432).id],
        storageEncrypted: true,
        backupRetentionPeriod: 7,
        deletionProtection: true,
        finalSnapshotIdentifier: "app-final",
    });
    ["one", "two"].forEach((name, index) => {
        new aws.rds.ClusterInstance(name, {
            clusterIdentifier: cluster.id,
            // The stand-in for AWS would put both anywhere.
            availabilityZone: zones[index] ?? "",
            engine: "aurora-postgresql",
            instanceClass: "db.r6g.large",
        });
    });
    const alerts = new aws.sns.Topic("alerts", {});
    new aws.sns.TopicSubscription("mail", {
        topic: alerts.arn,
        protocol: "email",
        endpoint: "ops@example.com",
    });
    const alarm = (name: string, args: Partial<aws.cloudwatch.MetricAlarmArgs>): void => {
        new aws.cloudwatch.MetricAlarm(name, {
            comparisonOperator: "GreaterThanThreshold",
            evaluationPeriods: 2,
            period: 60,
            statistic: "Average",
            threshold: 80,
            alarmActions: [alerts.arn],
            ...args,
        });
    };
    alarm("alb-5xx", {
        namespace: "AWS/ApplicationELB",
        metricName: "HTTPCode_ELB_5XX_Count",
        dimensions: { LoadBalancer: balancer.arnSuffix },
    });
    alarm("aurora-cpu", {
        namespace: "AWS/RDS",
        metricName: "CPUUtilization",
        dimensions: { DBClusterIdentifier: cluster.clusterIdentifier },
    });
}

export const threeTier: Example = {
    shape: "Three tiers in the style of Terraform modules",
    program,
    expected: [
        finds("nat-per-az", ["nat"], "one NAT gateway for three zones, `single_nat_gateway` of the module"),
        finds("asg-elb-health", ["web"], "EC2 health checks keep an instance whose server hangs"),
        finds("lb-target-tls", ["web"], "HTTP behind the load balancer"),
        finds("waf-attached", ["alb"], "public, without a web ACL"),
        finds("rds-force-ssl", ["aurora"], "Aurora PostgreSQL 16 takes connections without TLS by default"),
        finds("rds-cmk", ["aurora"], "encrypted with the key of AWS"),
        finds("sns-kms", ["alerts"], "no key of its own"),
        finds("sns-tls-only", ["alerts"], "no topic policy"),
    ],
};
