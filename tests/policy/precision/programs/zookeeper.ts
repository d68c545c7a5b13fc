import * as k8s from "@pulumi/kubernetes";
import { finds, type Example } from "../expectation";

/** Three servers on three nodes, a budget of one, a volume each: the tutorial on running a coordinator. */
function program(): void {
    const provider = new k8s.Provider("cluster", { kubeconfig: "{}" });
    const labels = { app: "zk" };
    new k8s.core.v1.Service(
        "zk-hs",
        {
            metadata: { name: "zk-hs", labels },
            spec: {
                ports: [
                    { port: 2888, name: "server" },
                    { port: 3888, name: "leader-election" },
                ],
                clusterIP: "None",
                selector: labels,
            },
        },
        { provider },
    );
    new k8s.core.v1.Service(
        "zk-cs",
        { metadata: { name: "zk-cs", labels }, spec: { ports: [{ port: 2181, name: "client" }], selector: labels } },
        { provider },
    );
    new k8s.policy.v1.PodDisruptionBudget(
        "zk-pdb",
        { metadata: { name: "zk-pdb" }, spec: { selector: { matchLabels: labels }, maxUnavailable: 1 } },
        { provider },
    );
    const probe = {
        exec: { command: ["sh", "-c", "zookeeper-ready 2181"] },
        initialDelaySeconds: 10,
        timeoutSeconds: 5,
    };
    new k8s.apps.v1.StatefulSet(
        "zk",
        {
            metadata: { name: "zk" },
            spec: {
                selector: { matchLabels: labels },
                serviceName: "zk-hs",
                replicas: 3,
                updateStrategy: { type: "RollingUpdate" },
                podManagementPolicy: "OrderedReady",
                template: {
                    metadata: { labels },
                    spec: {
                        affinity: {
                            podAntiAffinity: {
                                requiredDuringSchedulingIgnoredDuringExecution: [
                                    {
                                        labelSelector: {
                                            matchExpressions: [{ key: "app", operator: "In", values: ["zk"] }],
                                        },
                                        topologyKey: "kubernetes.io/hostname",
                                    },
                                ],
                            },
                        },
                        containers: [
                            {
                                name: "kubernetes-zookeeper",
                                image: "registry.k8s.io/kubernetes-zookeeper:1.0-3.4.10",
                                resources: { requests: { memory: "1Gi", cpu: "0.5" } },
                                ports: [
                                    { containerPort: 2181, name: "client" },
                                    { containerPort: 2888, name: "server" },
                                    { containerPort: 3888, name: "leader-election" },
                                ],
                                readinessProbe: probe,
                                livenessProbe: probe,
                                volumeMounts: [{ name: "datadir", mountPath: "/var/lib/zookeeper" }],
                            },
                        ],
                        securityContext: { runAsUser: 1000, fsGroup: 1000 },
                    },
                },
                volumeClaimTemplates: [
                    {
                        metadata: { name: "datadir" },
                        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
                    },
                ],
            },
        },
        { provider },
    );
}

export const zookeeper: Example = {
    shape: "ZooKeeper, as the Kubernetes documentation runs it",
    program,
    expected: [finds("k8s-zone-spread", ["zk"], "three nodes, which may all be in one zone")],
};
