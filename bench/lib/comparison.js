// @ts-check
"use strict";
/** Prod's preview against a bare program of as many resources, and against the same architecture in AWS CDK. */
const path = require("node:path");
const { alternate } = require("./alternate");
const { writeBareProgram } = require("./bare-program");
const { buildCdkProgram, countCdkResources, synthCommand } = require("./cdk-program");
const { cleanEnvironment } = require("./environment");
const { measure } = require("./measure");
const { countByType, previewCommand, rawResources, readPreview, refuseMandatory, root } = require("./offline-run");
const { pairedRatio, summarize } = require("./statistics");

/** What the design aims at: our time as a multiple of the other's. */
const aims = { bare: 1.25, cdk: 1.0 };

/**
 * Makes the programs and checks that each does what it is compared for.
 * @param {string} stack
 */
async function prepare(stack) {
    const ours = { cwd: root, stack, packs: true };
    const preview = readPreview(
        (
            await measure("Headroom's preview", previewCommand({ ...ours, json: true }), {
                cwd: root,
                env: cleanEnvironment(),
            })
        ).stdout,
    );
    refuseMandatory("Headroom's preview", preview);
    const resources = rawResources(preview);
    const bare = { cwd: writeBareProgram(resources, "eu-central-1"), stack: "bench", packs: false };
    const bareRun = await measure("The bare program's preview", previewCommand({ ...bare, json: true }), {
        cwd: bare.cwd,
        env: cleanEnvironment(),
    });
    agree(countByType(resources), countByType(rawResources(readPreview(bareRun.stdout))));
    buildCdkProgram();
    await measure("The CDK program", synthCommand(), { cwd: path.join(root, "bench"), env: cleanEnvironment() });
    return { ours, bare, preview, resources };
}

/**
 * @param {Record<string, number>} wanted
 * @param {Record<string, number>} found
 */
function agree(wanted, found) {
    const types = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
    const wrong = types.filter((type) => wanted[type] !== found[type]);
    if (wrong.length > 0)
        throw new Error(
            `The bare program differs:\n${wrong.map((type) => `${type}: ${wanted[type] ?? 0} in Headroom, ${found[type] ?? 0} in it`).join("\n")}`,
        );
}

/**
 * @param {{ runs: number, short: boolean, stack?: string, log: (line: string) => void }} options
 */
async function compare({ runs, short, stack = "prod", log }) {
    const { ours, bare, preview, resources } = await prepare(stack);
    const counts = {
        headroom: { resources: resources.length, registered: preview.steps.length },
        bare: { resources: resources.length },
        cdk: { resources: countCdkResources().length },
    };
    log(
        `headroom ${counts.headroom.resources} resources (${counts.headroom.registered} with components), bare ${counts.bare.resources}, CDK ${counts.cdk.resources} in CloudFormation`,
    );

    const commands = {
        headroom: { command: previewCommand(ours), cwd: root },
        bare: { command: previewCommand(bare), cwd: bare.cwd },
        cdk: { command: synthCommand(), cwd: path.join(root, "bench") },
    };
    /** @type {Record<string, Record<string, import("./processes").Usage>>} */
    const usage = {};
    let warm = 0;
    const subjects = Object.fromEntries(
        Object.entries(commands).map(([name, { command, cwd }]) => [
            name,
            // The warm-up round is not timed: there the processes can be watched.
            () =>
                measure(name, command, { cwd, env: cleanEnvironment(), watch: warm++ < Object.keys(commands).length }),
        ]),
    );
    const values = await alternate(subjects, {
        runs: short ? 0 : runs,
        onRun: (name, round, { ms, usage: used }) => {
            if (used) usage[name] = used;
            log(`  ${round < 1 ? "warm-up" : `run ${round}`}  ${name}  ${(ms / 1000).toFixed(2)} s`);
        },
    });
    if (short) return { stack, counts, usage };
    const times = Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.map(({ ms }) => ms)]));
    const oursMs = times.headroom ?? [];
    return {
        stack,
        counts,
        usage,
        milliseconds: Object.fromEntries(Object.entries(times).map(([name, list]) => [name, summarize(list)])),
        ratios: {
            bare: { value: pairedRatio(oursMs, times.bare ?? []), aim: aims.bare },
            cdk: { value: pairedRatio(oursMs, times.cdk ?? []), aim: aims.cdk },
        },
    };
}

module.exports = { agree, compare };
