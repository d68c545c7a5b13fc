import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/**
 * Starts a program and waits for it, in the shell of every Unix; the program's process id goes to descriptor 3. When the
 * pipe on descriptor 0 closes, because the process that started it ended in whatever way, the program is killed. Folders
 * that are given are removed then.
 */
const SUPERVISOR = `
exec 4<&0
"$@" </dev/null 3>&- 4<&- &
program=$!
echo "$program" >&3
exec 3>&-
( cat <&4 >/dev/null; trap '' TERM; kill -KILL "$program" ) >/dev/null 2>&1 &
wait "$program"
code=$?
exec 4<&-
trap '' TERM
kill -TERM 0
exit "$code"
`;

/** Removes folders when the pipe closes: after what wrote into them, which its own supervisor kills at the same moment. */
const JANITOR = `
cat >/dev/null
trap '' TERM HUP INT
sleep 1
rm -rf "$@"
`;

/** How a process ended. */
export interface Exit {
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
    /** All of its environment. */
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly folder: string;
    /** Is given each line that it writes, to either output. */
    readonly onLine: (line: string) => void;
}

/** A process that ends with this one, however this one ends: also by `kill -9`. */
export interface SupervisedProcess {
    readonly pid: number;
    readonly exited: Promise<Exit>;
    /** Sends a signal; nothing happens where it has ended. */
    signal(signal: NodeJS.Signals): void;
}

/** Starts a program. Its process group is its own: Ctrl+C in a terminal does not reach it. */
export async function startSupervised(command: readonly string[], options: ProcessOptions): Promise<SupervisedProcess> {
    const supervisor = spawn("/bin/sh", ["-c", SUPERVISOR, "sh", ...command], {
        cwd: options.folder,
        env: options.environment,
        detached: true,
        stdio: ["pipe", "pipe", "pipe", "pipe"],
    });
    // The pipe breaks where the supervisor ends first.
    supervisor.stdin.on("error", () => undefined);
    let ended = false;
    // "close", not "exit": every line was read by then.
    const exited = once(supervisor, "close").then(([code]) => {
        ended = true;
        return describeExit(code as number | null);
    });
    const pid = await readPid(supervisor.stdio[3] as Readable);
    // Now that the caller is about to know which process it is; until then the lines wait in the pipe.
    for (const stream of [supervisor.stdout, supervisor.stderr]) createInterface(stream).on("line", options.onLine);
    return {
        pid,
        exited,
        signal: (signal) => {
            if (ended) return;
            try {
                process.kill(pid, signal);
            } catch {
                // It has ended, and the supervisor is about to tell.
            }
        },
    };
}

/** Folders that shall be gone when this process is. Answers with what removes them now and ends the watch. */
export function removeAtEnd(...folders: readonly string[]): () => Promise<void> {
    const janitor = spawn("/bin/sh", ["-c", JANITOR, "sh", ...folders], {
        cwd: "/",
        env: { PATH: process.env.PATH },
        detached: true,
        stdio: ["pipe", "ignore", "ignore"],
    });
    janitor.stdin.on("error", () => undefined);
    janitor.unref();
    (janitor.stdin as unknown as { unref?: () => void }).unref?.();
    return async () => {
        const gone = once(janitor, "exit");
        janitor.ref();
        janitor.stdin.end();
        await gone;
    };
}

async function readPid(stream: Readable): Promise<number> {
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    return Number(text);
}

/** The shell tells a signal as 128 and its number. */
function describeExit(code: number | null): Exit {
    if (code === null || code <= 128) return { code, signal: null };
    const [name] = Object.entries(constants.signals).find(([, number]) => number === code - 128) ?? [];
    return name === undefined ? { code, signal: null } : { code: null, signal: name as NodeJS.Signals };
}
