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
/** A lock is written to `X.json.<digits>.tmp` and renamed. One that has no owner in it after this time was cut off. */
const CUT_OFF_MS = 5_000;

export interface LockOptions {
    waitMs?: number;
    /** Throws when nobody waits any more. */
    checkCancelled?: () => void;
}

/**
 * Clears the way for an operation that changes the stack. A lock whose process is gone was left by a kill and is removed. One
 * whose process lives belongs to an engine that works: another operation, or the orphan of a killed runner that saves its
 * state; it is waited for. The engine takes its own lock after this, so two operations can't both get through.
 */
export async function clearLocks(
    folder: string,
    note: (text: string) => void,
    { waitMs = WAIT_MS, checkCancelled }: LockOptions = {},
): Promise<void> {
    let told = false;
    const deadline = Date.now() + waitMs;
    for (;;) {
        checkCancelled?.();
        const held = locksIn(folder).filter(({ file, lock }) => {
            if (lock ? isHeld(lock) : isBeingWritten(file)) return true;
            fs.rmSync(file, { force: true });
            fs.rmSync(`${file}.attrs`, { force: true });
            note(`Removed the lock of an operation that was killed${lock ? ` (process ${lock.pid} is gone)` : ""}.`);
            return false;
        });
        const [first] = held;
        if (!first) return;
        if (Date.now() >= deadline) throw new UserError(describeLock(first));
        // Half a lock is whole, or cut off, within seconds: nothing to tell.
        if (!told && first.lock)
            note(`Waiting for the engine that still works on this stack (process ${first.lock.pid}).`);
        told ||= first.lock !== undefined;
        await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
}

interface Lock {
    file: string;
    lock: LockContent | undefined;
}

function describeLock({ file, lock }: Lock): string {
    if (!lock) return `Another operation is about to lock this stack (${file}). Wait for it, then try again.`;
    const held = `Another operation holds the lock of this stack: process ${lock.pid} on ${lock.hostname} since ${lock.timestamp}.`;
    return lock.hostname === os.hostname()
        ? `${held} Wait for it or end it, then try again.`
        : `${held} Whether it still runs can't be told from here. Wait for it; if that machine is gone, remove ${file}.`;
}

function locksIn(folder: string): Lock[] {
    let names: string[];
    try {
        names = fs.readdirSync(folder);
    } catch {
        return [];
    }
    return names
        .filter((name) => /\.(json|tmp)$/.test(name))
        .map((name) => path.join(folder, name))
        .map((file) => ({ file, lock: readLock(file) }));
}

function readLock(file: string): LockContent | undefined {
    try {
        const content = JSON.parse(fs.readFileSync(file, "utf8")) as Partial<LockContent> | null;
        return typeof content?.pid === "number" ? (content as LockContent) : undefined;
    } catch {
        // Gone since, being written, or cut off.
        return undefined;
    }
}

/** A lock without an owner appears whole under its name; under its temporary name it may be in the making. */
function isBeingWritten(file: string): boolean {
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    return file.endsWith(".tmp") && stat !== undefined && Date.now() - stat.mtimeMs < CUT_OFF_MS;
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
