import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { UserError } from "./types";

/** What the file backend writes into a lock. */
interface LockContent {
    pid: number;
    username: string;
    hostname: string;
    timestamp: string;
}

/** How long to wait for an engine that still runs: one whose runner was killed ends within seconds. */
const WAIT_MS = 60_000;
const INTERVAL_MS = 200;

/**
 * Clears the way for an operation that changes the stack. A lock whose process is gone was left by a kill and is removed. One
 * whose process lives belongs to an engine that works: another operation, or the orphan of a killed runner that saves its
 * state; it is waited for. The engine takes its own lock after this, so two operations can't both get through.
 */
export async function clearLocks(folder: string, note: (text: string) => void, waitMs = WAIT_MS): Promise<void> {
    let told = false;
    const deadline = Date.now() + waitMs;
    for (;;) {
        const held = locksIn(folder).filter(({ file, lock }) => {
            if (lock && isHeld(lock)) return true;
            fs.rmSync(file, { force: true });
            fs.rmSync(`${file}.attrs`, { force: true });
            note(`Removed the lock of an operation that was killed${lock ? ` (process ${lock.pid} is gone)` : ""}.`);
            return false;
        });
        const [first] = held;
        if (!first) return;
        if (Date.now() >= deadline)
            throw new UserError(
                `Another operation holds the lock of this stack: process ${first.lock?.pid} on ${first.lock?.hostname} since ${first.lock?.timestamp}. ` +
                    "Wait for it or end it, then try again.",
            );
        if (!told) note(`Waiting for the engine that still works on this stack (process ${first.lock?.pid}).`);
        told = true;
        await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
}

function locksIn(folder: string): { file: string; lock: LockContent | undefined }[] {
    let names: string[];
    try {
        names = fs.readdirSync(folder);
    } catch {
        return [];
    }
    return names
        .filter((name) => name.endsWith(".json"))
        .map((name) => path.join(folder, name))
        .map((file) => ({ file, lock: readLock(file) }));
}

function readLock(file: string): LockContent | undefined {
    try {
        return JSON.parse(fs.readFileSync(file, "utf8")) as LockContent;
    } catch {
        // Gone since, or cut off: locks are written at once, so a broken one has no owner.
        return undefined;
    }
}

/** A lock of another machine (a checkout on a network folder) can't be judged from here and counts as held. */
function isHeld(lock: LockContent): boolean {
    return lock.hostname !== os.hostname() || isPulumi(lock.pid);
}

/** Whether a process is alive, and still the CLI: process ids are used again. */
function isPulumi(pid: number): boolean {
    if (!isAlive(pid)) return false;
    try {
        return /pulumi/.test(execFileSync("ps", ["-p", String(pid), "-o", "comm="], { encoding: "utf8" }));
    } catch {
        return isAlive(pid);
    }
}

export function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}
