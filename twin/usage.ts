import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The kernel's unit of CPU time in /proc: a hundredth of a second on every platform that Node runs on (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** What a process has used, with those that it started. */
export interface Usage {
    /** Seconds of CPU since its start. */
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    /** Open descriptors; undefined where the system does not tell. */
    readonly handles: number | undefined;
}

/** One process of the system's list. */
export interface ListedProcess extends Usage {
    readonly pid: number;
    readonly parent: number;
}

/** What processes have used, each with all that descend from it; those that have ended are left out. */
export async function measureUsage(pids: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
    if (pids.length === 0) return new Map();
    const wanted = new Set(pids);
    const all = process.platform === "linux" ? listProc() : await listPs();
    return new Map(
        all.filter(({ pid }) => wanted.has(pid)).map((root) => [root.pid, sum(descendants(root, all))] as const),
    );
}

/** The process, and all that descend from it. */
function descendants(root: ListedProcess, all: readonly ListedProcess[]): ListedProcess[] {
    const family = [root];
    // Grows while it is walked.
    for (const { pid } of family) family.push(...all.filter(({ parent }) => parent === pid));
    return family;
}

function sum(family: readonly ListedProcess[]): Usage {
    const handles = family.flatMap((one) => (one.handles === undefined ? [] : [one.handles]));
    return {
        cpuSeconds: family.reduce((total, one) => total + one.cpuSeconds, 0),
        residentBytes: family.reduce((total, one) => total + one.residentBytes, 0),
        handles: handles.length === 0 ? undefined : handles.reduce((total, count) => total + count, 0),
    };
}

function listProc(): ListedProcess[] {
    const listed: ListedProcess[] = [];
    for (const name of readdirSync("/proc")) {
        if (!/^\d+$/.test(name)) continue;
        try {
            const stat = readFileSync(`/proc/${name}/stat`, "utf8");
            // `pid (name) state ppid …`: the name may hold blanks. Fields 14 and 15 are utime and stime, 16 and 17 those of the
            // processes that it started and that have ended.
            const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
            listed.push({
                pid: Number(name),
                parent: Number(fields[1]),
                cpuSeconds: fields.slice(11, 15).reduce((ticks, field) => ticks + Number(field), 0) / TICKS_PER_SECOND,
                residentBytes: residentBytes(name),
                handles: readdirSync(`/proc/${name}/fd`).length,
            });
        } catch {
            // It has ended, or belongs to somebody else.
        }
    }
    return listed;
}

function residentBytes(pid: string): number {
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kibibytes ?? 0) * 1024;
}

async function listPs(): Promise<ListedProcess[]> {
    const { stdout } = await run("ps", ["-axo", "pid=,ppid=,rss=,time="]).catch(() => ({ stdout: "" }));
    return parsePs(stdout);
}

/** Lines of `ps -o pid=,ppid=,rss=,time=`: times are `[[days-]hours:]minutes:seconds[.hundredths]`. */
export function parsePs(text: string): ListedProcess[] {
    return text.split("\n").flatMap((line) => {
        const [, pid, parent, kibibytes, days, clock] =
            /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(?:(\d+)-)?([\d:.]+)\s*$/.exec(line) ?? [];
        if (clock === undefined) return [];
        const seconds = clock.split(":").reduce((total, part) => total * 60 + Number(part), 0);
        return [
            {
                pid: Number(pid),
                parent: Number(parent),
                cpuSeconds: Number(days ?? 0) * 86_400 + seconds,
                residentBytes: Number(kibibytes) * 1024,
                handles: undefined,
            },
        ];
    });
}
