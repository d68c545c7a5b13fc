/**
 * Bundles the policy packs: `policies/<pack>/index.ts` → `policies/<pack>/dist/index.js`, and the command that writes
 * exemptions → `policies/<pack>/dist/baseline.js`. A pack whose sources, and whose
 * bundler, are the ones of the last build is left alone.
 *
 *     node scripts/build-packs.mjs [--force]
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const policies = join(root, "policies");
const stampFile = join(root, ".headroom", "packs.json");
const { withLock } = createRequire(import.meta.url)("../offline/cli/provide.js");

/** Folders that hold a pack. */
function packNames() {
    if (!existsSync(policies)) return [];
    return readdirSync(policies)
        .filter(
            (name) =>
                existsSync(join(policies, name, "PulumiPolicy.yaml")) && existsSync(join(policies, name, "index.ts")),
        )
        .sort();
}

/** Every file that a bundle may contain, or that decides how it is made. */
function sourcesOf(folder) {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return entry.name === "dist" || entry.name === "node_modules" ? [] : sourcesOf(path);
        return entry.isFile() ? [path] : [];
    });
}

function contentHash() {
    const hash = createHash("sha256");
    for (const file of [...sourcesOf(policies), join(root, "package-lock.json")].sort())
        hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
    return hash.digest("hex");
}

/** What was bundled last, and what came of it: a file of `dist` that somebody else changed is built again. */
function readStamp() {
    try {
        return JSON.parse(readFileSync(stampFile, "utf8"));
    } catch {
        return {};
    }
}

function outputsOf(names) {
    return names.flatMap((name) =>
        ["index.js", "baseline.js"].map((file) => {
            const stat = statSync(join(policies, name, "dist", file), { throwIfNoEntry: false });
            return stat ? `${name}/${file}:${stat.size}:${stat.mtimeMs}` : `${name}/${file}:missing`;
        }),
    );
}

/** @returns the names of the packs that were bundled; none if all are as they should be. */
export async function buildPacks({ force = false } = {}) {
    const names = packNames();
    if (names.length === 0) return [];
    if (!force && isBuilt(names)) return [];
    const lock = join(root, ".headroom", "packs.lock");
    return withLock(lock, { progress: () => undefined }, async () => {
        // Another set-up may have been at it while we waited.
        if (!force && isBuilt(names)) return [];
        await bundle(names);
        return names;
    });
}

function isBuilt(names) {
    const stamp = readStamp();
    return stamp.sources === contentHash() && JSON.stringify(stamp.outputs) === JSON.stringify(outputsOf(names));
}

async function bundle(names) {
    const sources = contentHash();
    // Loaded here: both cost more than finding out that there is nothing to do.
    const [{ packBuildOptions, baselineBuildOptions }, esbuild] = await Promise.all([
        import(pathToFileURL(join(policies, "bundle.mjs")).href),
        import("esbuild"),
    ]);
    const built = await Promise.all(
        names.flatMap((name) =>
            [packBuildOptions, baselineBuildOptions].map((options) =>
                esbuild.build({ ...options(join(policies, name)), write: false }),
            ),
        ),
    );
    for (const file of built.flatMap((result) => result.outputFiles)) writeAtomically(file.path, file.contents);
    writeAtomically(stampFile, JSON.stringify({ sources, outputs: outputsOf(names) }));
}

/** An engine that starts a pack meanwhile reads the old bundle or the new one. */
function writeAtomically(file, contents) {
    mkdirSync(dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, contents);
    renameSync(temporary, file);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
    const built = await buildPacks({ force: process.argv.includes("--force") });
    process.stderr.write(
        built.length > 0 ? `bundled the policy packs ${built.join(", ")}\n` : "the policy packs are up to date\n",
    );
}
