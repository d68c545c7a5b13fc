import { execFile } from "node:child_process";
import {
    accessSync,
    constants,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    renameSync,
    rmSync,
    statSync,
} from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { prepareContainer } from "./valkey-container";

const execute = promisify(execFile);

/** The servers that will do, the one that ElastiCache runs first. Redis 7 speaks the same protocol and knows all we use. */
const SERVERS = ["valkey-server", "redis-server"] as const;

/** The variable that names an executable of one's own. */
const OVERRIDE = "HEADROOM_VALKEY_SERVER";

/** As the value of that variable: a container, also where there is an executable. */
const DOCKER = "docker";

/** ADDSLOTSRANGE and a cluster port of one's own came with 7.0. */
const OLDEST_MAJOR = 7;

const TOOLS = path.resolve(__dirname, "../../.headroom/tools");

/** A package is a megabyte; this is for a slow mirror. */
const DOWNLOAD_MS = 5 * 60_000;
const LONGEST_OUTPUT = 32 * 1024 * 1024;

/** An executable of the server, and the variables that it needs. */
export interface ValkeyInstallation {
    readonly executable: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly version: string;
    /** It runs in a container of Docker, from an image; see valkey-container.ts. */
    readonly inContainer?: true;
}

export interface InstallOptions {
    /** Where the system's packages are unpacked; default `.headroom/tools` of the repository. */
    readonly folder?: string;
    /** Default: those of this process. */
    readonly environment?: Readonly<Record<string, string | undefined>>;
    /** Is told what takes time; default: a line on standard error. */
    readonly progress?: (line: string) => void;
}

let known: Promise<ValkeyInstallation> | undefined;

/**
 * An executable of Valkey or Redis: the one that HEADROOM_VALKEY_SERVER names, else the one on PATH, else the system's own
 * package, downloaded by apt-get and unpacked into `.headroom/tools`, else a container of Docker. Nothing is installed, and no
 * root rights are needed.
 *
 * @throws Error that names what was tried, and what one can do
 */
export function installValkey(options: InstallOptions = {}): Promise<ValkeyInstallation> {
    if (Object.keys(options).length > 0) return find(options);
    // Looked for once; after a failure again, since somebody may have done something about it.
    known ??= find(options).catch((error: unknown) => {
        known = undefined;
        throw error;
    });
    return known;
}

async function find(options: InstallOptions): Promise<ValkeyInstallation> {
    const environment = options.environment ?? process.env;
    const tried: string[] = [];

    const progress = options.progress ?? report;
    const override = environment[OVERRIDE];
    if (override === DOCKER) {
        return await fromContainer(environment, progress).catch((error: unknown) => {
            throw new Error(`${OVERRIDE}=${DOCKER} cannot be used: ${firstLines(error)}`, { cause: error });
        });
    }
    if (override) {
        const found = await probe(override, {});
        if (typeof found !== "string") return found;
        // What was asked for by name is not replaced in silence.
        throw new Error(
            `${OVERRIDE}=${override} cannot be used: ${found}. Allowed: the path of a valkey-server or redis-server, or ${DOCKER}.`,
        );
    }

    for (const file of onPath(environment)) {
        const found = await probe(file, {});
        if (typeof found !== "string") return found;
        tried.push(`${file}: ${found}`);
    }
    if (tried.length === 0) tried.push(`PATH: neither ${SERVERS.join(" nor ")}`);

    const folder = options.folder ?? TOOLS;
    const unpacked = await fromTools(folder);
    if (unpacked !== undefined) return unpacked;
    try {
        return await fromPackages(folder, progress);
    } catch (error) {
        tried.push(`the system's package: ${firstLines(error)}`);
    }
    try {
        return await fromContainer(environment, progress);
    } catch (error) {
        tried.push(`Docker: ${firstLines(error)}`);
    }
    throw new Error(
        [
            "There is no Valkey and no Redis to run the cache. What was tried:",
            ...tried.map((line, index) => `  ${index + 1}. ${line}`),
            "What you can do: install Valkey 7.2 or newer, or Redis 7, so that it is on PATH (`apt install valkey-server` or " +
                "`apt install redis-server`, `dnf install valkey`, `brew install valkey`; https://valkey.io/download/),",
            "start Docker,",
            `or set ${OVERRIDE} to the path of its executable.`,
        ].join("\n"),
    );
}

async function fromContainer(
    environment: Readonly<Record<string, string | undefined>>,
    progress: (line: string) => void,
): Promise<ValkeyInstallation> {
    const version = await prepareContainer(environment, progress);
    return { executable: DOCKER, environment: {}, version, inContainer: true };
}

function report(line: string): void {
    process.stderr.write(`${line}\n`);
}

function firstLines(error: unknown): string {
    const { stderr, message } = error as { stderr?: string; message: string };
    return (stderr?.trim() || message).split("\n").slice(0, 3).join(" ");
}

function onPath(environment: Readonly<Record<string, string | undefined>>): string[] {
    const folders = (environment.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
    return SERVERS.flatMap((server) => folders.map((folder) => path.join(folder, server))).filter(isExecutable);
}

function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
    } catch {
        return false;
    }
}

