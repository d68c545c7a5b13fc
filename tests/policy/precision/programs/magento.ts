import * as aws from "@pulumi/aws";
import * as random from "@pulumi/random";
import { finds, leavesOpen, type Example } from "../expectation";

const AMI = "ami-0123456789abcdef0";

/** A shop on instances in one zone: MySQL with a replica beside it, media on a file system of one zone, two sites in DNS. */
function program(): void {
    const vpc = new aws.ec2.Vpc("shop", { cidrBlock: "10.0.0.0/16" });
    const subnet = (name: string, letter: string, block: number): aws.ec2.Subnet =>
        new aws.ec2.Subnet(name, {
            vpcId: vpc.id,
            cidrBlock: `10.0.${block}.0/24`,
            availabilityZone: `eu-central-1${letter}`,
        });
    const a = subnet("a", "a", 0);
    const b = subnet("b", "b", 1);
    const c = subnet("c", "c", 2);
    const group = new aws.ec2.SecurityGroup("shop", { vpcId: vpc.id });

    const password = new random.RandomPassword("password", { length: 20 });
    const writer = new aws.rds.Instance("writer", {
        engine: "mysql",
        engineVersion: "8.4",
        instanceClass: "db.m7g.large",
        allocatedStorage: 100,
        username: "shop",
        password: password.result,
        multiAz: false,
        availabilityZone: "eu-central-1a",
        storageEncrypted: true,
        performanceInsightsEnabled: true,
        backupRetentionPeriod: 3,
        deletionProtection: true,
        finalSnapshotIdentifier: "shop-final",
        dbSubnetGroupName: new aws.rds.SubnetGroup("shop", { subnetIds: [a.id] }).name,
        parameterGroupName: new aws.rds.ParameterGroup("shop", {
            family: "mysql8.4",
            parameters: [{ name: "require_secure_transport", value: "1" }],
        }).name,
        vpcSecurityGroupIds: [group.id],
    });
    new aws.rds.Instance("reader", {
        replicateSourceDb: writer.identifier,
        instanceClass: "db.m7g.large",
        availabilityZone: "eu-central-1a",
        skipFinalSnapshot: true,
    });

    const media = new aws.efs.FileSystem("media", { encrypted: true, availabilityZoneName: "eu-central-1a" });
    new aws.efs.MountTarget("media", { fileSystemId: media.id, subnetId: a.id });
    new aws.efs.BackupPolicy("media", { fileSystemId: media.id, backupPolicy: { status: "ENABLED" } });
    new aws.efs.FileSystemPolicy("media", {
        fileSystemId: media.id,
        policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
                {
                    Effect: "Deny",
                    Principal: { AWS: "*" },
                    Action: "*",
                    Resource: "*",
                    Condition: { Bool: { "aws:SecureTransport": "false" } },
                },
            ],
        }),
    });

    const balancer = new aws.lb.LoadBalancer("shop", {
        subnets: [b.id, c.id],
        securityGroups: [group.id],
        enableDeletionProtection: true,
    });
    const targets = new aws.lb.TargetGroup("shop", {
        port: 443,
        protocol: "HTTPS",
        vpcId: vpc.id,
        healthCheck: { path: "/health_check.php", protocol: "HTTPS" },
    });
    new aws.lb.Listener("https", {
        loadBalancerArn: balancer.arn,
        port: 443,
        protocol: "HTTPS",
        sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
        certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
        defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
    });
    const template = new aws.ec2.LaunchTemplate("web", { imageId: AMI, instanceType: "m7g.large" });
    new aws.autoscaling.Group("web", {
        minSize: 1,
        maxSize: 1,
        vpcZoneIdentifiers: [a.id],
        targetGroupArns: [targets.arn],
        healthCheckType: "ELB",
        launchTemplate: { id: template.id, version: "$Latest" },
    });

    const origin = (originId: string): aws.types.input.cloudfront.DistributionOrigin => ({
        originId,
        domainName: balancer.dnsName,
        customOriginConfig: {
            originProtocolPolicy: "https-only",
            httpPort: 80,
            httpsPort: 443,
            originSslProtocols: ["TLSv1.2"],
        },
    });
    const cdn = new aws.cloudfront.Distribution("cdn", {
        enabled: true,
        webAclId: "arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop/1",
        origins: [origin("first"), origin("second")],
        originGroups: [
            {
                originId: "both",
                failoverCriteria: { statusCodes: [502, 503] },
                members: [{ originId: "first" }, { originId: "second" }],
            },
        ],
        defaultCacheBehavior: {
            targetOriginId: "both",
            viewerProtocolPolicy: "allow-all",
            allowedMethods: ["GET", "HEAD"],
            cachedMethods: ["GET", "HEAD"],
            cachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
        },
        restrictions: { geoRestriction: { restrictionType: "none" } },
        viewerCertificate: {
            acmCertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
            sslSupportMethod: "sni-only",
            minimumProtocolVersion: "TLSv1.2_2021",
        },
    });
    for (const type of ["PRIMARY", "SECONDARY"]) {
        new aws.route53.Record(type.toLowerCase(), {
            zoneId: "Z0123456789ABCDEFGHIJ",
            name: "shop.example.com",
            type: "CNAME",
            ttl: 60,
            records: [type === "PRIMARY" ? cdn.domainName : "standby.example.com"],
            setIdentifier: type,
            failoverRoutingPolicies: [{ type }],
        });
    }
}

export const magento: Example = {
    shape: "A shop on instances, as Magento is often run",
    program,
    expected: [
        // Not rds-managed-password: RDS for MySQL refuses it for an instance that has replicas.
        finds("rds-multi-az", ["writer"], "one instance in one zone"),
        finds("rds-backup", ["writer"], "three days"),
        finds("rds-cmk", ["writer"], "encrypted with the key of AWS"),
        finds("rds-insights-cmk", ["writer"], "queries under the key of AWS"),
        finds("rds-replica-other-az", ["reader"], "the replica is in the zone of its source"),
        finds("db-subnet-group-azs", ["shop"], "one subnet"),
        finds("efs-regional", ["media"], "One Zone storage"),
        finds("asg-multi-az", ["web"], "one subnet"),
        finds("asg-min-two", ["web"], "one instance"),
        leavesOpen("ebs-encrypted", ["web"], "no block device is named, so the image decides"),
        finds("az-loss-capacity", ["web"], "nothing is left of it when its zone is lost"),
        finds("scaling-headroom", ["web"], "one instance at least, one at most"),
        finds("lb-target-az-match", ["shop"], "targets in eu-central-1a, the load balancer in b and c"),
        finds("waf-attached", ["shop"], "public, without a web ACL of its own"),
        finds("cloudfront-viewer-https", ["cdn"], "baskets and passwords over HTTP"),
        finds("cloudfront-failover-distinct", ["cdn"], "two origins, one load balancer"),
        finds("dns-failover-health", ["primary"], "nobody asks whether the primary is up"),
        finds("alarm-coverage", ["reader", "shop", "writer"], "nothing tells anybody when it fails"),
    ],
};
