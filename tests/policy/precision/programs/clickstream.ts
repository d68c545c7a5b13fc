import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { finds, type Example } from "../expectation";

/** Clicks that go to two brokers, and to a queue whose dead letters nobody hears of and which are gone before they are read. */
function program(): void {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
    const subnets = [0, 1].map(
        (index) =>
            new aws.ec2.Subnet(`brokers-${index}`, {
                vpcId: vpc.id,
                cidrBlock: `10.0.${index}.0/24`,
                availabilityZone: "eu-central-1a",
            }).id,
    );
    new aws.msk.Cluster("clicks", {
        clusterName: "clicks",
        kafkaVersion: "3.8.x",
        numberOfBrokerNodes: 2,
        brokerNodeGroupInfo: {
            instanceType: "kafka.m7g.large",
            clientSubnets: subnets,
            securityGroups: [new aws.ec2.SecurityGroup("brokers", { vpcId: vpc.id }).id],
        },
        encryptionInfo: { encryptionInTransit: { clientBroker: "TLS", inCluster: true } },
    });
    const dead = new aws.sqs.Queue("dead", { sqsManagedSseEnabled: false, messageRetentionSeconds: 86_400 });
    new aws.sqs.Queue("clicks", {
        sqsManagedSseEnabled: true,
        messageRetentionSeconds: 345_600,
        redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 3 }),
    });
}

export const clickstream: Example = {
    shape: "Clicks over Kafka and a queue",
    program,
    expected: [
        finds("subnets-span-azs", ["vpc"], "every subnet is in one zone"),
        finds("msk-brokers", ["clicks"], "two brokers"),
        finds("msk-replication", ["clicks"], "two copies at most, and a loss of one stops writing"),
        finds("msk-cmk", ["clicks"], "encrypted with the key of AWS"),
        finds("alarm-coverage", ["clicks"], "nothing tells anybody when it fails"),
        finds("dlq-alarm", ["dead"], "nobody hears of dead letters"),
        finds("dlq-retention", ["dead"], "kept for a day, the source's messages for four"),
        finds("sqs-sse", ["dead"], "encryption is switched off"),
        finds("sqs-cmk", ["clicks"], "encrypted with the key of SQS only"),
        finds("sqs-tls-only", ["clicks", "dead"], "no queue policy"),
    ],
};
