import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { finds, type Example } from "../expectation";

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

export const eksGuestbook: Example = {
    shape: "The Kubernetes guestbook on EKS",
    program,
    expected: [
        finds("eks-nodes-ha", ["nodes"], "the group may shrink to one node"),
        finds(
            "az-loss-capacity",
            ["nodes", "redis-leader"],
            "one node, one pod: nothing is left of either when its zone is lost",
        ),
        finds("k8s-min-replicas", ["redis-leader"], "every write goes to one pod"),
        finds(
            "k8s-pdb-required",
            ["frontend", "redis-replica"],
            "several replicas, which a drain may evict all at once",
        ),
        finds(
            "k8s-zone-spread",
            ["frontend", "redis-replica"],
            "several replicas, which the scheduler may put on one node",
        ),
        finds(
            "k8s-probes",
            ["frontend", "redis-leader", "redis-replica"],
            "Services send to pods that have not started yet",
        ),
        finds("eks-secrets-kms", ["guestbook"], "no key of its own for the cluster's secrets"),
    ],
};
