// @ts-check
"use strict";
const { execFileSync } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { workDir } = require("./offline-run");

const benchDir = path.resolve(__dirname, "..");
const outDir = path.join(workDir, "cdk.out");
const program = path.join(benchDir, "dist", "cdk.cjs");

/** Installs the benchmarks' own packages unless they are there already. */
function installPackages() {
    const stampFile = path.join(benchDir, "node_modules", ".headroom-stamp");
    const lock = fs.readFileSync(path.join(benchDir, "package-lock.json"));
    const stamp = crypto
        .createHash("sha256")
        .update(lock)
        .update(process.versions.modules)
        .update(process.platform)
        .digest("hex");
    if (fs.existsSync(stampFile) && fs.readFileSync(stampFile, "utf8") === stamp) return;
    process.stderr.write("Installing the benchmarks' own packages (AWS CDK, cdk-nag), once …\n");
    // Windows is not supported, so that npm is a program and needs no shell.
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-fund", "--no-audit"], {
        cwd: benchDir,
        stdio: ["ignore", 2, 2],
    });
    fs.writeFileSync(stampFile, stamp);
}

/** Compiles the CDK program into one file, so that no run compiles anything. aws-cdk-lib is JavaScript already. */
function buildCdkProgram() {
    installPackages();
    /** @type {{ buildSync(options: object): unknown }} */
    const esbuild = require("esbuild");
    esbuild.buildSync({
        entryPoints: [path.join(benchDir, "cdk", "app.ts")],
        outfile: program,
        bundle: true,
        packages: "external",
        platform: "node",
        format: "cjs",
        target: "node20",
        logLevel: "error",
    });
}

/** What `cdk synth` starts. A finding of cdk-nag makes it fail. */
function synthCommand() {
    return [process.execPath, program, outDir];
}

/** How many resources of each type the synthesized templates hold. */
function countCdkResources() {
    /** @type {{ type: string }[]} */
    const resources = [];
    for (const name of fs.readdirSync(outDir).filter((file) => file.endsWith(".template.json"))) {
        /** @type {{ Resources?: Record<string, { Type: string }> }} */
        const template = JSON.parse(fs.readFileSync(path.join(outDir, name), "utf8"));
        resources.push(...Object.values(template.Resources ?? {}).map(({ Type }) => ({ type: Type })));
    }
    return resources;
}

module.exports = { buildCdkProgram, countCdkResources, synthCommand };
