import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bundlePacks, cleanUp, findings, open, preview } from "./judged";

jest.setTimeout(180_000);
beforeAll(bundlePacks);
afterAll(cleanUp);

const RULES = [
    "k8s-min-replicas",
    "k8s-hpa-min",
    "k8s-hpa-target",
    "k8s-pdb-required",
    "k8s-pdb-drainable",
    "k8s-pdb-useless",
    "k8s-zone-spread",
    "k8s-spread-selector",
    "k8s-probes",
    "k8s-rolling-update",
    "k8s-zonal-volume",
];
const ONLY_KUBERNETES = [
    { all: "disabled", ...Object.fromEntries(RULES.map((rule) => [rule, "mandatory"])) },
    { all: "disabled" },
];

/** A cluster of the same stack: nothing of it is known in preview, and so neither is the provider's configuration. */
function providerOfNewCluster(): k8s.Provider {
    const role = new aws.iam.Role("cluster", { assumeRolePolicy: "{}" });
    const cluster = new aws.eks.Cluster("cluster", {
        roleArn: role.arn,
        vpcConfig: { subnetIds: ["subnet-1", "subnet-2"] },
    });
    return new k8s.Provider("cluster", {
        kubeconfig: pulumi.jsonStringify({
            clusters: [{ name: "main", cluster: { server: cluster.endpoint } }],
        }),
    });
}

const labels = { app: "web" };

function deployment(
    provider: k8s.Provider | undefined,
    { replicas, pod = {} }: { replicas?: number; pod?: Partial<k8s.types.input.core.v1.PodSpec> },
): k8s.apps.v1.Deployment {
    const options = provider === undefined ? {} : { provider };
    const namespace = new k8s.core.v1.Namespace("apps", {}, options);
    return new k8s.apps.v1.Deployment(
        "web",
        {
            metadata: { namespace: namespace.metadata.name },
            spec: {
                ...(replicas === undefined ? {} : { replicas }),
                selector: { matchLabels: labels },
                template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }], ...pod } },
            },
        },
        options,
    );
}

test("one replica is stopped in preview although the cluster does not exist yet", async () => {
    const result = await preview(
        () => {
            deployment(providerOfNewCluster(), { replicas: 1 });
        },
        { config: ONLY_KUBERNETES },
    );
    expect(result.ok).toBe(false);
    expect(findings(result)).toEqual(["mandatory k8s-min-replicas web"]);
    expect(result.policy[0]?.message).toMatch(/^spec\.replicas is 1, below 2: /);
});

test("what scales, guards and spreads a workload of such a cluster is followed by its references", async () => {
    const result = await preview(
        () => {
            const provider = providerOfNewCluster();
            const web = deployment(provider, {
                pod: {
                    topologySpreadConstraints: [
                        {
                            maxSkew: 1,
                            topologyKey: "topology.kubernetes.io/zone",
                            whenUnsatisfiable: "ScheduleAnyway",
                            labelSelector: { matchLabels: labels },
                        },
                    ],
                },
            });
            const metadata = { namespace: web.metadata.namespace };
            new k8s.autoscaling.v2.HorizontalPodAutoscaler(
                "web",
                {
                    metadata,
                    spec: {
                        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: web.metadata.name },
                        minReplicas: 2,
                        maxReplicas: 6,
                    },
                },
                { provider },
            );
            new k8s.policy.v1.PodDisruptionBudget(
                "web",
                { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
                { provider },
            );
        },
        { config: ONLY_KUBERNETES },
    );
    expect(findings(result)).toEqual([]);
    expect(result.ok).toBe(true);
});

test("on a cluster that exists, a logical name in place of the real one scales nothing", async () => {
    const stack = await open(
        () => {
            const web = deployment(undefined, { replicas: 2 });
            new k8s.autoscaling.v2.HorizontalPodAutoscaler("web", {
                metadata: { namespace: web.metadata.namespace },
                spec: {
                    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
                    minReplicas: 2,
                    maxReplicas: 6,
                },
            });
        },
        {
            config: [
                { all: "disabled", "k8s-hpa-target": "advisory", "k8s-min-replicas": "advisory" },
                { all: "disabled" },
            ],
        },
    );
    for (const result of [await stack.preview(), await stack.up(), await stack.preview()]) {
        expect(findings(result)).toEqual(["advisory k8s-hpa-target web"]);
        expect(result.policy[0]?.message).toMatch(/^spec\.scaleTargetRef\.name is that of no Deployment of this stack/);
    }
});
