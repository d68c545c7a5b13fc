// @ts-check
"use strict";
/**
 * Finds the Pulumi CLI on this machine without installing anything. Plain JavaScript without dependencies: set-up runs it
 * before there are any.
 */
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

/** The version that Headroom is tested with, and installs. */
const PINNED_VERSION = "3.250.0";

/**
 * A `pulumi` on PATH is used from the pinned minor on. Older ones lack what the runner relies on: the event log's format, the
 * language runtime by address, and the order in which a state is saved.
 */
const MINIMUM_VERSION = PINNED_VERSION;

/** Another major version may speak another protocol. */
const MAJOR = `${PINNED_VERSION.split(".")[0]}.`;

/** What the runner gives the CLI as PATH holds no other program either: a version manager's shim that needs one does not run there. */
const PROBE_PATH = path.join(__dirname, "..", "bin");

const EXECUTABLE = process.platform === "win32" ? "pulumi.exe" : "pulumi";

/**
 * @typedef {object} Found
 * @property {string} file path of the executable
 * @property {"HEADROOM_PULUMI" | "PATH" | "pinned" | "checkout"} from which link of the chain it is
 * @property {string} version
 */

/**
 * @typedef {object} Where
 * @property {NodeJS.ProcessEnv} env
 * @property {string} headroomDir
 * @property {string} [home] the user's home, default the system's word
 */

/** @param {string} file */
function isExecutable(file) {
    try {
        fs.accessSync(file, fs.constants.X_OK);
        return fs.statSync(file).isFile() && fs.statSync(file).size > 0;
    } catch {
        return false;
    }
}

/**
 * @param {string} version
 * @param {string} minimum
 */
function isAtLeast(version, minimum) {
    const a = version
        .replace(/^v|-.*$/g, "")
        .split(".")
        .map(Number);
    const b = minimum.split(".").map(Number);
    for (let i = 0; i < 3; i++) {
        if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0);
    }
    return true;
}

/** @param {string} version */
function isUsable(version) {
    return version.startsWith(MAJOR) && isAtLeast(version, MINIMUM_VERSION);
}

/**
 * The version an executable says it is when it is called as the runner calls it; undefined if it does not run.
 * @param {string} file
 * @returns {string | undefined}
 */
function versionOf(file) {
    try {
        const text = execFileSync(file, ["version"], {
            encoding: "utf8",
            timeout: 20_000,
            stdio: ["ignore", "pipe", "ignore"],
            cwd: os.tmpdir(),
            env: { PATH: PROBE_PATH, HOME: os.tmpdir(), PULUMI_SKIP_UPDATE_CHECK: "true" },
        });
        return /^v?(\d+\.\d+\.\d+[^\s]*)/m.exec(text.trim())?.[1];
    } catch {
        return undefined;
    }
}

/**
 * Asking an executable for its version takes 0.2 s: the answer is kept until the file changes.
 * @param {string} file
 * @param {string} cacheFile
 */
function cachedVersionOf(file, cacheFile) {
    const real = fs.realpathSync(file);
    const { size, mtimeMs } = fs.statSync(real);
    // The shims of a version manager are links to one executable, which goes by the name it is called by.
    const key = `${file}:${real}:${size}:${mtimeMs}`;
    /** @type {Record<string, string>} */
    let known = {};
    try {
        known = JSON.parse(fs.readFileSync(cacheFile, "utf8"));
    } catch {
        // First call.
    }
    if (known[key]) return known[key];
    const version = versionOf(file);
    if (version === undefined) return undefined;
    try {
        fs.mkdirSync(path.dirname(cacheFile), { recursive: true });
        const temporary = `${cacheFile}.${process.pid}.tmp`;
        fs.writeFileSync(temporary, JSON.stringify({ ...known, [key]: version }));
        fs.renameSync(temporary, cacheFile);
    } catch {
        // Only slower.
    }
    return version;
}

/** The user's home, if there is one: the system throws for a user without, and gives an empty HOME as it is. */
function homeDir() {
    try {
        const home = os.homedir();
        return path.isAbsolute(home) ? home : undefined;
    } catch {
        return undefined;
    }
}

/** Folder of the pinned version where Pulumi's own tools look for it. @param {Where} where */
function pinnedDir({ home = homeDir() }) {
    return home === undefined ? undefined : path.join(home, ".pulumi", "versions", PINNED_VERSION, "bin");
}

/** Folder of the pinned version inside this checkout. @param {Where} where */
function checkoutDir({ headroomDir }) {
    return path.join(headroomDir, ".headroom", "cli", PINNED_VERSION);
}

/**
 * The first CLI of: `HEADROOM_PULUMI`, PATH if it is new enough, the pinned version in the home directory, the one in the checkout.
 * @param {Where} where
 * @returns {{ found?: Found, rejected: string[] }}
 */
function locate(where) {
    const { env, headroomDir } = where;
    const cacheFile = path.join(headroomDir, ".headroom", "cli", "versions.json");
    /** @type {string[]} */
    const rejected = [];
    const asked = env.HEADROOM_PULUMI;
    if (asked) {
        const version = isExecutable(asked) ? cachedVersionOf(asked, cacheFile) : undefined;
        if (!version)
            throw new Error(
                `HEADROOM_PULUMI is ${asked}, which is no Pulumi CLI that runs. Unset it, or set it to the path of one.`,
            );
        return { found: { file: asked, from: "HEADROOM_PULUMI", version }, rejected };
    }
    for (const folder of (env.PATH ?? "").split(path.delimiter)) {
        const file = path.join(folder, EXECUTABLE);
        // npm puts the folders of its own executables on PATH: the npm package there downloads at first use, and is a link of its own.
        if (!path.isAbsolute(folder) || folder.endsWith(path.join("node_modules", ".bin")) || !isExecutable(file))
            continue;
        const version = cachedVersionOf(file, cacheFile);
        if (version && isUsable(version)) return { found: { file, from: "PATH", version }, rejected };
        rejected.push(
            `${file} is ${version ? `version ${version}, ${version.startsWith(MAJOR) ? "older than" : "not 3 from"} ${MINIMUM_VERSION}` : "there, but does not run by itself"}`,
        );
        break;
    }
    for (const [from, folder] of /** @type {const} */ ([
        ["pinned", pinnedDir(where)],
        ["checkout", checkoutDir(where)],
    ])) {
        if (folder === undefined) continue;
        const file = path.join(folder, EXECUTABLE);
        if (isExecutable(file)) return { found: { file, from, version: PINNED_VERSION }, rejected };
    }
    return { rejected };
}

module.exports = {
    PINNED_VERSION,
    MINIMUM_VERSION,
    EXECUTABLE,
    locate,
    versionOf,
    isAtLeast,
    isExecutable,
    pinnedDir,
    checkoutDir,
};
