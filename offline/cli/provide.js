// @ts-check
"use strict";
/* global fetch, AbortSignal -- of node since 18 */
/**
 * Gets the Pulumi CLI onto a machine that has none, by the first way that works: Pulumi's own installer through the npm package
 * `pulumi`, else a build from the pinned Go module. Plain JavaScript without dependencies.
 */
const { spawn } = require("node:child_process");
const { randomUUID } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { EXECUTABLE, PINNED_VERSION, checkoutDir, isExecutable, locate, pinnedDir } = require("./locate.js");

/** Where Pulumi's installer downloads from. Asked first, since the installer itself waits long for a network that is not there. */
const DOWNLOADS = "https://get.pulumi.com/install.sh";
const REACH_MS = 5_000;
const INSTALL_MS = 5 * 60_000;
const BUILD_MS = 40 * 60_000;

/**
 * @typedef {object} Way
 * @property {NodeJS.ProcessEnv} env
 * @property {string} headroomDir
 * @property {string} [home]
 * @property {(line: string) => void} say a line that stays
 * @property {(line: string) => void} progress a line that the next one replaces
 * @property {(url: string) => Promise<boolean>} [reaches] for tests
 */

/**
 * The CLI, installed if it is not there.
 * @param {Way} way
 * @returns {Promise<import("./locate.js").Found>}
 */
async function provide(way) {
    const first = locate(way);
    if (first.found) return first.found;
    return withLock(path.join(way.headroomDir, ".headroom", "cli", "lock"), way, async () => {
        // Another set-up may have been at it while we waited.
        const again = locate(way);
        if (again.found) return again.found;
        const tried = [
            again.rejected[0] ?? `no pulumi on PATH (${PINNED_VERSION} or newer)`,
            `no ${path.join(pinnedDir(way) ?? checkoutDir(way), EXECUTABLE)}`,
        ];
        for (const link of [fromNpm, fromGo]) {
            const problem = await link(way);
            const now = locate(way);
            if (now.found) return now.found;
            const line = problem ?? "it ended without an executable";
            tried.push(line);
            way.say(line);
        }
        throw new Error(
            [
                "No Pulumi CLI could be had. What was tried:",
                ...tried.map((line, index) => `  ${index + 1}. ${line}`),
                "Install one of your own (https://www.pulumi.com/docs/install/) so that it is on PATH, or set HEADROOM_PULUMI to its path;",
                "or install Go (https://go.dev/dl/), and it is built here.",
            ].join("\n"),
        );
    });
}

/**
 * The npm package `pulumi`: its script fetches Pulumi's installer, which puts the CLI and its language hosts below PULUMI_HOME.
 * npm itself runs no script (`ignore-scripts`), so it is called by name.
 * @param {Way} way
 * @returns {Promise<string | undefined>} why it did not work
 */
async function fromNpm(way) {
    const what = `npm package pulumi@${PINNED_VERSION}`;
    if (!(await (way.reaches ?? reaches)(DOWNLOADS)))
        return `${what}: its installer's site, ${new URL(DOWNLOADS).host}, can't be reached`;
    const folder = path.join(way.headroomDir, ".headroom", "cli", "npm");
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "package.json"), '{ "private": true }\n');
    way.progress(`installing the ${what}`);
    const npm = await run(
        "npm",
        ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", `pulumi@${PINNED_VERSION}`],
        {
            cwd: folder,
            env: way.env,
            limitMs: INSTALL_MS,
        },
    );
    if (npm.problem) return `${what}: npm install ${npm.problem}`;
    // <root>/versions/<v>/bin is the layout of both places that are looked in.
    const target = targetDir(way);
    const root = path.join(folder, "home");
    const installed = await run(process.execPath, [path.join(folder, "node_modules", "pulumi", "run.js"), "version"], {
        cwd: folder,
        env: { ...way.env, PULUMI_HOME: root },
        limitMs: INSTALL_MS,
    });
    const bin = path.join(root, "versions", PINNED_VERSION, "bin");
    if (installed.problem || !isExecutable(path.join(bin, EXECUTABLE)))
        return `${what}: its installer ${installed.problem ?? "left no executable"}`;
    for (const name of fs.readdirSync(bin)) moveFile(path.join(bin, name), path.join(target, name));
    return undefined;
}

