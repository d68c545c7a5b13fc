import * as k8s from "@pulumi/kubernetes";
import { finds, type Example } from "../expectation";

interface Part {
    readonly replicas?: number;
    readonly spec?: Partial<k8s.types.input.core.v1.PodSpec>;
    readonly deployment?: object;
}

/** A shop of small services that somebody began to harden: budgets, an autoscaler, spread, each with a slip. */
function program(): void {
    const provider = new k8s.Provider("cluster", { kubeconfig: "{}" });
    const namespace = "boutique";
    const part = (name: string, { replicas = 2, spec = {}, deployment = {} }: Part = {}): void => {
        const labels = { app: name };
        new k8s.apps.v1.Deployment(
            name,
            {
                metadata: { name, namespace },
                spec: {
                    replicas,
                    selector: { matchLabels: labels },
                    ...deployment,
                    template: {
                        metadata: { labels },
                        spec: {
                            topologySpreadConstraints: [spread(name)],
                            ...spec,
                            containers: [
                                {
                                    name: "server",
                                    image: `gcr.io/google-samples/microservices-demo/${name}:v0.10.1`,
                                    ports: [{ containerPort: 8080 }],
                                    readinessProbe: { grpc: { port: 8080 } },
                                    livenessProbe: { grpc: { port: 8080 } },
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
            { metadata: { name, namespace }, spec: { selector: labels, ports: [{ port: 8080 }] } },
            { provider },
        );
    };
    const spread = (app: string): k8s.types.input.core.v1.TopologySpreadConstraint => ({
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: { matchLabels: { app } },
    });
    const budget = (name: string, app: string, limit: object): void => {
        new k8s.policy.v1.PodDisruptionBudget(
            name,
            { metadata: { name, namespace }, spec: { selector: { matchLabels: { app } }, ...limit } },
            { provider },
        );
    };

    part("frontend", { replicas: 3 });
    budget("frontend-budget", "frontend", { maxUnavailable: 1 });
    part("cartservice");
    // Two of two: no node can be drained.
    budget("cart-budget", "cartservice", { minAvailable: 2 });
    // The label of another release.
    part("currencyservice", { spec: { topologySpreadConstraints: [spread("currency")] } });
    budget("currency-budget", "currencyservice", { maxUnavailable: "50%" });
    // Nothing has this label any more.
    budget("ads-budget", "adservice", { maxUnavailable: 1 });
    part("emailservice", { deployment: { strategy: { type: "Recreate" } } });
    budget("email-budget", "emailservice", { maxUnavailable: 1 });
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
        "recommendation",
        {
            metadata: { name: "recommendation", namespace },
            spec: {
                scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "recommendation" },
                minReplicas: 2,
                maxReplicas: 6,
            },
        },
        { provider },
    );
    new k8s.core.v1.PersistentVolumeClaim(
        "images",
        {
            metadata: { name: "images", namespace },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "5Gi" } } },
        },
        { provider },
    );
    part("productcatalogservice", {
        spec: { volumes: [{ name: "images", persistentVolumeClaim: { claimName: "images" } }] },
    });
    budget("catalog-budget", "productcatalogservice", { maxUnavailable: 1 });
}

export const onlineBoutique: Example = {
    shape: "Google's Online Boutique, half-way hardened",
    program,
    expected: [
        finds("k8s-pdb-drainable", ["cart-budget"], "two of two must stay"),
        finds(
            "k8s-spread-selector",
            ["currencyservice"],
            "the constraint selects no pod of its own, so it spreads nothing",
        ),
        finds("k8s-pdb-useless", ["ads-budget"], "it matches no pod"),
        finds("k8s-rolling-update", ["emailservice"], "each deployment is an outage"),
        finds("k8s-hpa-target", ["recommendation"], "there is no such Deployment"),
        finds("k8s-zonal-volume", ["productcatalogservice"], "two pods on one volume of one zone"),
    ],
};
