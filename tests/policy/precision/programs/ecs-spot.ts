import * as aws from "@pulumi/aws";
import { finds, leavesOpen, type Example } from "../expectation";

/** ECS on EC2 instances, all of them Spot, which a capacity provider scales; tasks share their hosts' network. */
function program(): void {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
    const subnetIds = ["a", "b", "c"].map(
        (zone, index) =>
            new aws.ec2.Subnet(`subnet-${zone}`, {
                vpcId: vpc.id,
                cidrBlock: `10.0.${index}.0/24`,
                availabilityZone: `eu-central-1${zone}`,
            }).id,
    );
    const template = new aws.ec2.LaunchTemplate("hosts", {
        imageId: "ami-0123456789abcdef0",
        blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { volumeSize: 30, volumeType: "gp3" } }],
        metadataOptions: { httpTokens: "required" },
    });
    const hosts = new aws.autoscaling.Group("hosts", {
        minSize: 1,
        maxSize: 9,
        vpcZoneIdentifiers: subnetIds,
        protectFromScaleIn: true,
        mixedInstancesPolicy: {
            instancesDistribution: {
                onDemandBaseCapacity: 0,
                onDemandPercentageAboveBaseCapacity: 0,
                spotAllocationStrategy: "price-capacity-optimized",
            },
            launchTemplate: {
                launchTemplateSpecification: { launchTemplateId: template.id, version: "$Latest" },
                overrides: [{ instanceType: "m6i.large" }, { instanceType: "m5.large" }],
            },
        },
        tags: [{ key: "AmazonECSManaged", value: "true", propagateAtLaunch: true }],
    });
    const provider = new aws.ecs.CapacityProvider("spot", {
        autoScalingGroupProvider: {
            autoScalingGroupArn: hosts.arn,
            managedScaling: { status: "ENABLED", targetCapacity: 80 },
            managedTerminationProtection: "ENABLED",
        },
    });
    const cluster = new aws.ecs.Cluster("cluster", {});
    new aws.ecs.ClusterCapacityProviders("cluster", {
        clusterName: cluster.name,
        capacityProviders: [provider.name],
        defaultCapacityProviderStrategies: [{ capacityProvider: provider.name, weight: 1 }],
    });
    const task = new aws.ecs.TaskDefinition("web", {
        family: "web",
        networkMode: "bridge",
        containerDefinitions: JSON.stringify([
            { name: "web", image: "nginx:1.27", memory: 256, portMappings: [{ containerPort: 80, hostPort: 0 }] },
        ]),
    });
    new aws.ecs.Service("web", {
        cluster: cluster.arn,
        desiredCount: 4,
        taskDefinition: task.arn,
        orderedPlacementStrategies: [
            { type: "spread", field: "attribute:ecs.availability-zone" },
            { type: "binpack", field: "memory" },
        ],
        deploymentCircuitBreaker: { enable: true, rollback: true },
    });
}

export const ecsSpot: Example = {
    shape: "ECS on Spot instances with a capacity provider",
    program,
    expected: [
        finds("ecs-spot-only", ["web"], "every instance may be taken back with two minutes' notice"),
        finds("ebs-encrypted", ["hosts"], "the hosts' volumes are in clear text unless asked for otherwise"),
        finds("ecs-autoscaled", ["web"], "the hosts scale, the tasks do not"),
        finds("alarm-coverage", ["web"], "nothing tells anybody when it fails"),
        leavesOpen("ecs-multi-az", ["web"], "three zones for the hosts, but one host may be enough for all tasks"),
        leavesOpen("az-loss-capacity", ["web"], "three zones for the hosts, but one host may be enough for all tasks"),
    ],
};
