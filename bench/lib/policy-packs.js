// @ts-check
"use strict";
/** What both packs cost per resource, against AwsGuard on the same stack, and whether it grows with the stack. */
const path = require("node:path");
const { alternate } = require("./alternate");
const { cleanEnvironment } = require("./environment");
const { measure } = require("./measure");
const { previewCommand, packs, readPreview, refuseMandatory, root } = require("./offline-run");
const { installPackages } = require("./packages");
const { median, pairedRatio, summarize } = require("./statistics");

const cwd = path.join(root, "bench", "services");
const awsguard = path.join(root, "bench", "awsguard");

/** Services of `bench/services` that make about 1,000 and about 4,000 resources. */
const SERVICES = [13, 58];
/** The larger preview takes minutes for all three. */
const MOST_RUNS_OF_LARGE = 2;

const subjects = /** @type {const} */ ({ none: [], headroom: packs, awsguard: [awsguard] });
/** @typedef {keyof typeof subjects} Subject */
const judges = /** @type {const} */ (["headroom", "awsguard"]);

/**
 * @typedef {{ wall: number, cpu: number }} Cost
 * @typedef {{
 *     services: number,
 *     resources: number,
 *     findings: Record<string, number>,
 *     usage: Record<string, Record<string, import("./processes").Usage>>,
 *     milliseconds?: Record<string, import("./statistics").Summary>,
 *     perResource?: Record<string, Cost>,
 *     ratios?: Cost,
 * }} Size
 * @typedef {{ from: number, to: number, ratios: Record<string, Cost> }} Growth
 */

/**
 * @param {{ runs: number, short: boolean, log: (line: string) => void }} options
 * @returns {Promise<{ sizes: Size[], growth?: Growth }>}
 */
async function comparePacks({ runs, short, log }) {
    installPackages(awsguard, "AwsGuard with the version of @pulumi/aws that it asks for");
    /** @type {Size[]} */
    const sizes = [];
    for (const [index, services] of (short ? [2] : SERVICES).entries()) {
        const counted = index === 0 ? runs : Math.min(runs, MOST_RUNS_OF_LARGE);
        sizes.push(await compareAt({ services, runs: counted, short, log }));
    }
    const [small, large] = sizes;
    if (!small?.perResource || !large?.perResource) return { sizes };
    const [from, to] = [small.perResource, large.perResource];
    const ratios = judges.map((name) => [name, quotient(to[name], from[name])]);
    return { sizes, growth: { from: small.resources, to: large.resources, ratios: Object.fromEntries(ratios) } };
}

/**
 * @param {{ services: number, runs: number, short: boolean, log: (line: string) => void }} options
 * @returns {Promise<Size>}
 */
async function compareAt({ services, runs, short, log }) {
    const env = cleanEnvironment();
    /** @param {Subject} name @param {boolean} json */
    const command = (name, json) =>
        previewCommand({
            cwd,
            stack: "bench",
            packs: subjects[name],
            config: { "bench-services:services": services },
            json,
        });
    const names = /** @type {Subject[]} */ (Object.keys(subjects));

    /** @type {Record<string, number>} */
    const findings = {};
    /** @type {Record<string, number>} */
    const resources = {};
    /** @type {Size["usage"]} */
    const usage = {};
    for (const name of names) {
        const what = `${services} services, ${name}`;
        const run = await measure(what, command(name, true), { cwd, env, watch: true });
        const preview = readPreview(run.stdout);
        refuseMandatory(what, preview);
        findings[name] = preview.policy.length;
        resources[name] = preview.steps.length;
        usage[name] = run.usage ?? {};
        log(`  ${what}: ${preview.steps.length} resources, ${preview.policy.length} findings`);
    }
    const count = resources.none ?? 0;
    if (names.some((name) => resources[name] !== count))
        throw new Error(`The previews of ${services} services differ in resources: ${JSON.stringify(resources)}.`);
    if (short) return { services, resources: count, findings, usage };

    const values = await alternate(
        Object.fromEntries(names.map((name) => [name, () => measure(name, command(name, false), { cwd, env })])),
        {
            runs,
            warmUps: 0,
            onRun: (name, round, { ms }) =>
                log(`  run ${round}  ${name}, ${count} resources  ${(ms / 1000).toFixed(2)} s`),
        },
    );
    const times = Object.fromEntries(names.map((name) => [name, (values[name] ?? []).map(({ ms }) => ms)]));
    const without = times.none ?? [];
    /** What the packs add to each round. @param {Subject} name */
    const added = (name) => (times[name] ?? []).map((ms, round) => ms - (without[round] ?? NaN));
    /** @param {Subject} name @returns {Cost} */
    const costOf = (name) => ({ wall: median(added(name)) / count, cpu: cpuOfPacks(usage[name] ?? {}) / count });
    const perResource = Object.fromEntries(judges.map((name) => [name, costOf(name)]));
    return {
        services,
        resources: count,
        findings,
        usage,
        milliseconds: Object.fromEntries(Object.entries(times).map(([name, list]) => [name, summarize(list)])),
        perResource,
        ratios: {
            wall: pairedRatio(added("headroom"), added("awsguard")),
            cpu: quotient(perResource.headroom, perResource.awsguard).cpu,
        },
    };
}

/** @param {Cost | undefined} one @param {Cost | undefined} other @returns {Cost} */
function quotient(one, other) {
    return { wall: (one?.wall ?? NaN) / (other?.wall ?? NaN), cpu: (one?.cpu ?? NaN) / (other?.cpu ?? NaN) };
}

/** @param {Record<string, import("./processes").Usage>} usage of one run, by role */
function cpuOfPacks(usage) {
    return Object.entries(usage)
        .filter(([role]) => role.startsWith("policy pack"))
        .reduce((sum, [, { cpuMs }]) => sum + cpuMs, 0);
}

module.exports = { comparePacks, cpuOfPacks };
