// @ts-check
"use strict";
/** Finds the processes that descend from one, what memory each has held at most, and what CPU time each has used. */
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

/**
 * @typedef {object} ProcessInfo
 * @property {number} pid
 * @property {number} ppid
 * @property {string} command the whole command line
 * @property {number} peakKiB the most memory it has held so far: exact on Linux, what `ps` saw elsewhere
 * @property {number} cpuMs CPU time that it has used so far, in all its threads
 * @property {string} [folder] its working folder, where the system says it
 */

/** @returns {ProcessInfo[]} */
function listProcesses() {
    return process.platform === "linux" ? listLinux() : listWithPs();
}

/** @returns {ProcessInfo[]} */
function listLinux() {
    return fs
        .readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => {
            try {
                const peak = /^VmHWM:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${name}/status`, "utf8"))?.[1] ?? "0";
                const { ppid, cpuMs } = parseStat(fs.readFileSync(`/proc/${name}/stat`, "utf8"));
                return [{ pid: Number(name), ppid, command: "", peakKiB: Number(peak), cpuMs }];
            } catch {
                // It ended between the two looks.
                return [];
            }
        });
}

/** Linux counts CPU time in hundredths of a second for every program, whatever the kernel's own tick is. */
const tickMs = 10;

/**
 * @param {string} text of `/proc/PID/stat`; the name in brackets, which may hold anything, is skipped
 */
function parseStat(text) {
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { ppid: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs };
}

/** @returns {ProcessInfo[]} */
function listWithPs() {
    return parsePs(
        execFileSync("ps", ["-axo", "pid=,ppid=,rss=,time=,command="], { encoding: "utf8", maxBuffer: 1 << 24 }),
    );
}

/**
 * @param {string} text lines of pid, parent's pid, resident KiB, CPU time as `minutes:seconds`, command line
 * @returns {ProcessInfo[]}
 */
function parsePs(text) {
    return text.split("\n").flatMap((line) => {
        const [, pid, ppid, rss, time = "", command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+([\d:.]+)\s+(.*)$/.exec(line) ?? [];
        if (command === undefined) return [];
        const cpuMs = Math.round(time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0) * 1000);
        return [{ pid: Number(pid), ppid: Number(ppid), command, peakKiB: Number(rss), cpuMs }];
    });
}

/**
 * The process and all that descend from it.
 * @param {readonly ProcessInfo[]} all
 * @param {number} root
 */
function family(all, root) {
    /** @type {Map<number, ProcessInfo[]>} */
    const children = new Map();
    for (const one of all) children.set(one.ppid, [...(children.get(one.ppid) ?? []), one]);
    const members = all.filter((one) => one.pid === root);
    for (const member of members) members.push(...(children.get(member.pid) ?? []));
    return members;
}

/**
 * @param {ProcessInfo} info
 * @returns {ProcessInfo} with its command line and folder
 */
function describe(info) {
    if (process.platform !== "linux") return info;
    try {
        const command = fs.readFileSync(`/proc/${info.pid}/cmdline`, "utf8").split("\0").join(" ").trim();
        return { ...info, command, folder: fs.readlinkSync(`/proc/${info.pid}/cwd`) };
    } catch {
        return info;
    }
}

/**
 * What a process is for, in words; undefined for one that is of no interest (a shell, `ps` itself).
 * @param {ProcessInfo} info
 */
function roleOf({ command, folder }) {
    if (/policy-host|run-policy-pack/.test(command)) return `policy pack ${folder ? path.basename(folder) : ""}`.trim();
    if (/offline\.js/.test(command)) return "runner";
    if (/program-host/.test(command)) return "program";
    if (/providers[\\/]main/.test(command)) return "stand-ins";
    if (/dist[\\/]cdk\.cjs/.test(command)) return "CDK application";
    if (/(^|[\\/])pulumi( |$)/.test(command)) return "engine (CLI)";
    return undefined;
}

/**
 * @typedef {{ peakKiB: number, cpuMs: number }} Usage
 */

/**
 * A process that has just been forked still has its parent's command line, until it calls exec: what was taken for a second
 * runner is the engine at the next look. What was seen under the former role is not its own, and is dropped.
 * @param {(Usage & { role: string }) | undefined} before
 * @param {Usage & { role: string }} now
 */
function latest(before, now) {
    if (before?.role !== now.role) return now;
    return { role: now.role, peakKiB: Math.max(before.peakKiB, now.peakKiB), cpuMs: Math.max(before.cpuMs, now.cpuMs) };
}

/** Watches a process and its descendants while they run. */
class ProcessWatch {
    /** @type {Map<number, Usage & { role: string }>} */
    #seen = new Map();
    #timer;

    /**
     * @param {number} root
     * @param {number} everyMs
     */
    constructor(root, everyMs = process.platform === "linux" ? 50 : 250) {
        this.#timer = setInterval(() => this.#look(root), everyMs);
    }

    /** @param {number} root */
    #look(root) {
        for (const one of family(listProcesses(), root)) {
            const role = roleOf(describe(one));
            if (role)
                this.#seen.set(
                    one.pid,
                    latest(this.#seen.get(one.pid), { role, peakKiB: one.peakKiB, cpuMs: one.cpuMs }),
                );
        }
    }

    /** @returns {Record<string, Usage>} by role; of several processes with one role, the larger figures */
    stop() {
        clearInterval(this.#timer);
        /** @type {Record<string, Usage>} */
        const usage = {};
        for (const { role, peakKiB, cpuMs } of this.#seen.values())
            usage[role] = {
                peakKiB: Math.max(usage[role]?.peakKiB ?? 0, peakKiB),
                cpuMs: Math.max(usage[role]?.cpuMs ?? 0, cpuMs),
            };
        return usage;
    }
}

module.exports = { ProcessWatch, family, latest, parsePs, parseStat, roleOf };