/**
 * `go build` of the CLI from the module beside this file, whose go.sum pins every source.
 * @param {Way} way
 * @returns {Promise<string | undefined>} why it did not work
 */
async function fromGo(way) {
    const what = `go build of github.com/pulumi/pulumi/pkg/v3 v${PINNED_VERSION}`;
    const version = await run("go", ["version"], { cwd: way.headroomDir, env: way.env, limitMs: 20_000 });
    if (version.problem) return `${what}: no Go on PATH`;
    const target = targetDir(way);
    const file = path.join(target, EXECUTABLE);
    const temporary = path.join(target, `.${EXECUTABLE}.${process.pid}.tmp`);
    const started = Date.now();
    let packages = 0;
    let downloads = 0;
    const show = () => {
        const seconds = Math.round((Date.now() - started) / 1000);
        const time = seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
        way.progress(
            `building the Pulumi CLI, once (4 to 5 minutes on two cores): ${downloads} modules fetched, ${packages} packages compiled, ${time}`,
        );
    };
    const timer = setInterval(show, 1_000);
    show();
    try {
        const build = await run(
            "go",
            [
                "build",
                "-v",
                "-trimpath",
                "-ldflags",
                `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${PINNED_VERSION}`,
                "-o",
                temporary,
                "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
            ],
            {
                cwd: path.join(__dirname, "go"),
                env: goEnvironment(way),
                limitMs: BUILD_MS,
                onLine: (line) => {
                    if (line.startsWith("go: downloading")) downloads++;
                    else if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) packages++;
                },
            },
        );
        if (build.problem) return `${what}: ${build.problem}`;
        fs.renameSync(temporary, file);
        return undefined;
    } finally {
        clearInterval(timer);
        fs.rmSync(temporary, { force: true });
    }
}

/** @param {Way} way */
function goEnvironment(way) {
    const { env } = way;
    // Go wants a place for its caches, also where there is no home.
    const home =
        env.HOME || env.GOPATH
            ? {}
            : {
                  HOME: path.join(way.headroomDir, ".headroom", "cli"),
                  GOPATH: path.join(way.headroomDir, ".headroom", "cli", "go"),
              };
    // The module says which Go it needs; an older one on PATH fetches it ("auto") unless the user said otherwise.
    return { GOTOOLCHAIN: "auto", ...env, ...home, GOFLAGS: "-mod=readonly", GOWORK: "off", CGO_ENABLED: "0" };
}

/** The user's ~/.pulumi if it can be written to, so that other checkouts find it too; else this checkout. @param {Way} way */
function targetDir(way) {
    for (const folder of [pinnedDir(way), checkoutDir(way)]) {
        if (folder === undefined) continue;
        try {
            fs.mkdirSync(folder, { recursive: true });
            fs.accessSync(folder, fs.constants.W_OK);
            return folder;
        } catch {
            // No home, or not ours.
        }
    }
    throw new Error(`Neither ${pinnedDir(way) ?? "a home folder"} nor ${checkoutDir(way)} can be written to.`);
}

/** Moves a file so that it appears at once, also between file systems. @param {string} from @param {string} to */
function moveFile(from, to) {
    const temporary = `${to}.${process.pid}.tmp`;
    fs.copyFileSync(from, temporary);
    fs.chmodSync(temporary, 0o755);
    fs.renameSync(temporary, to);
}

/** @param {string} url */
async function reaches(url) {
    try {
        const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(REACH_MS) });
        return response.ok;
    } catch {
        return false;
    }
}

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, limitMs: number, onLine?: (line: string) => void }} options
 * @returns {Promise<{ problem?: string }>}
 */
