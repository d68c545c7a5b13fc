// @ts-check
"use strict";
/** What one more resource costs as an architecture grows: N services on one network, both packs. */
const path = require("node:path");
const { alternate } = require("./alternate");
const { cleanEnvironment } = require("./environment");
const { measure } = require("./measure");
const { previewCommand, readPreview, refuseMandatory, root } = require("./offline-run");
const { costPerResource, median, summarize } = require("./statistics");

/** How far from flat the cost may be, in either direction: 10 %. */
const tolerance = 0.1;
const cwd = path.join(root, "bench", "services");

/**
 * @param {{ services: readonly number[], runs: number, short: boolean, log: (line: string) => void }} options
 */
async function scale({ services, runs, short, log }) {
    const env = cleanEnvironment();
    /** @param {number} count @param {boolean} json */
    const command = (count, json) =>
        previewCommand({ cwd, stack: "bench", packs: true, config: { "bench-services:services": count }, json });

    /** @type {Record<string, number>} */
    const resources = {};
    /** @type {Record<string, Record<string, import("./processes").Usage>>} */
    const usage = {};
    const counts = [0, ...services];
    for (const count of counts) {
        const run = await measure(`${count} services`, command(count, true), { cwd, env, watch: true });
        const preview = readPreview(run.stdout);
        refuseMandatory(`${count} services`, preview);
        resources[count] = preview.steps.length;
        usage[count] = run.usage ?? {};
        log(`  ${count} services: ${preview.steps.length} resources`);
    }
    const [smallest = 1] = services;
    requireSameServices(services.map((count) => ({ count, resources: resources[count] ?? 0 })));
    if (short) return { resources, usage };

    const subjects = Object.fromEntries(
        counts.map((count) => [`n${count}`, () => measure(`${count} services`, command(count, false), { cwd, env })]),
    );
    const values = await alternate(subjects, {
        runs,
        warmUps: 0,
        onRun: (name, round, { ms }) => log(`  run ${round}  ${name.slice(1)} services  ${(ms / 1000).toFixed(2)} s`),
    });
    const times = Object.fromEntries(counts.map((count) => [count, (values[`n${count}`] ?? []).map(({ ms }) => ms)]));
    const start = { ms: median(times[0] ?? []), resources: resources[0] ?? 0 };
    const costs = Object.fromEntries(
        services.map((count) => [
            count,
            costPerResource({ ms: median(times[count] ?? []), resources: resources[count] ?? 0 }, start),
        ]),
    );
    const base = costs[smallest] ?? NaN;
    return {
        resources,
        usage,
        milliseconds: Object.fromEntries(Object.entries(times).map(([count, list]) => [count, summarize(list)])),
        millisecondsPerResource: costs,
        tolerance,
        ratios: Object.fromEntries(
            services.map((count, place) => [
                count,
                // The smallest pays most for starting up, and hides growth behind it: the size before does not.
                {
                    toSmallest: (costs[count] ?? NaN) / base,
                    toPrevious: (costs[count] ?? NaN) / (costs[services[place - 1] ?? count] ?? NaN),
                },
            ]),
        ),
    };
}

/**
 * Each service must bring the same: or else the costs per resource are those of different things. (The first one may bring
 * something that all then share.)
 * @param {readonly { count: number, resources: number }[]} sizes
 */
function requireSameServices(sizes) {
    const [first, ...others] = sizes;
    if (!first) return;
    const slopes = others.map(({ count, resources }) => (resources - first.resources) / (count - first.count));
    const odd = slopes.findIndex((slope) => slope !== slopes[0]);
    if (odd >= 0)
        throw new Error(
            `From ${first.count} to ${others[odd]?.count} services, each brings ${slopes[odd]} resources; to ${others[0]?.count}, each brings ${slopes[0]}.`,
        );
}

module.exports = { requireSameServices, scale };
