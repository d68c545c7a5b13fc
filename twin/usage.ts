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

/** CPU between two looks. Where the system does not count processes that have ended, there is less of it after one has: none, then. */
export function cpuSecondsSince(before: Usage, now: Usage): number {
    return Math.max(0, now.cpuSeconds - before.cpuSeconds);
}

/** One process of the system's list. */
interface Listed {
    readonly pid: number;
    readonly parent: number;
}

/** One that tells what it has used, too. */
export interface ListedProcess extends Usage, Listed {}

/** What processes have used, each with all that descend from it; those that have ended are left out. */
export async function measureUsage(pids: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
    if (pids.length === 0) return new Map();
    return process.platform === "linux"
        ? measureFamilies(pids, listProc(), ({ pid }) => readProc(pid))
        : measureFamilies(pids, await listPs(), (one) => one);
}

/** Looks at those only that are asked for, and at what descends from them. */
function measureFamilies<T extends Listed>(
    pids: readonly number[],
    all: readonly T[],
    look: (one: T) => Usage | undefined,
): Map<number, Usage> {
    const usage = new Map<number, Usage>();
    for (const root of all.filter(({ pid }) => pids.includes(pid))) {
        const [own, ...others] = descendants(root, all).map(look);
        if (own !== undefined) usage.set(root.pid, sum([own, ...others.filter((one) => one !== undefined)]));
    }
    return usage;
}

/** The process, and all that descend from it. */
function descendants<T extends Listed>(root: T, all: readonly T[]): T[] {
    const family = [root];
    // Grows while it is walked.
    for (const { pid } of family) family.push(...all.filter(({ parent }) => parent === pid));
    return family;
}

function sum(family: readonly Usage[]): Usage {
    const handles = family.flatMap((one) => (one.handles === undefined ? [] : [one.handles]));
    return {
        cpuSeconds: family.reduce((total, one) => total + one.cpuSeconds, 0),
        residentBytes: family.reduce((total, one) => total + one.residentBytes, 0),
        handles: handles.length === 0 ? undefined : handles.reduce((total, count) => total + count, 0),
    };
}

function listProc(): Listed[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => {
            const parent = readStat(Number(name))?.[1];
            return parent === undefined ? [] : [{ pid: Number(name), parent: Number(parent) }];
        });
}

/** Fields of `pid (name) state ppid …` from the state on, the third: the name before may hold blanks. */
function readStat(pid: number): string[] | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    } catch {
        // It has ended.
        return undefined;
    }
}

function readProc(pid: number): Usage | undefined {
    // Fields 14 and 15 are utime and stime, 16 and 17 those of the processes that it started and that have ended.
    const ticks = readStat(pid)?.slice(11, 15);
    if (ticks === undefined) return undefined;
    try {
        return {
            cpuSeconds: ticks.reduce((total, field) => total + Number(field), 0) / TICKS_PER_SECOND,
            residentBytes: residentBytes(pid),
            handles: readdirSync(`/proc/${pid}/fd`).length,
        };
    } catch {
        // It has ended, or belongs to somebody else.
        return undefined;
    }
}

function residentBytes(pid: number): number {
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
