// @ts-check
"use strict";
const { spawn } = require("node:child_process");
const { ProcessWatch } = require("./processes");

/**
 * @typedef {object} Measured
 * @property {number} ms wall-clock time from start to end of the process, with all that it waited for
 * @property {string} stdout
 * @property {Record<string, import("./processes").Usage>} [usage] memory and CPU time by role, if it was asked for
 */

/**
 * Runs a command to its end. It must succeed: the time of a failure says nothing.
 * @param {string} what for the message, should it fail
 * @param {readonly string[]} command
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, watch?: boolean }} options watching costs time: not in a timed run
 * @returns {Promise<Measured>}
 */
function measure(what, command, { cwd, env = process.env, watch = false }) {
    return new Promise((resolve, reject) => {
        const [file = "", ...args] = command;
        const begun = process.hrtime.bigint();
        const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
        const watched = watch && child.pid !== undefined ? new ProcessWatch(child.pid) : undefined;
        let stdout = "";
        let stderr = "";
        child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
        child.stderr.setEncoding("utf8").on("data", (text) => (stderr = (stderr + text).slice(-20_000)));
        child.on("error", (error) => reject(new Error(`${what} could not be started: ${error.message}`)));
        child.on("close", (code, signal) => {
            const ms = Number(process.hrtime.bigint() - begun) / 1e6;
            const usage = watched?.stop();
            if (code === 0) resolve({ ms, stdout, ...(usage ? { usage } : {}) });
            else
                reject(
                    new Error(
                        `${what} failed (${signal ?? `exit code ${code}`}):\n${stderr.trim()}\n${stdout.trim().slice(-20_000)}`,
                    ),
                );
        });
    });
}

module.exports = { measure };
