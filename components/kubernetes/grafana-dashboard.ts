import { createHash } from "node:crypto";
import { graphGroups } from "../dashboard";
import { Block, placeBlocks } from "../dashboard-layout";
import { isMetricMath, Severity, Signal } from "../signal";
import { isPrometheusSignal, PrometheusSignal } from "./prometheus-rules";

export interface GrafanaContent {
    /** The namespace, for the address of the dashboard. */
    readonly namespace: string;
    /** The tier that is shown. */
    readonly tier: string;
    readonly title: string;
    /** Those that Prometheus can see are drawn. */
    readonly signals: readonly Signal[];
    /** Further graphs, such as rates that no signal judges. */
    readonly graphs?: readonly GrafanaGraph[];
    readonly runbookBase: string;
}

/** A graph without a threshold. */
export interface GrafanaGraph {
    readonly title: string;
    /** A unit as Grafana names it: `reqps`, `s`, `percent`, `short`. */
    readonly unit: string;
    readonly lines: readonly { readonly promql: string; readonly legend: string }[];
}

/** A panel in Grafana's model, without its place and number. */
type Panel = Readonly<Record<string, unknown>>;

/** Whoever looks chooses among the Prometheus that Grafana knows; at first it is the default one. */
const dataSource = { type: "prometheus", uid: "${datasource}" } as const;

/** The schema of panels and of the rest that the model is written in. Newer Grafanas migrate it when they load it. */
const schemaVersion = 39;

const severityColors: Readonly<Record<Severity, string>> = { page: "red", ticket: "orange" };

/**
 * A dashboard in Grafana's JSON model: a graph for each vital sign of a tier with its thresholds drawn, four in a line.
 * https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 */
export function grafanaDashboard(content: GrafanaContent): object {
    const { namespace, tier, title, signals, graphs = [] } = content;
    const seen = signals.filter(isPrometheusSignal);
    const sections: Block<Panel>[][] = [
        [{ width: 24, height: 3, content: introduction(content, seen) }],
        graphGroups(seen).map((group) => block(signalPanel(group.filter(isPrometheusSignal), content.runbookBase))),
        graphs.map((graph) => block(plainPanel(graph))),
    ];
    return {
        uid: dashboardUid(namespace, tier),
        title,
        tags: ["headroom", namespace],
        schemaVersion,
        version: 1,
        editable: false,
        // The name of a zone, or the browser's: people compare it with what CloudWatch shows them.
        timezone: "browser",
        time: { from: "now-3h", to: "now" },
        refresh: "1m",
        // One pointer for all graphs: what happened at the same time is what one looks for.
        graphTooltip: 1,
        templating: {
            list: [{ name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus", hide: 0 }],
        },
        annotations: { list: [] },
        links: [],
        panels: placeBlocks(sections).map(({ x, y, width, height, content: panel }, index) => ({
            id: index + 1,
            gridPos: { x, y, w: width, h: height },
            ...panel,
        })),
    };
}

/** At most 40 characters, the same for ever: links to the dashboard hold it. */
export function dashboardUid(namespace: string, tier: string): string {
    return createHash("sha256").update(`${namespace}/${tier}`).digest("hex").slice(0, 16);
}

const block = (panel: Panel): Block<Panel> => ({ width: 6, height: 8, content: panel });

function introduction({ tier, runbookBase }: GrafanaContent, signals: readonly PrometheusSignal[]): Panel {
    const runbooks = [...new Set(signals.map(({ runbook }) => runbook))].sort();
    const content = [
        `Vital signs of **${tier}**, with the thresholds of its alarms: red wakes somebody up, orange is a ticket. CloudWatch is what pages.`,
        ...(runbooks.length === 0 ? [] : [`Runbooks: ${runbooks.map((name) => link(name, runbookBase)).join(", ")}`]),
    ].join("\n\n");
    return { type: "text", title: "", transparent: true, options: { mode: "markdown", content } };
}

const link = (runbook: string, base: string): string =>
    base.startsWith("https://") ? `[${runbook}](${base}/${runbook}.md)` : runbook;

function signalPanel(signals: readonly PrometheusSignal[], runbookBase: string): Panel {
    const [first] = signals;
    const lines = new Map(signals.map((signal) => [signal.promql, legendOf(signal)]));
    return {
        ...timeSeries(
            first?.title ?? "",
            unitOf(first),
            [...lines].map(([promql, legend]) => ({ promql, legend })),
            steps(signals),
        ),
        description: signals.map((signal) => `${signal.name}: ${link(signal.runbook, runbookBase)}`).join("\n\n"),
    };
}

const plainPanel = ({ title, unit, lines }: GrafanaGraph): Panel => timeSeries(title, unit, lines, []);

interface Step {
    readonly color: string;
    readonly value: number | null;
}

/**
 * Grafana colours what lies from one step up to the next. So a bound from above begins its colour, and a bound from below ends it.
 */
function steps(signals: readonly PrometheusSignal[]): Step[] {
    const bounds = [...signals].sort((a, b) => a.threshold - b.threshold);
    const isBelow = ({ comparison }: Signal) => comparison === "below" || comparison === "at-or-below";
    const lowest = bounds.find(isBelow);
    const found: Step[] = [{ color: lowest === undefined ? "green" : severityColors[lowest.severity], value: null }];
    bounds.forEach((signal, index) => {
        if (isBelow(signal)) {
            const next = bounds.slice(index + 1).find(isBelow);
            found.push({
                color: next === undefined ? "green" : severityColors[next.severity],
                value: signal.threshold,
            });
        } else {
            found.push({ color: severityColors[signal.severity], value: signal.threshold });
        }
    });
    return found;
}

function timeSeries(
    title: string,
    unit: string,
    lines: readonly { readonly promql: string; readonly legend: string }[],
    thresholds: readonly Step[],
): Panel {
    return {
        type: "timeseries",
        title,
        datasource: dataSource,
        targets: lines.map(({ promql, legend }, index) => ({
            refId: String.fromCharCode("A".charCodeAt(0) + index),
            datasource: dataSource,
            editorMode: "code",
            expr: promql,
            legendFormat: legend,
            range: true,
        })),
        fieldConfig: {
            defaults: {
                unit,
                min: 0,
                custom: {
                    drawStyle: "line",
                    lineWidth: 2,
                    fillOpacity: 10,
                    showPoints: "never",
                    // A gap is a gap: nobody should take missing data for a value.
                    spanNulls: false,
                    thresholdsStyle: { mode: thresholds.length === 0 ? "off" : "line+area" },
                },
                thresholds: {
                    mode: "absolute",
                    steps: thresholds.length === 0 ? [{ color: "green", value: null }] : thresholds,
                },
            },
            overrides: [],
        },
        options: {
            legend: { showLegend: true, displayMode: "list", placement: "bottom", calcs: ["lastNotNull"] },
            tooltip: { mode: "multi", sort: "desc" },
        },
    };
}

const legendOf = ({ metric, name }: Signal): string =>
    metric.label ?? (isMetricMath(metric) ? name : metric.metricName);

/** Labels of metrics say it where they are percentages: the label is what CloudWatch's dashboard shows. */
const unitOf = (signal: Signal | undefined): string =>
    signal?.metric.label?.includes("(%)") === true ? "percent" : "short";
