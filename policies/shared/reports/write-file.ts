/** Writing a file so that a reader, and a run that is killed, leave or find either the old text or the new one. */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Longer than any run needs between writing a file and renaming it. */
const ABANDONED_AFTER_MS = 60_000;

export function writeAtomically(file: string, text: string): void {
    mkdirSync(dirname(file), { recursive: true });
    const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
    try {
        writeFileSync(temporary, text);
        renameSync(temporary, file);
    } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
    }
}

/** Removes what runs that were killed between writing and renaming have left beside a file. */
export function removeAbandoned(file: string, now: number = Date.now()): void {
    const folder = dirname(file);
    const prefix = `.${basename(file)}.`;
    let names: readonly string[];
    try {
        names = readdirSync(folder);
    } catch {
        return;
    }
    for (const name of names.filter((each) => each.startsWith(prefix) && each.endsWith(".tmp"))) {
        const path = join(folder, name);
        const age = now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now);
        if (age > ABANDONED_AFTER_MS) {
            rmSync(path, { force: true });
        }
    }
}
