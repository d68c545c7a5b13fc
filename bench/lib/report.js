// @ts-check
"use strict";
const { table } = require("./table");

/**
 * @typedef {Awaited<ReturnType<typeof import("./comparison").compare>>} Comparison
 * @typedef {Awaited<ReturnType<typeof import("./scale").scale>>} Scale
 * @typedef {Awaited<ReturnType<typeof import("./policy-packs").comparePacks>>} Packs
 */

const seconds = (/** @type {number} */ ms) => (ms / 1000).toFixed(2);
const mebibytes = (/** @type {number} */ kib) => (kib / 1024).toFixed(0);
const names = /** @type {Record<string, string>} */ ({
    headroom: "Headroom, both packs",
    bare: "bare program",
    cdk: "AWS CDK with cdk-nag",
});

/** @param {{ value: number, aim: number }} ratio */
const judged = ({ value, aim }) => [value.toFixed(2), `≤ ${aim.toFixed(2)}`, value <= aim ? "met" : "missed"];

/**
 * @param {Record<string, Record<string, import("./processes").Usage>>} usage
 * @param {(name: string) => string} nameOf
 */
function processTable(usage, nameOf) {
    const rows = Object.entries(usage).flatMap(([name, roles]) =>
        Object.entries(roles)
            .sort(([a], [b]) => a.localeCompare(b))
            .map(([role, { peakKiB, cpuMs }]) => [`${nameOf(name)}: ${role}`, mebibytes(peakKiB), seconds(cpuMs)]),
    );
    return table(["processes of one run", "peak MiB", "CPU seconds"], rows);
}

/** @param {Comparison} result */
function renderComparison(result) {
    const { counts, usage, milliseconds, ratios, stack } = result;
    const parts = [
        table(
            [`${stack}: what is planned`, "resources"],
            [
                [names.headroom ?? "", `${counts.headroom.resources}`],
                ["  with its components", `${counts.headroom.registered}`],
                [names.bare ?? "", `${counts.bare.resources}`],
                [`${names.cdk ?? ""} (CloudFormation)`, `${counts.cdk.resources}`],
            ],
        ),
    ];
    if (milliseconds && ratios) {
        const rows = Object.entries(milliseconds).map(([name, one]) => [
            names[name] ?? name,
            seconds(one.median),
            seconds(one.min),
            seconds(one.max),
            `${one.runs}`,
        ]);
        parts.push(table(["seconds", "median", "min", "max", "runs"], rows));
        parts.push(
            table(
                ["Headroom ÷ …", "ratio", "aim", ""],
                Object.entries(ratios).map(([name, ratio]) => [names[name] ?? name, ...judged(ratio)]),
            ),
        );
    }
    parts.push(processTable(usage, (name) => names[name] ?? name));
    return parts.join("\n\n");
}

/**
 * Flat means within the tolerance on both sides; below it, more services make each resource cheaper.
 * @param {number} ratio
 * @param {number} tolerance
 */
function flatness(ratio, tolerance) {
    if (ratio > 1 + tolerance) return "dearer";
    return ratio < 1 - tolerance ? "cheaper" : "flat";
}

/** @param {Scale} result */
function renderScale(result) {
    const { resources, usage, milliseconds, millisecondsPerResource, ratios, tolerance } = result;
    if (!milliseconds || !millisecondsPerResource || !ratios)
        return table(
            ["services", "resources"],
            Object.entries(resources).map(([count, number]) => [count, `${number}`]),
        );
    const rows = Object.entries(milliseconds).map(([count, one]) => {
        const ratio = ratios[count];
        const cost = millisecondsPerResource[count];
        const figures = [`${resources[count]}`, seconds(one.median), seconds(one.min), seconds(one.max)];
        if (cost === undefined || !ratio) return [count, ...figures, "fixed start"];
        const { toSmallest, toPrevious } = ratio;
        return [
            count,
            ...figures,
            cost.toFixed(2),
            toSmallest.toFixed(2),
            flatness(toSmallest, tolerance),
            toPrevious.toFixed(2),
            flatness(toPrevious, tolerance),
        ];
    });
    return [
        table(
            [
                "services",
                "resources",
                "median s",
                "min",
                "max",
                "ms per resource",
                "÷ smallest",
                "",
                "÷ size before",
                "",
            ],
            rows,
        ),
        processTable(usage, (count) => `${count} services`),
    ].join("\n\n");
}

const policies = /** @type {Record<string, string>} */ ({
    none: "no pack",
    headroom: "both packs",
    awsguard: "AwsGuard",
});

/** @param {Packs} result */
function renderPacks({ sizes, growth }) {
    const parts = sizes.map(({ resources, findings, milliseconds, perResource, ratios, usage }) => {
        const title = `${resources} resources`;
        if (!milliseconds || !perResource || !ratios)
            return table(
                [title, "findings"],
                Object.entries(findings).map(([name, count]) => [policies[name] ?? name, `${count}`]),
            );
        const rows = Object.entries(milliseconds).map(([name, one]) => [
            policies[name] ?? name,
            seconds(one.median),
            seconds(one.min),
            seconds(one.max),
            `${one.runs}`,
            name === "none" ? "" : (perResource[name]?.wall ?? NaN).toFixed(2),
            name === "none" ? "" : (perResource[name]?.cpu ?? NaN).toFixed(2),
            name === "none" ? "" : `${findings[name]}`,
        ]);
        return [
            table(
                [title, "median s", "min", "max", "runs", "ms per resource", "CPU ms per resource", "findings"],
                rows,
            ),
            table(
                ["both packs ÷ AwsGuard", "ratio"],
                [
                    ["time beyond the preview without packs", ratios.wall.toFixed(2)],
                    ["CPU time of the packs' processes", ratios.cpu.toFixed(2)],
                ],
            ),
            processTable(usage, (name) => policies[name] ?? name),
        ].join("\n\n");
    });
    if (growth)
        parts.push(
            table(
                [`cost per resource of ${growth.to} ÷ of ${growth.from}`, "time", "CPU time"],
                Object.entries(growth.ratios).map(([name, { wall, cpu }]) => [
                    policies[name] ?? name,
                    wall.toFixed(2),
                    cpu.toFixed(2),
                ]),
            ),
        );
    return parts.join("\n\n");
}

module.exports = { renderComparison, renderPacks, renderScale };
