import * as k8s from "@pulumi/kubernetes";
import { finds, type Example } from "../expectation";

/** Docker's voting app on a cluster that is there already: five Deployments of one pod each. */
function program(): void {
    const provider = new k8s.Provider("cluster", { kubeconfig: "{}", context: "voting" });
    const namespace = "vote";
    new k8s.core.v1.Namespace("vote-namespace", { metadata: { name: namespace } }, { provider });
    const part = (
        name: string,
        image: string,
        port?: { container: number; service: number; type: string },
        more: { env?: Record<string, string>; data?: string } = {},
    ): void => {
        const labels = { app: name };
        const data = more.data === undefined ? [] : [{ name: `${name}-data`, mountPath: more.data }];
        new k8s.apps.v1.Deployment(
            name,
            {
                metadata: { name, namespace, labels },
                spec: {
                    replicas: 1,
                    selector: { matchLabels: labels },
                    template: {
                        metadata: { labels },
                        spec: {
                            containers: [
                                {
                                    name,
                                    image,
                                    env: Object.entries(more.env ?? {}).map(([key, value]) => ({ name: key, value })),
                                    ports: port === undefined ? [] : [{ containerPort: port.container, name }],
                                    volumeMounts: data,
                                },
                            ],
                            volumes: data.map((volume) => ({ name: volume.name, emptyDir: {} })),
                        },
                    },
                },
            },
            { provider },
        );
        if (port !== undefined) {
            new k8s.core.v1.Service(
                `${name}-service`,
                {
                    metadata: { name, namespace, labels },
                    spec: {
                        type: port.type,
                        ports: [{ port: port.service, targetPort: port.container }],
                        selector: labels,
                    },
                },
                { provider },
            );
        }
    };
    part("vote", "dockersamples/examplevotingapp_vote", { container: 80, service: 8080, type: "NodePort" });
    part("result", "dockersamples/examplevotingapp_result", { container: 80, service: 8081, type: "NodePort" });
    part("worker", "dockersamples/examplevotingapp_worker");
    part("redis", "redis:alpine", { container: 6379, service: 6379, type: "ClusterIP" }, { data: "/data" });
    part(
        "db",
        "postgres:15-alpine",
        { container: 5432, service: 5432, type: "ClusterIP" },
        {
            data: "/var/lib/postgresql/data",
            env: { POSTGRES_USER: "postgres", POSTGRES_PASSWORD: "postgres" },
        },
    );
}

export const votingApp: Example = {
    shape: "Docker's example voting app on Kubernetes",
    program,
    expected: [
        finds("k8s-min-replicas", ["db", "redis", "result", "vote", "worker"], "one pod each"),
        finds(
            "az-loss-capacity",
            ["db", "redis", "result", "vote", "worker"],
            "and nothing left of it when its zone is lost",
        ),
        finds(
            "k8s-probes",
            ["db", "redis", "result", "vote"],
            "Services send to pods that have not started yet; the worker serves nobody",
        ),
        finds("k8s-env-secrets", ["db"], "the password of PostgreSQL in the clear"),
    ],
};
