import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The kernel's unit of CPU time in /proc: a hundredth of a second on every platform that Node runs on (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** What a process has used. */
export interface Usage {
    /** Seconds of CPU since its start. */
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    /** Open descriptors; undefined where the system does not tell. */
    readonly handles: number | undefined;
}

/** What processes have used; those that have ended are left out. */
export async function measureUsage(pids: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
    return process.platform === "linux" ? readProc(pids) : readPs(pids);
}

function readProc(pids: readonly number[]): Map<number, Usage> {
    const usage = new Map<number, Usage>();
    for (const pid of pids) {
        try {
            const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
            // `pid (name) state ppid …`: the name may hold blanks. utime and stime are fields 14 and 15, rss is 24.
            const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
            usage.set(pid, {
                cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
                residentBytes: residentBytes(pid),
                handles: readdirSync(`/proc/${pid}/fd`).length,
            });
        } catch {
            // It has ended, or belongs to somebody else.
        }
    }
    return usage;
}

function residentBytes(pid: number): number {
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kibibytes ?? 0) * 1024;
}

async function readPs(pids: readonly number[]): Promise<Map<number, Usage>> {
    if (pids.length === 0) return new Map();
    const { stdout } = await run("ps", ["-o", "pid=,rss=,time=", "-p", pids.join(",")]).catch(() => ({ stdout: "" }));
    return parsePs(stdout);
}

/** Lines of `ps -o pid=,rss=,time=`: times are `[[days-]hours:]minutes:seconds[.hundredths]`. */
export function parsePs(text: string): Map<number, Usage> {
    const usage = new Map<number, Usage>();
    for (const line of text.split("\n")) {
        const [, pid, kibibytes, days, clock] = /^\s*(\d+)\s+(\d+)\s+(?:(\d+)-)?([\d:.]+)\s*$/.exec(line) ?? [];
        if (pid === undefined || clock === undefined) continue;
        const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
        usage.set(Number(pid), {
            cpuSeconds: Number(days ?? 0) * 86_400 + seconds,
            residentBytes: Number(kibibytes) * 1024,
            handles: undefined,
        });
    }
    return usage;
}
