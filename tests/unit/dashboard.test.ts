import * as fc from "fast-check";
import { dashboardBody, DashboardContent, graphGroups } from "../../components/dashboard";
import { Block, gridColumns, placeBlocks } from "../../components/dashboard-layout";
import { survival } from "../../components/failure-domain";
import { Metric, MetricMath, Signal } from "../../components/signal";

const block = fc.record({
    width: fc.integer({ min: 1, max: gridColumns }),
    height: fc.integer({ min: 1, max: 12 }),
    content: fc.string(),
});
const sections = fc.array(fc.array(block, { maxLength: 12 }), { maxLength: 8 });

describe("the layout of a dashboard", () => {
    it("keeps every block inside the grid and loses none", () => {
        fc.assert(
            fc.property(sections, (given) => {
                const placed = placeBlocks(given);
                expect(placed.map(({ content }) => content)).toEqual(given.flat().map(({ content }) => content));
                for (const { x, y, width } of placed) {
                    expect(x).toBeGreaterThanOrEqual(0);
                    expect(y).toBeGreaterThanOrEqual(0);
                    expect(x + width).toBeLessThanOrEqual(gridColumns);
                }
            }),
        );
    });

    it("lets no two blocks overlap", () => {
        fc.assert(
            fc.property(sections, (given) => {
                const taken = new Set<string>();
                for (const { x, y, width, height } of placeBlocks(given)) {
                    for (let column = x; column < x + width; column++) {
                        for (let row = y; row < y + height; row++) {
                            const cell = `${String(column)}:${String(row)}`;
                            expect(taken.has(cell)).toBe(false);
                            taken.add(cell);
                        }
                    }
                }
            }),
        );
    });

    it("begins each section below the one before", () => {
        fc.assert(
            fc.property(sections, (given) => {
                let index = 0;
                let bottom = 0;
                const placed = placeBlocks(given);
                for (const section of given) {
                    const own = placed.slice(index, index + section.length);
                    index += section.length;
                    for (const { y } of own) {
                        expect(y).toBeGreaterThanOrEqual(bottom);
                    }
                    bottom = Math.max(bottom, ...own.map(({ y, height }) => y + height));
                }
            }),
        );
    });

    it("is the same for the same blocks", () => {
        fc.assert(
            fc.property(sections, (given) => {
                expect(placeBlocks(given)).toEqual(placeBlocks(structuredClone(given)));
            }),
        );
    });

    it("refuses a block that no line can hold", () => {
        const wide: Block<string> = { width: 25, height: 1, content: "" };
        expect(() => placeBlocks([[wide]])).toThrow("25 × 1 does not fit");
    });
});

const metric = (metricName: string, instance: string): Metric => ({
    namespace: "AWS/RDS",
    metricName,
    dimensions: { DBInstanceIdentifier: instance },
    statistic: "Average",
    label: `${instance} ${metricName}`,
});
const math = (instance: string): MetricMath => ({
    expression: "MAX([FILL(reads, 0), writes])",
    metrics: { reads: metric("ReadIOPS", instance), writes: metric("WriteIOPS", instance) },
    label: `${instance} IOPS`,
});
const signal = (name: string, of: Metric | MetricMath, more: Partial<Signal> = {}): Signal => ({
    name,
    title: `Title of ${name}`,
    metric: of,
    comparison: "above",
    threshold: 70,
    evaluationPeriods: 5,
    severity: "ticket",
    runbook: "database-cpu",
    ...more,
});
const content = (signals: Signal[], more: Partial<DashboardContent> = {}): DashboardContent => ({
    region: "eu-central-1",
    title: "headroom prod",
    alarmArns: ["arn:1", "arn:2"],
    tiers: [{ tier: "database", signals, survivals: [] }],
    runbookBase: "docs/runbooks",
    ...more,
});

interface Shown {
    type: string;
    properties: Record<string, unknown> & {
        title?: string;
        metrics?: unknown[][];
        markdown?: string;
        alarms?: unknown[];
    };
}
const widgets = (given: DashboardContent) => dashboardBody(given).widgets as Shown[];
const graphs = (given: DashboardContent) => widgets(given).filter(({ type }) => type === "metric");

