import * as kubernetes from "@pulumi/kubernetes";
import { Account, currentAccount } from "../../components/account";
import { Component } from "../../components/component";
import { requestsMetric } from "../../components/kubernetes/autoscaling";
import { ClusterObservability, ClusterObservabilityArgs } from "../../components/kubernetes/cluster-observability";
import { chartVersions, PrometheusStack, PrometheusStackArgs } from "../../components/kubernetes/prometheus-stack";
import { adapterValues, prometheusValues } from "../../components/kubernetes/prometheus-values";
import { logsKey } from "./ecs-facts";
import { record } from "./harness";
import { syntaxError } from "./promql";
import { describePrometheus, judge } from "./promtool";

const logGroup = "aws:cloudwatch/logGroup:LogGroup";
const release = "kubernetes:helm.sh/v3:Release";

class Program extends Component {
    readonly account: Account;

    constructor() {
        super("Program", "program", {});
        this.account = currentAccount(this);
    }
}

const provider = () => new kubernetes.Provider("cluster", { kubeconfig: "{}" });

const createObservability = (more: Partial<ClusterObservabilityArgs> = {}) =>
    new ClusterObservability("cluster", {
        clusterName: "shop-0a1b2c3",
        provider: provider(),
        account: new Program().account,
        vpcCidr: "10.0.0.0/16",
        logsKey,
        after: [],
        ...more,
    });

const observe = (more: Partial<ClusterObservabilityArgs> = {}) => record(() => createObservability(more));

const createStack = (more: Partial<PrometheusStackArgs> = {}) =>
    new PrometheusStack("cluster", { provider: provider(), vpcCidr: "10.0.0.0/16", after: [], ...more });

const install = () => record(() => createStack());

describe("what is heard of a cluster", () => {
    it("lies in log groups of ours, with a key and an end, for everything that the agents write", async () => {
        const groups = (await observe({ logRetentionDays: 90 })).ofType(logGroup).map(({ inputs }) => inputs);
        expect(groups.map(({ name }) => name)).toEqual(
            ["application", "dataplane", "host", "performance"].map(
                (kind) => `/aws/containerinsights/shop-0a1b2c3/${kind}`,
            ),
        );
        for (const group of groups) {
            expect(group).toMatchObject({ retentionInDays: 90, kmsKeyId: expect.stringContaining("arn:") as string });
        }
    });

    it("comes from the pinned add-on with enhanced Container Insights, logs, and nothing that touches our pods", async () => {
        const { inputs } = (await observe()).one("aws:eks/addon:Addon");
        expect(inputs).toMatchObject({
            addonName: "amazon-cloudwatch-observability",
            addonVersion: expect.stringMatching(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/) as string,
        });
        expect(JSON.parse(String(inputs["configurationValues"]))).toEqual({
            containerInsights: { enabled: true },
            otelContainerInsights: { enabled: false },
            containerLogs: { enabled: true },
            agent: { config: { logs: { metrics_collected: { kubernetes: { enhanced_container_insights: true } } } } },
            manager: { applicationSignals: { autoMonitor: { monitorAllServices: false } } },
        });
    });

    it("is written by an identity of the agents' own, and not by the nodes'", async () => {
        const registered = await observe();
        expect(registered.one("aws:eks/addon:Addon").inputs["podIdentityAssociations"]).toEqual([
            {
                serviceAccount: "cloudwatch-agent",
                roleArn: "arn:aws:mock:eu-central-1:123456789012:cluster-cloudwatch",
            },
        ]);
        const [statement] = (
            JSON.parse(
                String(registered.one("aws:iam/role:Role", "cluster-cloudwatch").inputs["assumeRolePolicy"]),
            ) as {
                Statement: unknown[];
            }
        ).Statement;
        expect(statement).toMatchObject({
            Principal: { Service: "pods.eks.amazonaws.com" },
            Action: ["sts:AssumeRole", "sts:TagSession"],
            // The one way to say "of this account" that EKS documents for Pod Identity.
            Condition: {
                StringLike: { "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:*:123456789012:cluster/*" },
            },
        });
    });

    it("has a Prometheus unless none is wanted", async () => {
        expect((await observe()).ofType(release)).toHaveLength(2);
        expect((await observe({ prometheus: false })).ofType(release)).toHaveLength(0);
    });

    it("is kept for days that CloudWatch knows", async () => {
        await record(() => {
            expect(() => createObservability({ logRetentionDays: 31 })).toThrow("logRetentionDays is 31");
        });
    });
});

