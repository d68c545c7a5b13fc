import { alarmDefinition } from "../../components/alarm-definition";
import { clusterSignals } from "../../components/kubernetes/cluster-signals";
import { kubernetesReadings } from "../../components/kubernetes/kubernetes-metrics";
import { AlertingRule, alertingRule, isPrometheusSignal } from "../../components/kubernetes/prometheus-rules";
import { Signal } from "../../components/signal";
import { workloadSignals } from "../../components/workload-signals";
import { syntaxError } from "./promql";
import { describePrometheus, judge } from "./promtool";
import { missingRunbooks } from "./runbooks";

const place = { cluster: { name: "shop-0a1b2c3" }, namespace: "shop-prod" };

const webSignals = workloadSignals(kubernetesReadings(place, "web"), {
    name: "web",
    minimum: 2,
    maximum: 8,
    growthStep: "add-tasks",
});
const signals = [...webSignals, ...clusterSignals({ name: "compute", target: place, podQuota: 40 })];

const ruleOf = (signal: Signal): AlertingRule => {
    if (!isPrometheusSignal(signal)) {
        throw new Error(`${signal.name} has no promql`);
    }
    return alertingRule(signal, "web", "docs/runbooks");
};

const base: Signal = {
    name: "web-slow",
    title: "Latency of web",
    metric: {
        namespace: "N",
        metricName: "M",
        dimensions: {},
        statistic: "Average",
        period: 60,
    },
    promql: "max(latency)",
    comparison: "above",
    threshold: 0.5,
    evaluationPeriods: 5,
    severity: "page",
    runbook: "target-slow",
};

describe("a rule of Prometheus", () => {
    it.each(signals.map((signal) => [signal.name, signal] as const))("of %s is PromQL", async (_name, signal) => {
        await expect(syntaxError(ruleOf(signal).expr)).resolves.toBe(-1);
    });

    it("that is no PromQL is found out", async () => {
        await expect(syntaxError("sum(rate(a[5m]) >")).resolves.not.toBe(-1);
    });

    it("exists for every signal of a workload and of a cluster, and leads to a runbook", () => {
        expect(signals.filter((signal) => !isPrometheusSignal(signal))).toEqual([]);
        expect(missingRunbooks(signals)).toEqual([]);
    });

    it("has name, threshold, time, severity and runbook of the alarm", () => {
        expect(ruleOf({ ...base, growthStep: "add-tasks" })).toEqual({
            alert: "web-slow",
            expr: "(max(latency)) > 0.5",
            for: "5m",
            labels: { severity: "page", tier: "web" },
            annotations: {
                summary: "Latency of web",
                description: "Latency of web: {{ $value | humanize }}; out of bounds above 0.5.",
                runbook_url: "docs/runbooks/target-slow.md",
                growth_step: "add-tasks: Raise the service's maximum, so that autoscaling can go on.",
            },
        });
    });

    it.each([
        ["above", ">"],
        ["at-or-above", ">="],
        ["below", "<"],
        ["at-or-below", "<="],
    ] as const)("compares as the signal does: %s", (comparison, operator) => {
        expect(ruleOf({ ...base, comparison }).expr).toBe(`(max(latency)) ${operator} 0.5`);
    });

    it("takes as long as the alarm looks at", () => {
        for (const signal of signals) {
            const { evaluationPeriods, period, metricQueries } = alarmDefinition(signal, "docs/runbooks");
            const seconds = period ?? Math.max(...(metricQueries ?? []).map(({ metric }) => metric?.period ?? 0));
            expect(ruleOf(signal).for).toBe(`${String((evaluationPeriods * seconds) / 60)}m`);
        }
    });

    it("counts bad periods where not all of them must be bad", () => {
        expect(ruleOf({ ...base, datapointsToAlarm: 3 })).toMatchObject({
            expr: "count_over_time(((max(latency)) > 0.5)[5m:1m]) >= 3",
            for: "0s",
        });
    });

    it("takes silence for bad where the signal says so, and only there", () => {
        expect(ruleOf({ ...base, missingData: "breaching" }).expr).toBe(
            "((max(latency)) > 0.5) or absent(max(latency))",
        );
        for (const missingData of ["notBreaching", "missing", "ignore"] as const) {
            expect(ruleOf({ ...base, missingData }).expr).toBe("(max(latency)) > 0.5");
        }
    });
});

interface Case {
    readonly when: string;
    /** Series, each with its values a minute apart, in the notation of promtool. */
    readonly series: Readonly<Record<string, string>>;
    /** The signals that alert, after so many minutes. */
    readonly alerts: Readonly<Record<number, readonly string[]>>;
}

const pod = (name: string) => `namespace="shop-prod",pod="${name}"`;
const container = (name: string) => `${pod(name)},container="web"`;
const deployment = `namespace="shop-prod",deployment="web"`;
const well = {
    [`kube_deployment_status_replicas_available{${deployment}}`]: "2x60",
    [`kube_deployment_spec_replicas{${deployment}}`]: "2x60",
};

