/**
 * Finding the file of exemptions. A pack runs in its own folder: the engine sets the working directory and `PWD` to the
 * pack's and tells it the stack, but never where the program is. So the file is looked for
 *   1. where the configuration says, if that is an absolute path;
 *   2. upwards from the folder in `HEADROOM_PROGRAM_DIR`, where whoever starts the engine sets it;
 *   3. upwards from the working directory of the processes that started the pack, which is the program's for the CLI
 *      (on Linux, where it can be read);
 *   4. upwards from the pack's folder, which finds it in the repository that holds both.
 * "Upwards" ends at the root of a repository (a folder with `.git`).
 */
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
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

/**
 * The path of the exemptions file, or `undefined` where there is none and nobody said that there is: a file that the
 * configuration names, or one in a folder that does not exist, is answered with the path where it should be.
 */
export function findExemptionsFile(
    file: string,
    { env, packDirectory, starters }: Surroundings = {
        env: process.env,
        packDirectory: process.cwd(),
        starters: foldersOfStarters,
    },
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
