import * as aws from "@pulumi/aws";
import { finds, type Example } from "../expectation";

/** A social server: Aurora with one instance, a Redis without a replica, media in a bucket, a repository for its image. */
function program(): void {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
    const subnets = ["a", "b"].map(
        (zone, index) =>
            new aws.ec2.Subnet(`private-${zone}`, {
                vpcId: vpc.id,
                cidrBlock: `10.0.${index}.0/24`,
                availabilityZone: `eu-central-1${zone}`,
            }).id,
    );
    const group = new aws.ec2.SecurityGroup("data", { vpcId: vpc.id });
    const cluster = new aws.rds.Cluster("database", {
        engine: "aurora-postgresql",
        engineVersion: "17.4",
        masterUsername: "mastodon",
        manageMasterUserPassword: true,
        storageEncrypted: true,
        backupRetentionPeriod: 30,
        dbSubnetGroupName: new aws.rds.SubnetGroup("database", { subnetIds: subnets }).name,
        vpcSecurityGroupIds: [group.id],
        serverlessv2ScalingConfiguration: { minCapacity: 0.5, maxCapacity: 8 },
        skipFinalSnapshot: true,
    });
    new aws.rds.ClusterInstance("database", {
        clusterIdentifier: cluster.id,
        engine: "aurora-postgresql",
        instanceClass: "db.serverless",
    });
    new aws.elasticache.ReplicationGroup("cache", {
        description: "Timelines and jobs",
        engine: "redis",
        engineVersion: "7.1",
        nodeType: "cache.t4g.micro",
        numCacheClusters: 1,
        subnetGroupName: new aws.elasticache.SubnetGroup("cache", { subnetIds: subnets }).name,
        securityGroupIds: [group.id],
    });
    const endpoint = (service: string): void => {
        new aws.ec2.VpcEndpoint(service, {
            vpcId: vpc.id,
            serviceName: `com.amazonaws.eu-central-1.${service}`,
            vpcEndpointType: "Interface",
            subnetIds: subnets.slice(0, 1),
            securityGroupIds: [group.id],
        });
    };
    endpoint("secretsmanager");
    new aws.ecr.Repository("image", { imageTagMutability: "IMMUTABLE" });
    const secret = new aws.secretsmanager.Secret("keys", {});
    new aws.secretsmanager.SecretVersion("keys", { secretId: secret.id, secretString: "{}" });
}

export const mastodon: Example = {
    shape: "The data of a Mastodon server on AWS",
    program,
    expected: [
        finds("aurora-two-instances", ["database"], "one instance, whatever the storage survives"),
        finds("rds-deletion-protection", ["database"], "one mistaken deployment deletes it"),
        finds("rds-cmk", ["database"], "encrypted with the key of AWS"),
        finds("elasticache-multi-az", ["cache"], "one node in a group made for several"),
        finds("elasticache-at-rest", ["cache"], "off for Redis unless asked for"),
        finds("elasticache-transit", ["cache"], "off for Redis unless asked for"),
        finds("elasticache-backup", ["cache"], "the queue of jobs cannot be brought back"),
        finds("endpoint-multi-az", ["secretsmanager"], "one zone for the endpoint of two"),
        finds("ecr-kms", ["image"], "no key of its own"),
        finds("secret-cmk", ["keys"], "no key of its own"),
        finds("secret-rotation", ["keys"], "no rotation"),
        finds("alarm-coverage", ["cache", "database"], "nothing tells anybody when it fails"),
    ],
};