describe("Prometheus in a cluster", () => {
    const values = prometheusValues({ retentionDays: 15, volumeSize: 50, storageClassName: "encrypted" });

    it("is installed in pinned versions, by releases that are undone where they fail", async () => {
        const releases = (await install()).ofType(release).map(({ inputs }) => inputs);
        expect(
            releases.map(({ chart, version, namespace, atomic }) => ({ chart, version, namespace, atomic })),
        ).toEqual(
            Object.entries(chartVersions).map(([chart, version]) => ({
                chart,
                version,
                namespace: "monitoring",
                atomic: true,
            })),
        );
    });

    it("runs twice, on encrypted volumes that it does not fill", () => {
        expect(values.prometheus.prometheusSpec).toMatchObject({
            replicas: 2,
            podAntiAffinity: "hard",
            retention: "15d",
            retentionSize: "42GiB",
            storageSpec: {
                volumeClaimTemplate: {
                    spec: { storageClassName: "encrypted", resources: { requests: { storage: "50Gi" } } },
                },
            },
        });
    });

    it("takes the cluster's default class where none is named", () => {
        const { prometheus } = prometheusValues({ retentionDays: 1, volumeSize: 10, storageClassName: undefined });
        expect(prometheus.prometheusSpec.storageSpec.volumeClaimTemplate.spec).not.toHaveProperty("storageClassName");
    });

    it("reads monitors and rules that are none of its chart's", () => {
        expect(values.prometheus.prometheusSpec).toMatchObject({
            podMonitorSelectorNilUsesHelmValues: false,
            serviceMonitorSelectorNilUsesHelmValues: false,
            ruleSelectorNilUsesHelmValues: false,
        });
        expect(values.grafana.sidecar.dashboards).toMatchObject({
            label: "grafana_dashboard",
            labelValue: "1",
            searchNamespace: "ALL",
        });
    });

    it("tells nobody of alerts, since CloudWatch pages", () => {
        expect(values.alertmanager.config).toEqual({
            route: { receiver: "null", group_by: ["alertname", "namespace"] },
            receivers: [{ name: "null" }],
        });
    });

    it("relies on no empty list, which may not reach Helm", () => {
        for (const all of [values, adapterValues(true), adapterValues(false)]) {
            expect(JSON.stringify(all)).not.toContain("[]");
        }
    });

    it("has no password, and nothing in Grafana that could be changed", () => {
        expect(values.grafana["grafana.ini"]).toMatchObject({
            auth: { disable_login_form: true },
            "auth.basic": { enabled: false },
            "auth.anonymous": { enabled: true, org_role: "Viewer" },
        });
        expect(JSON.stringify(values)).not.toMatch(/password/i);
    });

    it("lets Grafana read ConfigMaps of all namespaces, and no Secret", () => {
        const { rbac, extraObjects, sidecar } = values.grafana;
        expect(extraObjects).toMatchObject([
            {
                kind: "ClusterRole",
                metadata: { name: rbac.useExistingClusterRole },
                rules: [{ resources: ["configmaps"] }],
            },
        ]);
        expect([sidecar.dashboards.resource, sidecar.datasources.resource]).toEqual(["configmap", "configmap"]);
    });

    it("runs no image of the newest version, whichever that is", () => {
        expect(values.crds.upgradeJob.image.busybox.tag).toMatch(/^\d+\.\d+\.\d+$/);
    });

    it("limits the memory of all that it runs", () => {
        const parts = [
            values.prometheus.prometheusSpec,
            values.alertmanager.alertmanagerSpec,
            values.prometheusOperator,
            values["kube-state-metrics"],
            values.grafana,
            adapterValues(false),
        ];
        for (const { resources } of parts) {
            expect(resources.limits.memory).toBe(resources.requests.memory);
            expect(resources.requests.cpu).toMatch(/^\d+m$/);
        }
    });

    it("is reached from its own namespace, and by the API server where it must be", async () => {
        const { inputs } = (await install()).one("kubernetes:networking.k8s.io/v1:NetworkPolicy");
        expect(inputs["spec"]).toEqual({
            podSelector: {},
            policyTypes: ["Ingress"],
            ingress: [
                { from: [{ podSelector: {} }] },
                {
                    from: [{ ipBlock: { cidr: "10.0.0.0/16" } }],
                    ports: [
                        { protocol: "TCP", port: 10250 },
                        { protocol: "TCP", port: 6443 },
                    ],
                },
            ],
        });
    });

    it.each([
        ["retentionDays", 0],
        ["retentionDays", 91],
        ["volumeSize", 9],
        ["volumeSize", 10.5],
    ] as const)("refuses %s of %d", async (argument, value) => {
        await record(() => {
            expect(() => createStack({ [argument]: value })).toThrow(`${argument} is ${String(value)}`);
        });
    });
});

