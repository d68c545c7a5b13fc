import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import { finds, type Example } from "../expectation";

/** The sample game behind an Application Load Balancer that the cluster's controller makes, on Spot nodes. */
function program(): void {
    const provider = new k8s.Provider("cluster", { kubeconfig: "{}" });
    new aws.eks.NodeGroup("spot", {
        clusterName: "games",
        nodeRoleArn: "arn:aws:iam::123456789012:role/nodes",
        subnetIds: ["a", "b"].map(
            (zone, index) =>
                new aws.ec2.Subnet(`nodes-${zone}`, {
                    vpcId: "vpc-0123456789abcdef0",
                    cidrBlock: `10.0.${index}.0/24`,
                    availabilityZone: `eu-central-1${zone}`,
                }).id,
        ),
        capacityType: "SPOT",
        instanceTypes: ["m5.large", "m5a.large"],
        scalingConfig: { desiredSize: 2, minSize: 2, maxSize: 2 },
    });
    const namespace = "game-2048";
    const labels = { "app.kubernetes.io/name": "app-2048" };
    new k8s.core.v1.Namespace("game-2048", { metadata: { name: namespace } }, { provider });
    new k8s.apps.v1.Deployment(
        "deployment-2048",
        {
            metadata: { namespace, name: "deployment-2048" },
            spec: {
                replicas: 5,
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        containers: [
                            {
                                name: "app-2048",
                                image: "public.ecr.aws/l6m2t8p7/docker-2048:latest",
                                imagePullPolicy: "Always",
                                ports: [{ containerPort: 80 }],
                            },
                        ],
                    },
                },
            },
        },
        { provider },
    );
    new k8s.core.v1.Service(
        "service-2048",
        {
            metadata: { namespace, name: "service-2048" },
            spec: { ports: [{ port: 80, targetPort: 80, protocol: "TCP" }], type: "NodePort", selector: labels },
        },
        { provider },
    );
    new k8s.networking.v1.Ingress(
        "ingress-2048",
        {
            metadata: {
                namespace,
                name: "ingress-2048",
                annotations: {
                    "alb.ingress.kubernetes.io/scheme": "internet-facing",
                    "alb.ingress.kubernetes.io/target-type": "ip",
                },
            },
            spec: {
                ingressClassName: "alb",
                rules: [
                    {
                        http: {
                            paths: [
                                {
                                    path: "/",
                                    pathType: "Prefix",
                                    backend: { service: { name: "service-2048", port: { number: 80 } } },
                                },
                            ],
                        },
                    },
                ],
            },
        },
        { provider },
    );
    new k8s.storage.v1.StorageClass(
        "ebs-sc",
        {
            metadata: { name: "ebs-sc" },
            provisioner: "ebs.csi.aws.com",
            volumeBindingMode: "WaitForFirstConsumer",
            parameters: { type: "gp3" },
        },
        { provider },
    );
}

export const game2048: Example = {
    shape: "The 2048 game behind an ingress, as the EKS documentation runs it, on Spot nodes",
    program,
    expected: [
        finds("k8s-ingress-tls", ["ingress-2048"], "no certificate and no HTTPS listener"),
        finds("k8s-storage-class-encrypted", ["ebs-sc"], "volumes in clear text unless asked for otherwise"),
        finds("k8s-pdb-required", ["deployment-2048"], "five replicas, which a drain may evict all at once"),
        finds("k8s-zone-spread", ["deployment-2048"], "five replicas, which the scheduler may put into one zone"),
        finds("k8s-probes", ["deployment-2048"], "the Service sends to pods that have not started yet"),
        finds("eks-spot-only", ["spot"], "every node may be taken back with two minutes' notice"),
        finds("scaling-headroom", ["spot"], "two nodes at least, two at most"),
    ],
};