const cases: Case[] = [
    {
        when: "pods use 90 % of the CPU that they request, although an ended pod requested some, too",
        series: {
            ...well,
            // 0.45 seconds a second, where half a CPU is requested.
            [`container_cpu_usage_seconds_total{${container("web-1")}}`]: "0+27x60",
            [`container_cpu_usage_seconds_total{${container("web-2")}}`]: "0+27x60",
            [`kube_pod_container_resource_requests{${container("web-1")},resource="cpu"}`]: "0.5x60",
            [`kube_pod_container_resource_requests{${container("web-2")},resource="cpu"}`]: "0.5x60",
            [`kube_pod_container_resource_requests{${container("web-0")},resource="cpu"}`]: "0.5x60",
            [`kube_pod_status_phase{${pod("web-1")},phase="Running"}`]: "1x60",
            [`kube_pod_status_phase{${pod("web-2")},phase="Running"}`]: "1x60",
            [`kube_pod_status_phase{${pod("web-0")},phase="Running"}`]: "0x60",
        },
        alerts: { 8: [], 15: ["web-cpu"] },
    },
    {
        when: "pods use 90 % of their memory",
        series: {
            ...well,
            [`container_memory_working_set_bytes{${container("web-1")}}`]: "900x60",
            [`kube_pod_container_resource_limits{${container("web-1")},resource="memory"}`]: "1000x60",
            [`kube_pod_status_phase{${pod("web-1")},phase="Running"}`]: "1x60",
        },
        alerts: { 12: [], 16: ["web-memory"] },
    },
    { when: "nobody reports anything", series: {}, alerts: { 3: [], 6: ["web-tasks-missing"] } },
    {
        when: "a pod is gone, and then the reports as well",
        series: { [`kube_deployment_status_replicas_available{${deployment}}`]: "1 1 1 _x60" },
        alerts: { 6: ["web-tasks-missing"] },
    },
    {
        when: "all pods are there that may be, and one of them is not available",
        series: {
            [`kube_deployment_status_replicas_available{${deployment}}`]: "7x60",
            [`kube_deployment_spec_replicas{${deployment}}`]: "8x60",
            [`kube_deployment_status_replicas_unavailable{${deployment}}`]: "1x60",
        },
        alerts: { 14: [], 16: ["web-at-maximum", "web-deployment-failed"] },
    },
    {
        when: "a pod waits for a node",
        series: { ...well, [`kube_pod_status_phase{${pod("web-3")},phase="Pending"}`]: "1x60" },
        alerts: { 14: [], 16: ["compute-pods-pending"] },
    },
    {
        when: "a node is silent",
        series: {
            ...well,
            'kube_node_status_condition{node="a",condition="Ready",status="true"}': "0x60",
            'kube_node_status_condition{node="b",condition="Ready",status="true"}': "1x60",
        },
        alerts: { 29: [], 31: ["compute-nodes-failed"] },
    },
    {
        when: "a fifth of the requests to the API server fail",
        series: {
            ...well,
            'apiserver_request_total{code="200"}': "0+80x60",
            'apiserver_request_total{code="503"}': "0+20x60",
        },
        alerts: { 9: [], 13: ["compute-api-errors"] },
    },
    {
        when: "no request to the API server fails",
        series: { ...well, 'apiserver_request_total{code="200"}': "0+80x60" },
        alerts: { 40: [] },
    },
    {
        when: "one of the quotas is nearly used up, and one is zero",
        series: {
            ...well,
            'kube_resourcequota{namespace="shop-prod",resource="pods",type="used"}': "38x60",
            'kube_resourcequota{namespace="shop-prod",resource="pods",type="hard"}': "40x60",
            'kube_resourcequota{namespace="shop-prod",resource="services.nodeports",type="used"}': "0x60",
            'kube_resourcequota{namespace="shop-prod",resource="services.nodeports",type="hard"}': "0x60",
        },
        alerts: { 14: [], 16: ["compute-quota"] },
    },
];

const countedRule = ruleOf({ ...base, name: "counted", promql: "latency", datapointsToAlarm: 3 });

/** A rule is told from another by its name alone: labels and annotations are compared above. */
const bare = ({ alert, expr, for: time }: AlertingRule) => ({ alert, expr, for: time });

/** Where there is no promtool the syntax is what is judged, above. */
describePrometheus("Prometheus itself", () => {
    function run(rules: readonly AlertingRule[], tests: readonly Case[]): void {
        const names = rules.map(({ alert }) => alert);
        judge(
            rules.map(bare),
            tests.map(({ series, alerts }) => ({
                interval: "1m",
                input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
                alert_rule_test: Object.entries(alerts).flatMap(([minutes, firing]) =>
                    names.map((alertname) => ({
                        eval_time: `${minutes}m`,
                        alertname,
                        exp_alerts: firing.includes(alertname) ? [{ exp_labels: {} }] : [],
                    })),
                ),
            })),
        );
    }

    it.each(cases)("alerts on what it should, and on nothing else, when $when", (one) => {
        run(signals.map(ruleOf), [one]);
    });

    it("alerts with the third bad minute of five, and stops when only two are left", () => {
        run(
            [countedRule],
            [{ when: "", series: { latency: "0 1 0 1 0 1 0 0 0 0 0 0" }, alerts: { 4: [], 5: ["counted"], 9: [] } }],
        );
    });
});
