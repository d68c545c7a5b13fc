import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";

import type { ProcessRole, RunningProcess } from "./types";

export interface Ended {
    code: number | null;
    signal: NodeJS.Signals | null;
}

/** A child of the runner, with what it wrote. */
export class Child {
    readonly ended: Promise<Ended>;
    /** The last of what it wrote to stderr, for messages about its death. */
    stderr = "";
    private over: Ended | undefined;

    constructor(
        readonly role: ProcessRole,
        readonly process: ChildProcess,
    ) {
        this.ended = new Promise((resolve) => {
            process.once("error", (error) => {
                this.stderr += error.message;
                this.over ??= { code: 127, signal: null };
                resolve(this.over);
            });
            // "close", not "exit": what it wrote is read by then.
            process.once("close", (code, signal) => {
                this.over ??= { code, signal };
                resolve(this.over);
            });
        });
        process.stderr?.setEncoding("utf8").on("data", (text: string) => {
            this.stderr = (this.stderr + text).slice(-16_384);
        });
        // A child that is gone closes its pipe: not our failure.
        process.stdin?.on("error", () => undefined);
    }

    get isRunning(): boolean {
        return this.over === undefined;
    }

    /** Closes its stdin, which ends ours, and kills it if that takes longer than `patienceMs`. */
    async stop(patienceMs = 2_000): Promise<void> {
        if (!this.isRunning) return;
        this.process.stdin?.end();
        // Not `disconnect()`: node never reports "close" for a child whose channel its parent closed.
        if (this.process.connected) this.process.kill("SIGTERM");
        const timer = setTimeout(() => this.process.kill("SIGKILL"), patienceMs);
        await this.ended;
        clearTimeout(timer);
    }
}

/**
 * Starts a child in a process group of its own: Ctrl-C on a terminal then reaches the runner alone, which decides in what
 * order things end.
 */
export function start(
    role: ProcessRole,
    command: string,
    args: string[],
    options: SpawnOptions,
    onSpawn?: (child: RunningProcess) => void,
): Child {
    const process = spawn(command, args, { ...options, detached: true });
    const child = new Child(role, process);
    if (process.pid !== undefined) onSpawn?.({ role, pid: process.pid });
    return child;
}

/** How a process ended, in words. */
export function describeEnd({ code, signal }: Ended): string {
    return signal ? `was killed (${signal})` : `ended with exit code ${code}`;
}
