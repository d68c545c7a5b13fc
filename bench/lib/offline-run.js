// @ts-check
"use strict";
const path = require("node:path");

const root = path.resolve(__dirname, "..", "..");
/** All that the benchmarks write; `.headroom/` is ignored by git. */
const workDir = path.join(root, ".headroom", "bench");
const packs = ["no-single-point-of-failure", "encryption"].map((name) => path.join(root, "policies", name));

/**
 * The command of one offline preview, as `make preview` runs it once everything is set up. Its state lies apart from the
 * user's own stacks, and is empty: everything is to be created. `packs`: both, none, or those in the folders.
 * @param {{ cwd: string, stack: string, packs: boolean | readonly string[], config?: Record<string, string | number>, json?: boolean }} options
 */
function previewCommand({ cwd, stack, packs: withPacks, config = {}, json = false }) {
    return [
        process.execPath,
        path.join(root, "offline", "bin", "offline.js"),
        "preview",
        ...["--cwd", cwd, "--stack", stack, "--state-dir", workDir],
        ...(withPacks === true ? packs : withPacks || []).flatMap((pack) => ["--policy-pack", pack]),
        ...Object.entries(config).flatMap(([key, value]) => ["--config", `${key}=${value}`]),
        ...(json ? ["--json"] : []),
    ];
}

/**
 * @typedef {{ op: string, type: string, name: string, urn: string, inputs?: Record<string, unknown> }} Step
 * @typedef {{ ok: boolean, steps: Step[], policy: { level: string, policy: string, urn?: string, message: string }[] }} Preview
 */

/**
 * @param {string} stdout of a preview with `--json`
 * @returns {Preview}
 */
function readPreview(stdout) {
    return JSON.parse(stdout);
}

/**
 * The resources that a provider makes: no components, no providers, not the stack itself.
 * @param {Preview} preview
 */
function rawResources({ steps }) {
    return steps.filter(({ op, type }) => op === "create" && /^(aws|random|kubernetes):/.test(type));
}

/**
 * How many resources of each type there are.
 * @param {readonly { type: string }[]} resources
 */
function countByType(resources) {
    /** @type {Record<string, number>} */
    const counts = {};
    for (const { type } of [...resources].sort((a, b) => a.type.localeCompare(b.type)))
        counts[type] = (counts[type] ?? 0) + 1;
    return counts;
}

/**
 * An error that lists what a pack found and does not let pass.
 * @param {string} what
 * @param {Preview} preview
 */
function refuseMandatory(what, { policy }) {
    const found = policy.filter(({ level }) => level === "mandatory");
    if (found.length > 0)
        throw new Error(
            `${what}: ${found.length} mandatory findings:\n${found.map((one) => `${one.policy} ${one.urn ?? ""}: ${one.message}`).join("\n")}`,
        );
}

module.exports = { countByType, packs, previewCommand, rawResources, readPreview, refuseMandatory, root, workDir };
