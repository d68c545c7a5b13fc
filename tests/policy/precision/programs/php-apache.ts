import * as k8s from "@pulumi/kubernetes";
import { finds, type Example } from "../expectation";

/** A Deployment without a number of replicas, and an autoscaler that may go down to one. */
function program(): void {
    const provider = new k8s.Provider("cluster", { kubeconfig: "{}" });
    const labels = { run: "php-apache" };
    new k8s.apps.v1.Deployment(
        "php-apache",
        {
            metadata: { name: "php-apache" },
            spec: {
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        containers: [
                            {
                                name: "php-apache",
                                image: "registry.k8s.io/hpa-example",
                                ports: [{ containerPort: 80 }],
                                resources: { limits: { cpu: "500m" }, requests: { cpu: "200m" } },
                            },
                        ],
                    },
                },
            },
        },
        { provider },
    );
    new k8s.core.v1.Service(
        "php-apache-service",
        { metadata: { name: "php-apache", labels }, spec: { ports: [{ port: 80 }], selector: labels } },
        { provider },
    );
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
        "php-apache-scaler",
        {
            metadata: { name: "php-apache" },
            spec: {
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "php-apache" },
                minReplicas: 1,
                maxReplicas: 10,
                metrics: [
                    {
                        type: "Resource",
                        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
                    },
                ],
            },
        },
        { provider },
    );
}

export const phpApache: Example = {
    shape: "The walkthrough of the HorizontalPodAutoscaler",
    program,
    expected: [
        finds("k8s-hpa-min", ["php-apache-scaler"], "the autoscaler may go down to one pod"),
        finds("k8s-min-replicas", ["php-apache"], "and so the Deployment has a floor of one"),
        finds("az-loss-capacity", ["php-apache"], "nothing is left of one pod when its zone is lost"),
        finds("k8s-probes", ["php-apache"], "the Service sends to pods that have not started yet"),
    ],
};
