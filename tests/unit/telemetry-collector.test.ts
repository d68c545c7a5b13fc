import { collectorConfiguration } from "../../components/kubernetes/collector-configuration";
import { KubernetesService } from "../../components/kubernetes/kubernetes-service";
import { PodMetrics } from "../../components/kubernetes/pod-metrics";
import { TelemetryCollector } from "../../components/kubernetes/telemetry-collector";
import { selectorLabels, workloadLabels } from "../../components/kubernetes/workload-labels";
import { serviceArgs } from "./ecs-facts";
import { record } from "./harness";
import { createTarget, namespace } from "./kubernetes-facts";
import { missingRunbooks } from "./runbooks";

interface Spec {
    readonly template: { readonly spec: PodSpec };
    readonly [key: string]: unknown;
}

interface PodSpec {
    readonly containers: readonly Record<string, unknown>[];
    readonly [key: string]: unknown;
}

const collect = async (more: Parameters<typeof createTarget>[0] = {}) => {
    const made: TelemetryCollector[] = [];
    const registered = await record(() => {
        made.push(new TelemetryCollector("telemetry", { target: createTarget(more) }));
    });
    return { registered, signals: made.flatMap(({ signals }) => signals) };
};

const specOf = ({ inputs }: { readonly inputs: Record<string, unknown> }) => inputs["spec"] as Spec;

describe("the collector of traces", () => {
    it("runs twice, of which one may be away, and takes no capacity away when it is exchanged", async () => {
        const { registered } = await collect();
        expect(specOf(registered.one("kubernetes:apps/v1:Deployment"))).toMatchObject({
            replicas: 2,
            strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        });
        expect(specOf(registered.one("kubernetes:policy/v1:PodDisruptionBudget"))).toMatchObject({ maxUnavailable: 1 });
    });

    it("may do as little as its namespace lets it", async () => {
        const { spec } = specOf((await collect()).registered.one("kubernetes:apps/v1:Deployment")).template;
        expect(spec).toMatchObject({
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        });
        expect(spec.containers[0]).toMatchObject({
            image: expect.stringMatching(/:v\d+\.\d+\.\d+$/) as string,
            securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
            },
            resources: { requests: { cpu: "250m", memory: "512Mi" }, limits: { memory: "512Mi" } },
        });
    });

    it("writes traces to X-Ray and nothing else, as itself", async () => {
        const { registered } = await collect();
        const policy = registered.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"];
        expect((JSON.parse(String(policy)) as { Statement: unknown }).Statement).toEqual([
            {
                Sid: "WriteTraces",
                Effect: "Allow",
                Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
                Resource: ["*"],
            },
        ]);
    });

    it("takes traces from the pods of its namespace, and is asked for metrics by Prometheus", async () => {
        const { registered } = await collect();
        const policy = registered
            .ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy")
            .find(({ name }) => name === "telemetry");
        expect(policy?.inputs["spec"]).toMatchObject({
            ingress: [
                {
                    from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
                    ports: [{ protocol: "TCP", port: 8888 }],
                },
                { from: [{ podSelector: {} }], ports: [{ protocol: "TCP", port: 4318 }] },
            ],
        });
        expect(
            registered.one("kubernetes:monitoring.coreos.com/v1:ServiceMonitor", "telemetry-metrics").inputs["spec"],
        ).toMatchObject({ selector: { matchLabels: selectorLabels("telemetry") }, endpoints: [{ port: "metrics" }] });
    });

    it("is left alone by Prometheus where there is none", async () => {
        const { registered } = await collect({ monitoringNamespace: undefined });
        expect(registered.resources.filter(({ type }) => type.includes("monitoring.coreos.com"))).toEqual([]);
    });

    it("wakes nobody up, and leads to runbooks", async () => {
        const { signals } = await collect();
        expect(signals.map(({ name }) => name)).toContain("telemetry-tasks-missing");
        expect(signals.filter(({ severity }) => severity === "page")).toEqual([]);
        expect(missingRunbooks(signals)).toEqual([]);
    });

    it("shows its own metrics by the names that it serves them under", async () => {
        const configuration = JSON.parse(collectorConfiguration("eu-central-1", 512)) as Record<string, never>;
        expect(configuration).toMatchObject({
            service: {
                telemetry: {
                    metrics: {
                        readers: [
                            {
                                pull: {
                                    exporter: {
                                        prometheus: { port: 8888, without_type_suffix: true, without_units: true },
                                    },
                                },
                            },
                        ],
                    },
                },
            },
        });
        const { registered } = await collect();
        const dashboard = registered.one("kubernetes:core/v1:ConfigMap", "telemetry-dashboard");
        const shown = JSON.stringify(dashboard.inputs["data"]).match(/otelcol_[a-z_]+/g) ?? [];
        expect(new Set(shown)).toEqual(
            new Set([
                "otelcol_receiver_accepted_spans",
                "otelcol_receiver_refused_spans",
                "otelcol_exporter_sent_spans",
                "otelcol_exporter_send_failed_spans",
            ]),
        );
    });

    it("limits what it holds to less than the memory it has, before anything else", () => {
        const configuration = JSON.parse(collectorConfiguration("eu-central-1", 512)) as Record<string, never>;
        expect(configuration).toMatchObject({
            processors: { memory_limiter: { limit_mib: 384, spike_limit_mib: 102 } },
            exporters: { awsxray: { region: "eu-central-1" } },
            service: {
                pipelines: {
                    traces: { receivers: ["otlp"], processors: ["memory_limiter", "batch"], exporters: ["awsxray"] },
                },
            },
        });
    });
});

describe("a service where traces are collected", () => {
    const withTelemetry = () =>
        record(() => {
            const target = createTarget();
            const { endpoint } = new TelemetryCollector("telemetry", { target });
            new KubernetesService("web", { ...target, telemetry: endpoint }, serviceArgs);
        });

    it("is told where, and may go there", async () => {
        const registered = await withTelemetry();
        expect(registered.one("kubernetes:core/v1:ConfigMap", "web").inputs["data"]).toMatchObject({
            OTEL_EXPORTER_OTLP_ENDPOINT: `http://telemetry.${namespace}.svc:4318`,
        });
        const policy = registered
            .ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy")
            .find(({ name }) => name === "web");
        expect((policy?.inputs["spec"] as { egress: unknown[] }).egress).toContainEqual({
            to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }],
            ports: [{ protocol: "TCP", port: 4318 }],
        });
    });
});

describe("metrics of pods", () => {
    it("are scraped at the port that pods name so, ready or not, and not without end", async () => {
        const registered = await record(() => {
            const target = createTarget();
            new PodMetrics("web", {
                target,
                workload: "web",
                labels: workloadLabels("web", "service", namespace),
                selector: selectorLabels("web"),
            });
        });
        expect(registered.one("kubernetes:monitoring.coreos.com/v1:PodMonitor").inputs).toMatchObject({
            metadata: { name: "web", namespace },
            spec: {
                selector: { matchLabels: selectorLabels("web") },
                sampleLimit: 5000,
                podMetricsEndpoints: [{ port: "metrics", path: "/metrics" }],
            },
        });
    });
});
