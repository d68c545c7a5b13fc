import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Example } from "../expectation";

/** A cluster of two nodes in two zones, and the guestbook: one leader, two replicas, three frontends. */
function program(): void {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
    const subnetIds = ["a", "b"].map(
        (zone, index) =>
            new aws.ec2.Subnet(`subnet-${zone}`, {
                vpcId: vpc.id,
                cidrBlock: `10.0.${index}.0/24`,
                availabilityZone: `eu-central-1${zone}`,
                mapPublicIpOnLaunch: true,
            }).id,
    );
    const role = (name: string, service: string): aws.iam.Role =>
        new aws.iam.Role(name, { assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: service }) });
    const cluster = new aws.eks.Cluster("guestbook", {
        roleArn: role("cluster-role", "eks.amazonaws.com").arn,
        vpcConfig: { subnetIds, endpointPublicAccess: true },
    });
    new aws.eks.NodeGroup("nodes", {
        clusterName: cluster.name,
        nodeRoleArn: role("node-role", "ec2.amazonaws.com").arn,
        subnetIds,
        instanceTypes: ["t3.medium"],
        scalingConfig: { desiredSize: 2, minSize: 1, maxSize: 3 },
    });
    const kubeconfig = pulumi
        .all([cluster.endpoint, cluster.certificateAuthority.data, cluster.name])
        .apply(([server, authority, name]) =>
            JSON.stringify({ clusters: [{ name, cluster: { server, "certificate-authority-data": authority } }] }),
        );
    const provider = new k8s.Provider("provider", { kubeconfig });

    const tier = (name: string, image: string, port: number, replicas: number, type?: string): void => {
        const labels = { app: "guestbook", tier: name };
        new k8s.apps.v1.Deployment(
            name,
            {
                spec: {
                    replicas,
                    selector: { matchLabels: labels },
                    template: {
                        metadata: { labels },
                        spec: {
                            containers: [
                                {
                                    name,
                                    image,
                                    resources: { requests: { cpu: "100m", memory: "100Mi" } },
                                    env: [{ name: "GET_HOSTS_FROM", value: "dns" }],
                                    ports: [{ containerPort: port }],
                                },
                            ],
                        },
                    },
                },
            },
            { provider },
        );
        new k8s.core.v1.Service(
            `${name}-service`,
            {
                metadata: { name, labels },
                spec: {
                    ports: [{ port, targetPort: port }],
                    selector: labels,
                    ...(type === undefined ? {} : { type }),
                },
            },
            { provider },
        );
    };
    tier("redis-leader", "registry.k8s.io/redis:e2e", 6379, 1);
    tier("redis-replica", "us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower:v2", 6379, 2);
    tier("frontend", "us-docker.pkg.dev/google-samples/containers/gke/gb-frontend:v5", 80, 3, "LoadBalancer");
}

export const eksGuestbook: Example = { shape: "The Kubernetes guestbook on EKS", program, expected: [] };