describe("the graphs of a tier", () => {
    it("show a vital sign once, with all its thresholds", () => {
        const cpu = metric("CPUUtilization", "primary");
        const shown = graphs(
            content([signal("cpu", cpu), signal("cpu-saturated", cpu, { threshold: 90, severity: "page" })]),
        );
        expect(shown).toHaveLength(1);
        expect(shown[0]?.properties).toMatchObject({
            title: "Title of cpu",
            annotations: {
                horizontal: [
                    { label: "ticket", value: 70, fill: "above" },
                    { label: "page", value: 90, fill: "above" },
                ],
            },
        });
        expect(shown[0]?.properties.metrics).toHaveLength(1);
    });

    it("show the same vital sign of several replicas as several lines", () => {
        const shown = graphs(
            content([signal("a", metric("ReplicaLag", "az1")), signal("b", metric("ReplicaLag", "az2"))]),
        );
        expect(shown).toHaveLength(1);
        expect(shown[0]?.properties.metrics?.map((row) => row[3])).toEqual(["az1", "az2"]);
        expect(shown[0]?.properties.title).toBe("Database cpu");
    });

    it("shade the side on which the alarm fires", () => {
        const shown = graphs(content([signal("memory", metric("FreeableMemory", "a"), { comparison: "below" })]));
        expect(shown[0]?.properties).toMatchObject({ annotations: { horizontal: [{ fill: "below" }] } });
    });

    it("rename the metrics of formulas, so that two of them can share a graph", () => {
        const [shown] = graphs(content([signal("a", math("az1")), signal("b", math("az2"))]));
        const rows = shown?.properties.metrics ?? [];
        const options = rows.map(
            (row) => row[row.length - 1] as { id: string; expression?: string; visible?: boolean },
        );
        expect(options.map(({ id }) => id)).toEqual(["m1", "m1_reads", "m1_writes", "m2", "m2_reads", "m2_writes"]);
        expect(options[3]?.expression).toBe("MAX([FILL(m2_reads, 0), m2_writes])");
        expect(options.filter(({ visible }) => visible === false)).toHaveLength(4);
    });

    it("lie in the region of their metrics", () => {
        const edge = { ...metric("5xxErrorRate", "cdn"), region: "us-east-1" };
        expect(graphs(content([signal("errors", edge)]))[0]?.properties).toMatchObject({ region: "us-east-1" });
    });

    it("hold every signal once", () => {
        const names = fc.array(fc.constantFrom("CPU", "Memory", "Lag"), { maxLength: 20 });
        fc.assert(
            fc.property(names, (metricNames) => {
                const signals = metricNames.map((name, index) =>
                    signal(`s${String(index)}`, metric(name, `i${String(index)}`)),
                );
                expect(
                    graphGroups(signals)
                        .flat()
                        .map(({ name }) => name)
                        .sort(),
                ).toEqual(signals.map(({ name }) => name).sort());
            }),
        );
    });
});

describe("the rest of the dashboard", () => {
    it("says what a tier survives and where help is", () => {
        const survivals = [survival({ tier: "database", unit: "instance", units: 2, zones: 2 })];
        const given = content([signal("cpu", metric("CPU", "a"))], {
            tiers: [{ tier: "database", signals: [signal("cpu", metric("CPU", "a"))], survivals }],
            runbookBase: "https://example.com/runbooks",
        });
        const text = widgets(given)
            .map(({ properties }) => properties.markdown ?? "")
            .join("\n");
        expect(text).toContain("## database");
        expect(text).toContain("without a zone: 1");
        expect(text).toContain("[database-cpu](https://example.com/runbooks/database-cpu.md)");
    });

    it("shows every alarm, a hundred in a widget", () => {
        const alarmArns = Array.from({ length: 230 }, (_, index) => `arn:${String(index)}`);
        const shown = widgets(content([], { alarmArns })).filter(({ type }) => type === "alarm");
        expect(shown.map(({ properties }) => properties.alarms?.length)).toEqual([100, 100, 30]);
    });

    it("answers the four golden questions where it is told how", () => {
        const question = [metric("Latency", "lb")];
        const given = content([], {
            golden: { latency: question, traffic: question, errors: question, saturation: question },
        });
        expect(graphs(given).map(({ properties }) => properties.title)).toEqual([
            "Latency",
            "Traffic",
            "Errors",
            "Saturation",
        ]);
        expect(graphs(content([]))).toEqual([]);
    });
});
