/**
 * The checks of `make test`: the static ones, each of which counts as one test, and jest.
 *
 *     node scripts/checks.mjs all | lint | format | typecheck | layering | deadcode
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const resultFile = join(root, ".headroom", "jest.json");

/** Folders that dependency-cruiser looks at. */
const LAYERS = ["index.ts", "components", "policies", "offline", "app", "twin"].filter((path) =>
    existsSync(join(root, path)),
);

const CHECKS = {
    // The tests' project holds everything. The one at the root is the program's: the plain CLI compiles with it, and must not take
    // the packs' bundles for sources.
    typecheck: ["typescript/bin/tsc", "--noEmit", "-p", "tests/tsconfig.json"],
    lint: ["eslint/bin/eslint.js", "--max-warnings", "0", "."],
    "format check": ["prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."],
    layering: ["dependency-cruiser/bin/dependency-cruise.mjs", "--config", ".dependency-cruiser.js", ...LAYERS],
    deadcode: ["knip/bin/knip.js", "--no-progress"],
    picture: ["../scripts/draw-architecture.mjs", "--check"],
};
/** After everything else, since it wants the machine for itself: the benchmarks' programs run and agree; times are not judged. */
const SHORT_BENCH = ["../bench/run.mjs", "--short"];
const FORMAT = ["prettier/bin/prettier.cjs", "--write", "--log-level", "warn", "."];

/** Runs a tool of node_modules; what it says is handed back, or shown at once. */
function run([script, ...args], { inherit = false, quiet = false } = {}) {
    return new Promise((done) => {
        const child = spawn(process.execPath, [join(root, "node_modules", script), ...args], {
            cwd: root,
            stdio: inherit ? ["ignore", quiet ? "ignore" : "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
        });
        let said = "";
        if (!inherit)
            for (const stream of [child.stdout, child.stderr])
                stream.setEncoding("utf8").on("data", (text) => (said += text));
        child.once("error", (error) => done({ code: 1, said: error.message }));
        child.once("close", (code) => done({ code: code ?? 1, said }));
    });
}

async function check(name, tool = CHECKS[name]) {
    const started = Date.now();
    const { code, said } = await run(tool);
    const seconds = Math.round((Date.now() - started) / 1000);
    process.stdout.write(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)\n`);
    if (code !== 0) process.stdout.write(`${said.trimEnd()}\n`);
    return code === 0;
}

/** Two at a time: each is one process, and continuous integration has two cores. */
async function checkAll() {
    const names = Object.keys(CHECKS);
    const results = [];
    await Promise.all(
        [0, 1].map(async () => {
            for (let name = names.shift(); name; name = names.shift()) results.push(await check(name));
        }),
    );
    return results;
}

async function jest() {
    mkdirSync(dirname(resultFile), { recursive: true });
    rmSync(resultFile, { force: true });
    const { code } = await run(["jest/bin/jest.js", "--json", `--outputFile=${resultFile}`], {
        inherit: true,
        quiet: true,
    });
    let result;
    try {
        result = JSON.parse(readFileSync(resultFile, "utf8"));
    } catch {
        process.stdout.write("jest ended without a result\n");
        return { passed: 0, failed: 1 };
    }
    // A file that can't be loaded has no tests to fail; it counts as one.
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    const silent = code !== 0 && failed === 0 ? 1 : 0;
    const none = result.numTotalTests === 0 ? 1 : 0;
    return { passed: result.numPassedTests, failed: failed + silent + none };
}

const [what] = process.argv.slice(2);
if (what === "all") {
    const results = await checkAll();
    const tests = await jest();
    results.push(await check("short benchmark", SHORT_BENCH));
    const passed = tests.passed + results.filter(Boolean).length;
    const failed = tests.failed + results.filter((ok) => !ok).length;
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    process.exitCode = failed === 0 ? 0 : 1;
} else {
    const tool = what === "format" ? FORMAT : CHECKS[what];
    if (!tool) {
        process.stderr.write(`error: "${what}" is no check: all, format, ${Object.keys(CHECKS).join(", ")}\n`);
        process.exitCode = 1;
    } else {
        process.exitCode = (await run(tool, { inherit: true })).code;
    }
}
