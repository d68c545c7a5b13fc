import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import { finds, type Example } from "../expectation";

/** WordPress and MySQL with one pod and one volume each; the password comes from a Secret. */
function program(): void {
    const provider = new k8s.Provider("cluster", { kubeconfig: "{}" });
    const secret = new k8s.core.v1.Secret(
        "mysql-pass",
        { stringData: { password: new random.RandomPassword("password", { length: 20 }).result } },
        { provider },
    );
    const part = (
        tier: string,
        image: string,
        port: number,
        mountPath: string,
        env: k8s.types.input.core.v1.EnvVar[],
        service: object,
    ): void => {
        const labels = { app: "wordpress", tier };
        const claim = new k8s.core.v1.PersistentVolumeClaim(
            `${tier}-claim`,
            {
                metadata: { labels: { app: "wordpress" } },
                spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "20Gi" } } },
            },
            { provider },
        );
        new k8s.core.v1.Service(
            `${tier}-service`,
            {
                metadata: { name: tier === "mysql" ? "wordpress-mysql" : "wordpress", labels: { app: "wordpress" } },
                spec: { ports: [{ port }], selector: labels, ...service },
            },
            { provider },
        );
        new k8s.apps.v1.Deployment(
            tier,
            {
                metadata: { labels: { app: "wordpress" } },
                spec: {
                    selector: { matchLabels: labels },
                    strategy: { type: "Recreate" },
                    template: {
                        metadata: { labels },
                        spec: {
                            containers: [
                                {
                                    name: tier,
                                    image,
                                    env: [
                                        ...env,
                                        {
                                            name: tier === "mysql" ? "MYSQL_PASSWORD" : "WORDPRESS_DB_PASSWORD",
                                            valueFrom: {
                                                secretKeyRef: { name: secret.metadata.name, key: "password" },
                                            },
                                        },
                                    ],
                                    ports: [{ containerPort: port, name: tier }],
                                    volumeMounts: [{ name: "persistent-storage", mountPath }],
                                },
                            ],
                            volumes: [
                                {
                                    name: "persistent-storage",
                                    persistentVolumeClaim: { claimName: claim.metadata.name },
                                },
                            ],
                        },
                    },
                },
            },
            { provider },
        );
    };
    part("mysql", "mysql:8.0", 3306, "/var/lib/mysql", [{ name: "MYSQL_DATABASE", value: "wordpress" }], {
        clusterIP: "None",
    });
    part(
        "frontend",
        "wordpress:6.2.1-apache",
        80,
        "/var/www/html",
        [{ name: "WORDPRESS_DB_HOST", value: "wordpress-mysql" }],
        { type: "LoadBalancer" },
    );
}

export const wordpressMysql: Example = {
    shape: "WordPress and MySQL with persistent volumes, as the Kubernetes documentation runs them",
    program,
    expected: [
        finds(
            "k8s-min-replicas",
            ["frontend", "mysql"],
            "one pod each; one volume each, so that Recreate is right for them",
        ),
        finds("az-loss-capacity", ["frontend", "mysql"], "nothing is left of one pod when its zone is lost"),
        finds("k8s-probes", ["frontend", "mysql"], "the Services send to pods that have not started yet"),
    ],
};
