import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * Makes a file for the logs of a run, which stays until the stack's next one. Its name has the number of this process: two
 * runs of a stack at a time have one each.
 */
export function createLogFile(folder: string, stack: string): string {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) {
        const pid = new RegExp(`^${stack}-(\\d+)\\.log$`).exec(name)?.[1];
        if (pid !== undefined && !isRunning(Number(pid))) rmSync(path.join(folder, name), { force: true });
    }
    const file = path.join(folder, `${stack}-${process.pid}.log`);
    writeFileSync(file, "", { mode: 0o600 });
    return file;
}

function isRunning(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        // Somebody else's.
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}
