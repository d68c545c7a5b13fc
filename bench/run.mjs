/** `make bench`: see docs/benchmarks.md. Exit code 1 when a program fails or the counts disagree, never for a time. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import argumentsOf from "./lib/arguments.js";
import comparison from "./lib/comparison.js";
import loading from "./lib/load.js";
import offlineRun from "./lib/offline-run.js";
import policyPacks from "./lib/policy-packs.js";
import report from "./lib/report.js";
import scaling from "./lib/scale.js";

const log = (line) => process.stderr.write(`${line}\n`);

async function main() {
    const { help, short, runs, parts, services } = argumentsOf.parseArguments(process.argv.slice(2));
    if (help) return void console.log(argumentsOf.usage);
    fs.mkdirSync(offlineRun.workDir, { recursive: true });
    const file = path.join(offlineRun.workDir, short ? "latest-short.json" : "latest.json");
    // The part that is not asked for keeps its last result.
    const latest = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {};
    const before = loading.currentLoad();
    const machine = { node: process.version, platform: `${os.platform()} ${os.arch()}`, ...before, runs };
    const warning = short ? undefined : loading.warning(before);
    if (warning) console.log(`\n${warning}`);
    if (parts.includes("comparison")) {
        latest.comparison = { ...machine, ...(await comparison.compare({ runs, short, log })) };
        console.log(`\n${report.renderComparison(latest.comparison)}`);
    }
    if (parts.includes("scale")) {
        latest.scale = { ...machine, ...(await scaling.scale({ services, runs, short, log })) };
        console.log(`\n${report.renderScale(latest.scale)}`);
    }
    if (parts.includes("packs")) {
        latest.packs = { ...machine, ...(await policyPacks.comparePacks({ runs, short, log })) };
        console.log(`\n${report.renderPacks(latest.packs)}`);
    }
    fs.writeFileSync(file, `${JSON.stringify(latest, undefined, 4)}\n`);
    if (warning) console.log(`\n${warning}`);
    console.log(
        `\n${short ? "Each program ran, the counts agree, the packs let all of them pass. " : ""}Written to ${path.relative(process.cwd(), file)}`,
    );
}

main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
