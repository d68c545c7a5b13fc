/**
 * Gets a fresh checkout ready: npm dependencies, the Pulumi CLI, the bundles of the policy packs. What is there already is not
 * done again: a second call takes a tenth of a second. Needs node and npm alone; everything it says goes to stderr.
 *
 *     node scripts/setup.mjs
 */
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);
const stampFile = join(root, ".headroom", "dependencies.json");
const MINIMUM_NODE = [20, 20];

function requireNode() {
    const [major, minor] = process.versions.node.split(".").map(Number);
    if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
    fail(
        `Headroom needs node ${MINIMUM_NODE.join(".")} or newer; this is ${process.versions.node} (${process.execPath}).`,
    );
}

function fail(message) {
    screen.clear();
    process.stderr.write(`error: ${message}\n`);
    process.exit(1);
}

/** A line at the bottom of a terminal; without a terminal, one line in a quarter of a minute. */
const screen = {
    shown: false,
    last: 0,
    progress(line) {
        if (process.stderr.isTTY) {
            process.stderr.write(`\r\u001b[2K${line.slice(0, (process.stderr.columns || 100) - 1)}`);
            screen.shown = true;
        } else if (Date.now() - screen.last > 15_000) {
            screen.last = Date.now();
            process.stderr.write(`${line}\n`);
        }
    },
    clear() {
        if (screen.shown) process.stderr.write("\r\u001b[2K");
        screen.shown = false;
    },
    say(line) {
        screen.clear();
        process.stderr.write(`${line}\n`);
    },
};

/** What node_modules depends on. */
function wanted() {
    const lock = readFileSync(join(root, "package-lock.json"));
    const hash = createHash("sha256").update(lock).digest("hex");
    return `${hash} node ${process.versions.node.split(".")[0]} ${process.platform} ${process.arch}`;
}

function isStamped(key) {
    try {
        return (
            JSON.parse(readFileSync(stampFile, "utf8")).key === key &&
            existsSync(join(root, "node_modules", ".package-lock.json"))
        );
    } catch {
        return false;
    }
}

function stamp(key) {
    mkdirSync(dirname(stampFile), { recursive: true });
    writeFileSync(`${stampFile}.${process.pid}.tmp`, JSON.stringify({ key }));
    renameSync(`${stampFile}.${process.pid}.tmp`, stampFile);
}

/** Whether someone has installed just what the lock file says already: `npm ci` would do nothing but take time. */
function isInstalled() {
    try {
        const there = JSON.parse(readFileSync(join(root, "node_modules", ".package-lock.json"), "utf8")).packages;
        const asked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
        return Object.entries(asked).every(([name, entry]) => {
            if (!name.includes("node_modules/") || entry.link) return true;
            // Of a package's builds for several platforms only ours is there; which C library it is can't be told from here.
            const elsewhere =
                entry.os?.includes(process.platform) !== true ||
                entry.cpu?.includes(process.arch) !== true ||
                entry.libc;
            return (entry.optional && elsewhere) || there[name]?.version === entry.version;
        });
    } catch {
        return false;
    }
}

async function dependencies() {
    const key = wanted();
    if (isStamped(key)) return;
    const { withLock } = require("../offline/cli/provide.js");
    await withLock(join(root, ".headroom", "dependencies.lock"), screen, async () => {
        if (isStamped(key)) return;
        if (!isInstalled()) await npmCi();
        stamp(key);
    });
}

function npmCi() {
    const started = Date.now();
    return new Promise((done) => {
        const timer = setInterval(() => {
            screen.progress(`installing the npm dependencies: ${Math.round((Date.now() - started) / 1000)} s`);
        }, 1_000);
        screen.progress("installing the npm dependencies");
        // npm's own output is kept for the case that it fails.
        // NODE_ENV=production would leave out what the commands are made with.
        const npm = spawn("npm", ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], {
            cwd: root,
            stdio: ["ignore", "pipe", "pipe"],
        });
        let said = "";
        for (const stream of [npm.stdout, npm.stderr])
            stream.setEncoding("utf8").on("data", (text) => (said = (said + text).slice(-4_000)));
        npm.once("error", (error) => fail(`npm can't be run: ${error.message}`));
        npm.once("close", (code) => {
            clearInterval(timer);
            if (code !== 0) fail(`npm ci failed:\n${said.trim()}`);
            screen.say(`installed the npm dependencies in ${Math.round((Date.now() - started) / 1000)} s`);
            done();
        });
    });
}

async function cli() {
    const { provide } = require("../offline/cli/provide.js");
    const started = Date.now();
    const found = await provide({ env: process.env, headroomDir: root, say: screen.say, progress: screen.progress });
    if (Date.now() - started > 3_000) screen.say(`the Pulumi CLI ${found.version} is at ${found.file}`);
}

async function packs() {
    const { buildPacks } = await import("./build-packs.mjs");
    const built = await buildPacks();
    if (built.length > 0) screen.say(`bundled the policy packs ${built.join(", ")}`);
}

requireNode();
try {
    await dependencies();
    await cli();
    await packs();
    screen.clear();
} catch (error) {
    fail(error instanceof Error ? error.message : String(error));
}
