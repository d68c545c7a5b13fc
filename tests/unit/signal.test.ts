import * as fc from "fast-check";
import { alarmDefinition, duplicateProblems, signalProblems } from "../../components/alarm-definition";
import { growthSteps } from "../../components/growth";
import { isMetricMath, Metric, MetricMath, metricsOf, regionOf, Signal } from "../../components/signal";

const cpu: Metric = {
    namespace: "AWS/RDS",
    metricName: "CPUUtilization",
    dimensions: { DBInstanceIdentifier: "database-1" },
    statistic: "Average",
};
const sum: MetricMath = {
    expression: "reads + writes",
    metrics: {
        reads: { ...cpu, metricName: "ReadIOPS" },
        writes: { ...cpu, metricName: "WriteIOPS", label: "writes" },
    },
    label: "operations",
};
const signal = (more: Partial<Signal> = {}): Signal => ({
    name: "database-cpu",
    title: "CPU of database",
    metric: cpu,
    comparison: "above",
    threshold: 70,
    evaluationPeriods: 30,
    severity: "ticket",
    runbook: "database-cpu",
    growthStep: "larger-database",
    ...more,
});

describe("a signal's metric", () => {
    it("is a formula where it has an expression", () => {
        expect(isMetricMath(cpu)).toBe(false);
        expect(isMetricMath(sum)).toBe(true);
        expect(Object.keys(metricsOf(cpu))).toEqual(["value"]);
        expect(Object.keys(metricsOf(sum))).toEqual(["reads", "writes"]);
    });

    it("is in the provider's region unless one of its metrics names another", () => {
        expect(regionOf(signal())).toBeUndefined();
        expect(regionOf(signal({ metric: { ...cpu, region: "us-east-1" } }))).toBe("us-east-1");
    });
});

describe("the alarm of a signal", () => {
    it("carries a plain metric as it is", () => {
        expect(alarmDefinition(signal(), "docs/runbooks")).toEqual({
            alarmDescription: [
                "[ticket] CPU of database.",
                "Runbook: docs/runbooks/database-cpu.md",
                `Growth step larger-database: ${growthSteps["larger-database"]}`,
            ].join("\n"),
            comparisonOperator: "GreaterThanThreshold",
            threshold: 70,
            evaluationPeriods: 30,
            datapointsToAlarm: 30,
            treatMissingData: "notBreaching",
            namespace: "AWS/RDS",
            metricName: "CPUUtilization",
            dimensions: { DBInstanceIdentifier: "database-1" },
            period: 60,
            statistic: "Average",
        });
    });

    it("hands a percentile over as an extended statistic", () => {
        const definition = alarmDefinition(signal({ metric: { ...cpu, statistic: "p99" } }), "docs/runbooks");
        expect(definition.extendedStatistic).toBe("p99");
        expect(definition).not.toHaveProperty("statistic");
    });

    it("returns the result of a formula and hides its metrics", () => {
        const definition = alarmDefinition(signal({ metric: sum }), "docs/runbooks");
        expect(definition).not.toHaveProperty("metricName");
        expect(definition).not.toHaveProperty("period");
        expect(definition.metricQueries?.map(({ id, returnData }) => [id, returnData])).toEqual([
            ["reads", false],
            ["writes", false],
            ["result", true],
        ]);
        expect(definition.metricQueries?.[2]).toMatchObject({ expression: "reads + writes", label: "operations" });
        expect(definition.metricQueries?.[1]).toMatchObject({
            label: "writes",
            metric: { metricName: "WriteIOPS", stat: "Average", period: 60 },
        });
    });

    it.each([
        ["above", "GreaterThanThreshold"],
        ["at-or-above", "GreaterThanOrEqualToThreshold"],
        ["below", "LessThanThreshold"],
        ["at-or-below", "LessThanOrEqualToThreshold"],
    ] as const)("compares %s by %s", (comparison, operator) => {
        expect(alarmDefinition(signal({ comparison }), "docs/runbooks").comparisonOperator).toBe(operator);
    });

    it("mentions no growth where a failure asks for none", () => {
        const { growthStep: _, ...failure } = signal();
        expect(alarmDefinition(failure, "https://example.com/runbooks").alarmDescription).toBe(
            "[ticket] CPU of database.\nRunbook: https://example.com/runbooks/database-cpu.md",
        );
    });
});

describe("a signal that no alarm can be made of", () => {
    const problemsOf = (more: Partial<Signal>) => signalProblems(signal(more)).map(({ setting }) => setting);

    it.each<[string, Partial<Signal>, string]>([
        ["has a name that is none", { name: "Database CPU" }, "Database CPU: the name"],
        ["has no threshold", { threshold: NaN }, "database-cpu: threshold"],
        ["looks at no period", { evaluationPeriods: 0 }, "database-cpu: evaluationPeriods"],
        [
            "asks for more data than it looks at",
            { evaluationPeriods: 3, datapointsToAlarm: 4 },
            "database-cpu: datapointsToAlarm",
        ],
        [
            "has a period that CloudWatch does not know",
            { metric: { ...cpu, period: 45 } },
            "database-cpu: the period of CPUUtilization",
        ],
        [
            "looks back for more than a day",
            { metric: { ...cpu, period: 300 }, evaluationPeriods: 289 },
            "database-cpu: the time that is looked at for CPUUtilization",
        ],
        [
            "reads more metrics than an alarm can",
            {
                metric: {
                    ...sum,
                    metrics: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`m${String(n)}`, cpu])),
                },
            },
            "database-cpu: the number of metrics in the formula",
        ],
        [
            "names a metric in capitals",
            { metric: { ...sum, metrics: { Reads: cpu } } },
            "database-cpu: the key of a metric",
        ],
        [
            "names a metric like the result",
            { metric: { ...sum, metrics: { result: cpu } } },
            "database-cpu: the key of a metric",
        ],
        [
            "reads two regions",
            { metric: { ...sum, metrics: { reads: cpu, writes: { ...cpu, region: "us-east-1" } } } },
            "database-cpu: the regions of the metrics",
        ],
    ])("%s", (_, more, setting) => {
        expect(problemsOf(more)).toContain(setting);
    });

    it("is not one that keeps the rules", () => {
        expect(signalProblems(signal({ metric: sum }))).toEqual([]);
        expect(signalProblems(signal({ metric: { ...cpu, period: 3600 }, evaluationPeriods: 168 }))).toEqual([]);
    });
});

describe("signals of the same name", () => {
    it("are found wherever they are, and both owners are named", () => {
        const found = duplicateProblems([
            { tier: "database", signals: [signal()] },
            { tier: "orders", signals: [signal({ name: "orders-cpu" }), signal()] },
        ]);
        expect(found).toEqual([
            expect.objectContaining({ setting: "signal database-cpu", value: "declared by database and by orders" }),
        ]);
    });

    it("are as many problems as there are names too many", () => {
        fc.assert(
            fc.property(fc.array(fc.constantFrom("a", "b", "c", "d")), (names) => {
                const sources = names.map((name, index) => ({
                    tier: `tier-${String(index)}`,
                    signals: [signal({ name })],
                }));
                expect(duplicateProblems(sources)).toHaveLength(names.length - new Set(names).size);
            }),
        );
    });
});