function run(command, args, { cwd, env, limitMs, onLine }) {
    return new Promise((resolve) => {
        // A process group of its own: what npm and go start ends with them.
        const child = spawn(command, args, { cwd, env, stdio: ["ignore", "ignore", "pipe"], detached: true });
        let last = "";
        let rest = "";
        let late = false;
        const timer = setTimeout(() => {
            late = true;
            killGroup(child.pid);
        }, limitMs);
        // Ctrl-C reaches us alone then.
        /** @param {NodeJS.Signals} signal */
        const onSignal = (signal) => {
            killGroup(child.pid);
            over();
            process.kill(process.pid, signal);
        };
        const over = () => {
            clearTimeout(timer);
            for (const signal of SIGNALS) process.off(signal, onSignal);
        };
        for (const signal of SIGNALS) process.on(signal, onSignal);
        child.stderr.setEncoding("utf8").on("data", (text) => {
            const lines = (rest + text).split("\n");
            rest = lines.pop() ?? "";
            for (const line of lines) {
                if (line.trim() !== "") last = line.trim();
                onLine?.(line.trim());
            }
        });
        child.once("error", (error) => {
            over();
            resolve({
                problem:
                    /** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT" ? "is not installed" : error.message,
            });
        });
        child.once("close", (code, signal) => {
            over();
            if (code === 0) resolve({});
            else
                resolve({
                    problem: late
                        ? `took longer than ${limitMs / 60_000} minutes`
                        : `failed: ${(rest.trim() || last || signal || "").slice(0, 300)}`,
                });
        });
    });
}

/** @type {NodeJS.Signals[]} */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** @param {number | undefined} pid */
function killGroup(pid) {
    if (pid === undefined) return;
    try {
        process.kill(-pid, "SIGKILL");
    } catch {
        // Over already.
    }
}

/** The holder of a lock touches it this often. */
const TOUCH_MS = 2_000;
/** A lock that was not touched for so long has no holder, whatever process has its number now. */
const GONE_MS = 30_000;

/** Locks that this process holds. @type {Set<string>} */
const held = new Set();

/**
 * Runs `work` while no other process does. A lock whose process is gone is taken over.
 * @template T
 * @param {string} folder made to take the lock, since that either succeeds or fails
 * @param {{ progress: (line: string) => void }} way
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withLock(folder, way, work) {
    fs.mkdirSync(path.dirname(folder), { recursive: true });
    const owner = path.join(folder, "pid");
    const mine = `${process.pid} ${os.hostname()} ${randomUUID()}`;
    for (;;) {
        try {
            fs.mkdirSync(folder);
            held.add(folder);
            fs.writeFileSync(owner, mine);
            break;
        } catch (error) {
            if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
        }
        const found = readOwner(owner);
        if (isGone(folder, found)) takeAway(folder, found);
        else {
            way.progress(`waiting for another set-up (process ${found?.split(" ")[0] ?? "unknown"})`);
            await new Promise((resolve) => setTimeout(resolve, 250));
        }
    }
    const timer = setInterval(() => touch(folder), TOUCH_MS).unref();
    try {
        return await work();
    } finally {
        clearInterval(timer);
        held.delete(folder);
        if (readOwner(owner) === mine) fs.rmSync(folder, { recursive: true, force: true });
    }
}

/**
 * @param {string} folder
 * @param {string | undefined} owner
 */
function isGone(folder, owner) {
    if (ageOf(folder) > GONE_MS) return true;
    // Between mkdir and the owner's name, or killed there.
    if (owner === undefined) return ageOf(folder) > 10_000;
    const [pid, host] = owner.split(" ");
    // A process of another container is not seen from here.
    if (host !== undefined && host !== os.hostname()) return false;
    // A container that starts anew gives its first processes the same numbers.
    return Number(pid) === process.pid ? !held.has(folder) : !isAlive(Number(pid));
}

/**
 * Removes the lock of an owner. Two that wait may do so at once: the second must not remove what the first took anew.
 * @param {string} folder
 * @param {string | undefined} owner
 */
function takeAway(folder, owner) {
    const aside = `${folder}.${process.pid}.${randomUUID()}`;
    try {
        fs.renameSync(folder, aside);
        if (readOwner(path.join(aside, "pid")) !== owner) fs.renameSync(aside, folder);
    } catch {
        // Another one was faster.
    }
    fs.rmSync(aside, { recursive: true, force: true });
}

/** @param {string} folder */
function touch(folder) {
    try {
        fs.utimesSync(folder, new Date(), new Date());
    } catch {
        // Taken away since.
    }
}

/** @param {string} file */
function readOwner(file) {
    try {
        const text = fs.readFileSync(file, "utf8").trim();
        return Number(text.split(" ")[0]) > 0 ? text : undefined;
    } catch {
        return undefined;
    }
}

/** @param {string} folder */
function ageOf(folder) {
    try {
        return Date.now() - fs.statSync(folder).mtimeMs;
    } catch {
        return 0;
    }
}

/** @param {number} pid */
function isAlive(pid) {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
    }
}

module.exports = { provide, run, withLock };
