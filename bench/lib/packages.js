// @ts-check
"use strict";
const { execFileSync } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

/**
 * Installs the packages of a folder as its lock file has them, unless they are there already.
 * @param {string} folder
 * @param {string} what for the line that says so
 */
function installPackages(folder, what) {
    const stampFile = path.join(folder, "node_modules", ".headroom-stamp");
    const lock = fs.readFileSync(path.join(folder, "package-lock.json"));
    const stamp = crypto
        .createHash("sha256")
        .update(lock)
        .update(process.versions.modules)
        .update(process.platform)
        .digest("hex");
    if (fs.existsSync(stampFile) && fs.readFileSync(stampFile, "utf8") === stamp) return;
    process.stderr.write(`Installing the benchmarks' own packages (${what}), once …\n`);
    // Windows is not supported, so that npm is a program and needs no shell.
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-fund", "--no-audit"], {
        cwd: folder,
        stdio: ["ignore", 2, 2],
    });
    fs.writeFileSync(stampFile, stamp);
}

module.exports = { installPackages };