/** As the adapter fills in its placeholders, for two pods of a namespace. */
const filledIn = (query: string, series: string): string =>
    query
        .replaceAll("<<.Series>>", series)
        .replaceAll("<<.LabelMatchers>>", 'namespace="shop",pod=~"a|b|c|d|other"')
        .replaceAll("<<.GroupBy>>", "pod");

describePrometheus("the rate of requests, as Prometheus counts it", () => {
    it("is nothing for a pod that was asked nothing, and unknown for one that is new, or cannot be read", () => {
        const [rule] = adapterValues(false).rules.custom;
        const pod = (name: string, more = "") => `{namespace="shop",pod="${name}"${more}}`;
        const endpoint = ',endpoint="metrics"';
        judge(
            [],
            [
                {
                    interval: "30s",
                    input_series: [
                        // Asked once a second; never asked; not read any more; new.
                        { series: `up${pod("a", endpoint)}`, values: "1x40" },
                        {
                            series: `http_server_request_duration_count${pod("a", ',http_route="/"')}`,
                            values: "0+15x40",
                        },
                        {
                            series: `http_server_request_duration_count${pod("a", ',http_route="/b"')}`,
                            values: "0+15x40",
                        },
                        { series: `up${pod("b", endpoint)}`, values: "1x40" },
                        { series: `up${pod("c", endpoint)}`, values: "1x18 0x22" },
                        { series: `up${pod("d", endpoint)}`, values: "_x18 1x22" },
                        { series: `up${pod("other", ',endpoint="http"')}`, values: "1x40" },
                    ],
                    promql_expr_test: [
                        {
                            expr: filledIn(rule?.metricsQuery ?? "", "up"),
                            eval_time: "10m",
                            exp_samples: [
                                { labels: '{pod="a"}', value: 1 },
                                { labels: '{pod="b"}', value: 0 },
                            ],
                        },
                    ],
                },
            ],
        );
    });
});

describe("the adapter of Prometheus", () => {
    it("serves the rate of requests under the name that autoscalers ask for", () => {
        const { custom } = adapterValues(false).rules;
        expect(custom).toHaveLength(1);
        const [rule] = custom;
        expect(rule?.name.as).toBe(requestsMetric);
        // As the application's endpoint calls it; tests/app/telemetry.test.ts asks the real one.
        expect(rule?.metricsQuery).toContain("http_server_request_duration_count");
    });

    it("asks Prometheus what it understands, once its placeholders are filled in", async () => {
        for (const { seriesQuery, metricsQuery, name } of [
            ...adapterValues(true).rules.custom,
            ...(adapterValues(true).rules.external ?? []),
        ]) {
            for (const query of [seriesQuery, filledIn(metricsQuery, name.matches.slice(1, -1))]) {
                await expect(syntaxError(query)).resolves.toBe(-1);
            }
        }
    });

    it("leaves external metrics to KEDA, of which there can be one source alone", () => {
        expect(adapterValues(false).rules).not.toHaveProperty("external");
        expect(adapterValues(true).rules.external).toHaveLength(1);
    });
});
