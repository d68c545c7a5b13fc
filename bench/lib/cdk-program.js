// @ts-check
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { workDir } = require("./offline-run");
const { installPackages } = require("./packages");

const benchDir = path.resolve(__dirname, "..");
const outDir = path.join(workDir, "cdk.out");
const program = path.join(benchDir, "dist", "cdk.cjs");

/** Compiles the CDK program into one file, so that no run compiles anything. aws-cdk-lib is JavaScript already. */
function buildCdkProgram() {
    installPackages(benchDir, "AWS CDK, cdk-nag");
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