/** The installation, or why it will not do. */
async function probe(executable: string, environment: Record<string, string>): Promise<ValkeyInstallation | string> {
    try {
        const { stdout } = await execute(executable, ["--version"], {
            env: { PATH: process.env.PATH, ...environment },
            timeout: 10_000,
        });
        const version = /\bv=(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
        if (version === undefined) return "it does not say its version";
        if (Number(version.split(".")[0]) < OLDEST_MAJOR)
            return `version ${version} is too old; allowed: ${OLDEST_MAJOR}.0 on`;
        return { executable, environment, version };
    } catch (error) {
        return firstLines(error);
    }
}

/** What was unpacked before. */
async function fromTools(folder: string): Promise<ValkeyInstallation | undefined> {
    for (const server of SERVERS) {
        const root = path.join(folder, server);
        const executable = path.join(root, "usr/bin", server);
        if (!isExecutable(executable)) continue;
        const found = await probe(executable, libraryPath(root));
        if (typeof found !== "string") return found;
        // Of another system, or half gone: it is made anew.
        rmSync(root, { recursive: true, force: true });
    }
    return undefined;
}

/** The packages' own libraries; their folder has the architecture's name, such as `x86_64-linux-gnu`. */
function libraryPath(root: string): Record<string, string> {
    const folders = ["usr/lib", "lib"]
        .map((folder) => path.join(root, folder))
        .filter((folder) => existsSync(folder))
        .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => path.join(folder, name))])
        .filter((folder) => statSync(folder).isDirectory());
    return folders.length === 0 ? {} : { LD_LIBRARY_PATH: folders.join(":") };
}

/** Downloads the package of the server and those that it needs and the system lacks, and unpacks them. */
async function fromPackages(folder: string, progress: (line: string) => void): Promise<ValkeyInstallation> {
    mkdirSync(folder, { recursive: true });
    // Beside its later place, so that it can be moved there at once: another process may be at the same thing.
    const work = mkdtempSync(path.join(folder, "unpacking-"));
    try {
        const apt = new Apt(work);
        const { server, packages } = await apt.plan(progress);
        progress(`downloading ${packages.join(", ")}`);
        await apt.download(packages);

        const root = path.join(work, "root");
        mkdirSync(root);
        for (const file of readdirSync(work).filter((name) => name.endsWith(".deb"))) {
            await execute("dpkg-deb", ["--extract", path.join(work, file), root]);
        }
        const place = path.join(folder, server);
        try {
            renameSync(root, place);
        } catch (error) {
            // Somebody else was faster.
            if (!existsSync(path.join(place, "usr/bin", server))) throw error;
        }
        const found = await probe(path.join(place, "usr/bin", server), libraryPath(place));
        if (typeof found === "string") throw new Error(`${place}: ${found}`);
        progress(`${server} ${found.version} is in ${place}`);
        return found;
    } finally {
        rmSync(work, { recursive: true, force: true });
    }
}

/** apt-get without root rights: it downloads into a folder of ours, and knows the packages by the system's lists or by its own. */
class Apt {
    #lists: readonly string[] = [];

    constructor(private readonly folder: string) {}

    /** Which packages are to be had: of the first server that is known. Images of containers come without lists: then they are fetched. */
    async plan(progress: (line: string) => void): Promise<{ server: string; packages: string[] }> {
        try {
            return await this.#planFromLists();
        } catch {
            progress("fetching the lists of the system's packages");
            await this.#updateLists();
            return this.#planFromLists();
        }
    }

    async download(packages: readonly string[]): Promise<void> {
        await this.#run(["download", ...packages]);
    }

    async #planFromLists(): Promise<{ server: string; packages: string[] }> {
        let problem: unknown;
        for (const server of SERVERS) {
            try {
                // A simulation: what would be installed, without a lock and without root rights.
                const output = await this.#run(["install", "--simulate", "--no-install-recommends", server]);
                const packages = [...output.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) => name ?? []);
                // Listed as installed and yet not on PATH: its package alone will do.
                return { server, packages: packages.length > 0 ? packages : [server] };
            } catch (error) {
                problem = error;
            }
        }
        throw problem;
    }

    async #updateLists(): Promise<void> {
        const lists = path.join(this.folder, "lists");
        mkdirSync(path.join(lists, "partial"), { recursive: true });
        this.#lists = ["-o", `Dir::State::lists=${lists}`];
        await this.#run(["update", "-o", "Debug::NoLocking=true"]);
    }

    async #run(command: readonly string[]): Promise<string> {
        const options = [
            ...this.#lists,
            // Its cache of the lists goes with the folder. As root it would change to a user who may not write there.
            ...["-o", `Dir::Cache=${this.folder}`, "-o", "Dir::Cache::archives=archives", "-o", "APT::Sandbox::User="],
            ...["-o", "Debug::NoLocking=true", "-q"],
        ];
        mkdirSync(path.join(this.folder, "archives/partial"), { recursive: true });
        const { stdout } = await execute("apt-get", [...options, ...command], {
            cwd: this.folder,
            env: { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
            timeout: DOWNLOAD_MS,
            maxBuffer: LONGEST_OUTPUT,
        });
        return stdout;
    }
}
