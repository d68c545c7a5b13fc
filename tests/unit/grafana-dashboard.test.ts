import { clusterSignals } from "../../components/kubernetes/cluster-signals";
import { dashboardUid, GrafanaContent, grafanaDashboard } from "../../components/kubernetes/grafana-dashboard";
import { kubernetesReadings } from "../../components/kubernetes/kubernetes-metrics";
import { Signal } from "../../components/signal";
import { workloadSignals } from "../../components/workload-signals";

const place = { cluster: { name: "shop-0a1b2c3" }, namespace: "shop-prod" };
const signals = workloadSignals(kubernetesReadings(place, "web"), {
    name: "web",
    minimum: 2,
    maximum: 8,
    growthStep: "add-tasks",
});

interface Panel {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
    readonly fieldConfig: {
        readonly defaults: {
            readonly unit: string;
            readonly custom: { readonly thresholdsStyle: { readonly mode: string } };
            readonly thresholds: {
                readonly steps: readonly { readonly color: string; readonly value: number | null }[];
            };
        };
    };
    readonly options: { readonly content: string };
    readonly description?: string;
}

interface Dashboard {
    readonly uid: string;
    readonly panels: readonly Panel[];
    readonly templating: { readonly list: readonly object[] };
}

const draw = (more: Partial<GrafanaContent> = {}): Dashboard =>
    // As Grafana reads it.
    JSON.parse(
        JSON.stringify(
            grafanaDashboard({
                namespace: "shop-prod",
                tier: "web",
                title: "shop-prod: web",
                signals,
                runbookBase: "docs/runbooks",
                ...more,
            }),
        ),
    ) as Dashboard;

const graphs = (dashboard: Dashboard): Panel[] => dashboard.panels.filter(({ type }) => type === "timeseries");

function panel(dashboard: Dashboard, title: string): Panel {
    const found = graphs(dashboard).find((one) => one.title === title);
    if (found === undefined) {
        throw new Error(`no panel ${title} among ${dashboard.panels.map((one) => one.title).join(", ")}`);
    }
    return found;
}

const signal = (more: Partial<Signal>): Signal => ({
    name: "web-some",
    title: "Some",
    metric: { namespace: "N", metricName: "some", dimensions: {}, statistic: "Average" },
    promql: "max(some)",
    comparison: "above",
    threshold: 1,
    evaluationPeriods: 1,
    severity: "ticket",
    runbook: "workload-cpu",
    ...more,
});

const stepsOf = (list: readonly Signal[]) => graphs(draw({ signals: list }))[0]?.fieldConfig.defaults.thresholds.steps;

describe("a dashboard for Grafana", () => {
    it("has a graph for every signal that Prometheus can see", () => {
        const dashboard = draw({ signals: [...signals, signal({ promql: undefined, runbook: "target-slow" })] });
        expect(graphs(dashboard).map(({ title }) => title)).toEqual(signals.map(({ title }) => title));
        expect(graphs(dashboard).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))).toEqual(
            signals.map(({ promql }) => promql),
        );
    });

    it("numbers panels and queries, and lets none overlap or leave the 24 columns", () => {
        const { panels } = draw({
            signals: [...signals, ...clusterSignals({ name: "compute", target: place, podQuota: 40 })],
            graphs: [{ title: "Rate", unit: "reqps", lines: [{ promql: "sum(a)", legend: "a" }] }],
        });
        expect(panels.map(({ id }) => id)).toEqual(panels.map((_panel, index) => index + 1));
        const taken = new Set<string>();
        for (const { gridPos } of panels) {
            expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
            for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
                for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
                    expect(taken).not.toContain(`${String(x)},${String(y)}`);
                    taken.add(`${String(x)},${String(y)}`);
                }
            }
        }
        for (const { targets = [] } of panels) {
            expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
        }
    });

    it("leaves no hole between the panels but at the end of a line", () => {
        const lines = new Map<number, Panel[]>();
        for (const one of draw().panels) {
            lines.set(one.gridPos.y, [...(lines.get(one.gridPos.y) ?? []), one]);
        }
        for (const line of lines.values()) {
            expect(line.map(({ gridPos }) => gridPos.x)).toEqual(line.map((_one, index) => index * 6));
        }
    });

    it("asks the Prometheus that the reader chooses", () => {
        const dashboard = draw();
        expect(dashboard.templating.list).toEqual([
            { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus", hide: 0 },
        ]);
        expect(JSON.stringify(graphs(dashboard))).toContain('"datasource":{"type":"prometheus","uid":"${datasource}"}');
    });

    it("draws percentages as such, and the thresholds as lines", () => {
        const { defaults } = panel(draw(), "CPU of web, in percent").fieldConfig;
        expect(defaults.unit).toBe("percent");
        expect(defaults.custom.thresholdsStyle).toEqual({ mode: "line+area" });
        expect(defaults.thresholds.steps).toEqual([
            { color: "green", value: null },
            { color: "red", value: 85 },
        ]);
        expect(panel(draw(), "Running tasks of web").fieldConfig.defaults.unit).toBe("short");
    });

    it("colours what lies beyond a threshold, by the severity of its signal", () => {
        expect(stepsOf([signal({ comparison: "below", threshold: 2, severity: "page" })])).toEqual([
            { color: "red", value: null },
            { color: "green", value: 2 },
        ]);
        expect(
            stepsOf([
                signal({ name: "web-worse", threshold: 9, severity: "page" }),
                signal({ name: "web-bad", threshold: 5, severity: "ticket" }),
            ]),
        ).toEqual([
            { color: "green", value: null },
            { color: "orange", value: 5 },
            { color: "red", value: 9 },
        ]);
        expect(
            stepsOf([
                signal({ name: "web-few", comparison: "below", threshold: 4, severity: "ticket" }),
                signal({ name: "web-none", comparison: "below", threshold: 1, severity: "page" }),
                signal({ name: "web-many", threshold: 9, severity: "ticket" }),
            ]),
        ).toEqual([
            { color: "red", value: null },
            { color: "orange", value: 1 },
            { color: "green", value: 4 },
            { color: "orange", value: 9 },
        ]);
    });

    it("draws one value with two thresholds once", () => {
        const [only, ...others] = graphs(
            draw({ signals: [signal({}), signal({ name: "web-worse", threshold: 9, severity: "page" })] }),
        );
        expect(others).toEqual([]);
        expect(only?.targets?.map(({ expr }) => expr)).toEqual(["max(some)"]);
        expect(only?.description).toContain("web-worse: workload-cpu");
    });

    it("names the runbooks, with links where they have an address", () => {
        expect(draw().panels[0]?.options.content).toContain("Runbooks: workload-at-maximum, workload-cpu,");
        expect(draw({ runbookBase: "https://runbooks.example" }).panels[0]?.options.content).toContain(
            "[workload-cpu](https://runbooks.example/workload-cpu.md)",
        );
    });

    it("keeps its address whatever it shows, and shares it with no other", () => {
        expect(draw({ signals: [] }).uid).toBe(draw().uid);
        expect(dashboardUid("shop-prod", "web")).toHaveLength(16);
        expect(new Set([dashboardUid("a", "b"), dashboardUid("b", "a"), dashboardUid("a", "c")]).size).toBe(3);
    });
});
