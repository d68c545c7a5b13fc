// @ts-check
"use strict";
/** Finds the processes that descend from one, and what memory each has held at most. */
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

/**
 * @typedef {object} ProcessInfo
 * @property {number} pid
 * @property {number} ppid
 * @property {string} command the whole command line
 * @property {number} peakKiB the most memory it has held so far: exact on Linux, what `ps` saw elsewhere
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
                const status = fs.readFileSync(`/proc/${name}/status`, "utf8");
                const number = (/** @type {string} */ field) =>
                    Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
                return [{ pid: Number(name), ppid: number("PPid"), command: "", peakKiB: number("VmHWM") }];
            } catch {
                // It ended between the two looks.
                return [];
            }
        });
}

/** @returns {ProcessInfo[]} */
function listWithPs() {
    return parsePs(execFileSync("ps", ["-axo", "pid=,ppid=,rss=,command="], { encoding: "utf8", maxBuffer: 1 << 24 }));
}

/**
 * @param {string} text lines of pid, parent's pid, resident KiB, command line
 * @returns {ProcessInfo[]}
 */
function parsePs(text) {
    return text.split("\n").flatMap((line) => {
        const [, pid, ppid, rss, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
        return command === undefined ? [] : [{ pid: Number(pid), ppid: Number(ppid), command, peakKiB: Number(rss) }];
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

/** Watches a process and its descendants while they run, and keeps the peak of each. */
class MemoryWatch {
    /** @type {Map<number, { role: string, peakKiB: number }>} */
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
            const known = this.#seen.get(one.pid);
            // A process changes its command line when it calls exec, so it is asked until it has a role.
            const role = known?.role ?? roleOf(describe(one));
            if (role) this.#seen.set(one.pid, { role, peakKiB: Math.max(known?.peakKiB ?? 0, one.peakKiB) });
        }
    }

    /** @returns {Record<string, number>} KiB by role; of several processes with one role, the largest */
    stop() {
        clearInterval(this.#timer);
        /** @type {Record<string, number>} */
        const peaks = {};
        for (const { role, peakKiB } of this.#seen.values()) peaks[role] = Math.max(peaks[role] ?? 0, peakKiB);
        return peaks;
    }
}

module.exports = { MemoryWatch, family, parsePs, roleOf };
