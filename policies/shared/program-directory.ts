/**
 * Finding the program, and its file of exemptions. A pack runs in its own folder: the engine sets the working directory and `PWD` to the
 * pack's and tells it the stack, but never where the program is. So the file of exemptions is looked for
 *   1. where the configuration says, if that is an absolute path;
 *   2. upwards from the folder in `HEADROOM_PROGRAM_DIR`, where whoever starts the engine sets it;
 *   3. upwards from the working directory of the processes that started the pack, which is the program's for the CLI
 *      (on Linux, where it can be read);
 *   4. upwards from the pack's folder, which finds it in the repository that holds both.
 * "Upwards" ends at the root of a repository (a folder with `.git`).
 */
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { DEFAULT_EXEMPTIONS_FILE } from "./exemptions";

/** Names the folder of the program whose stack is judged. */
const PROGRAM_DIRECTORY_VARIABLE = "HEADROOM_PROGRAM_DIR";

function upwards(start: string, file: string): string | undefined {
    for (let folder = start; ; folder = dirname(folder)) {
        const candidate = join(folder, file);
        if (existsSync(candidate)) {
            return candidate;
        }
        if (existsSync(join(folder, ".git")) || dirname(folder) === folder) {
            return undefined;
        }
    }
}

/** Working directories of the processes above this one, nearest first; none where the system does not show them. */
function foldersOfStarters(): readonly string[] {
    const folders: string[] = [];
    try {
        // Pack ← (shim or language host) ← CLI: three steps reach the CLI in every set-up.
        for (let pid = process.ppid, steps = 0; pid > 1 && steps < 3; steps++) {
            folders.push(readlinkSync(`/proc/${pid}/cwd`));
            // "pid (command) state ppid …": the command may hold spaces and brackets, so count from the last one.
            const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
            pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        }
    } catch {
        // Not Linux, or not ours to read: the other ways remain.
    }
    return folders;
}

export interface Surroundings {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly packDirectory: string;
    readonly starters: () => readonly string[];
}

const SURROUNDINGS = (): Surroundings => ({
    env: process.env,
    packDirectory: process.cwd(),
    starters: foldersOfStarters,
});

const PROJECT_FILES = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"] as const;

/** The folder that a run is about: the one that the variable names, else the one that the CLI was called in. */
function startDirectory({ env, packDirectory, starters }: Surroundings): string | undefined {
    const named = env[PROGRAM_DIRECTORY_VARIABLE];
    // A language host between the pack and the CLI works in the pack's folder, or in the CLI's.
    return named !== undefined && named !== "" ? named : starters().find((folder) => folder !== packDirectory);
}

/** The program's project file; `undefined` where there is none, or nothing says where the program is. */
export function findProjectFile(surroundings: Surroundings = SURROUNDINGS()): string | undefined {
    const start = startDirectory(surroundings);
    return start === undefined
        ? undefined
        : PROJECT_FILES.map((file) => upwards(start, file)).find((found) => found !== undefined);
}

/**
 * The folder that a relative path is meant from: the program's, else, as for a state file that is judged without a
 * program, the one that the CLI was called in. `undefined` where the system does not show it.
 */
export function findBaseDirectory(surroundings: Surroundings = SURROUNDINGS()): string | undefined {
    const project = findProjectFile(surroundings);
    return project === undefined ? startDirectory(surroundings) : dirname(project);
}

/** A file's path from the root of its repository, with slashes, as CI systems name files; its name outside of one. */
export function pathInRepository(file: string): string {
    for (let folder = dirname(file); ; folder = dirname(folder)) {
        if (existsSync(join(folder, ".git"))) {
            return relative(folder, file).replaceAll("\\", "/");
        }
        if (dirname(folder) === folder) {
            return basename(file);
        }
    }
}

/**
 * The path of the exemptions file, or `undefined` where there is none and nobody said that there is: a file that the
 * configuration names, or one in a folder that does not exist, is answered with the path where it should be.
 */
export function findExemptionsFile(
    file: string,
    { env, packDirectory, starters }: Surroundings = SURROUNDINGS(),
): string | undefined {
    if (isAbsolute(file)) {
        return file;
    }
    const named = env[PROGRAM_DIRECTORY_VARIABLE];
    // Whoever names the folder means it: no other program's file is taken instead.
    const isNamed = named !== undefined && named !== "";
    if (isNamed && !existsSync(named)) {
        return join(named, file);
    }
    const starts = isNamed ? [named] : [...starters(), packDirectory];
    for (const start of starts) {
        const found = upwards(start, file);
        if (found !== undefined) {
            return found;
        }
    }
    const [first = packDirectory] = starts;
    return file === DEFAULT_EXEMPTIONS_FILE ? undefined : join(first, file);
}
