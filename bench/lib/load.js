// @ts-check
"use strict";
const os = require("node:os");

/**
 * Waiting and running processes for each CPU, averaged over the last minute, beyond what the benchmark itself brings: our
 * preview is six processes, the CDK program is one, so that a busy machine gives us more of its time than it gives CDK, and
 * the ratios say nothing. Under this, they do.
 */
const highestLoadPerCpu = 0.5;

/** Load of the machine before anything is measured. */
function currentLoad() {
    return { load: os.loadavg()[0] ?? 0, cpus: os.cpus().length };
}

/**
 * What a reader must know before the figures, or undefined on a quiet machine.
 * @param {{ load: number, cpus: number }} before
 */
function warning({ load, cpus }) {
    if (load / cpus <= highestLoadPerCpu) return undefined;
    return `The machine was busy before the first run (load ${load.toFixed(1)} on ${cpus} CPUs): the ratios below are not to be relied on.`;
}

module.exports = { currentLoad, warning };
