import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

// Stands for a cluster of the same stack: what the provider needs is known only when it exists.
const token = new random.RandomPassword("token", { length: 24 });
const kubeconfig = token.result.apply((value) =>
    JSON.stringify({ apiVersion: "v1", kind: "Config", users: [{ user: { token: value } }] }),
);
const cluster = new k8s.Provider("cluster", { kubeconfig });

const namespace = new k8s.core.v1.Namespace("guestbook", {}, { provider: cluster });

function tier(name: string, image: string, port: number, replicas: number): k8s.core.v1.Service {
    const labels = { app: "guestbook", tier: name };
    const metadata = { namespace: namespace.metadata.name, labels };
    new k8s.apps.v1.Deployment(
        name,
        {
            metadata,
            spec: {
                replicas,
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: { containers: [{ name, image, ports: [{ containerPort: port }] }] },
                },
            },
        },
        { provider: cluster },
    );
    return new k8s.core.v1.Service(
        name,
        { metadata, spec: { selector: labels, ports: [{ port }] } },
        { provider: cluster },
    );
}

const leader = tier("leader", "valkey/valkey:8", 6379, 1);
tier("replica", "valkey/valkey:8", 6379, 2);
const frontend = tier("frontend", "gcr.io/google-samples/gb-frontend:v5", 80, 3);
new k8s.apiextensions.CustomResource(
    "monitor",
    {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "ServiceMonitor",
        metadata: { namespace: namespace.metadata.name },
        spec: { selector: { matchLabels: { app: "guestbook" } } },
    },
    { provider: cluster },
);

export const leaderAddress = leader.spec.clusterIP;
export const frontendName = pulumi.interpolate`${frontend.metadata.namespace}/${frontend.metadata.name}`;
