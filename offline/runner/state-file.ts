import * as fs from "node:fs";
import * as path from "node:path";

import type { Deployment } from "./types";

interface Checkpoint {
    version: number;
    checkpoint: { stack: string; latest?: Deployment };
}

/**
 * The stack's state as the engine saved it last. The file backend writes beside the file and renames, so what is read is
 * always whole: the state after some step, never half of one.
 */
export function readCheckpoint(file: string): Deployment | undefined {
    let text: string;
    try {
        text = fs.readFileSync(file, "utf8");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
    }
    return (JSON.parse(text) as Checkpoint).checkpoint.latest ?? {};
}

/** What the stand-ins must know: each resource of the state as `urn\0id`. */
export function knownIds(deployment: Deployment | undefined): string[] {
    return (deployment?.resources ?? []).filter((r) => r.custom && r.id).map((r) => `${r.urn}\u0000${r.id}`);
}

/** The salt that belongs to the state's secrets, so that the stack file made anew carries it too. */
export function saltOf(deployment: Deployment | undefined): string | undefined {
    const providers = deployment?.secrets_providers as { state?: { salt?: string } } | undefined;
    return providers?.state?.salt;
}

/** Operations whose history is kept. */
const KEPT = 10;

/**
 * The engine keeps a copy of the state for each operation, for ever. The newest few are enough here.
 * Its files are named `<stack>-<nanoseconds>.history.json` and `.checkpoint.json`.
 */
export function shortenHistory(folder: string): void {
    if (!fs.existsSync(folder)) return;
    const byTime = new Map<string, string[]>();
    for (const name of fs.readdirSync(folder)) {
        const time = /-(\d+)\.(history|checkpoint)\.json(\.gz)?(\.attrs)?$/.exec(name)?.[1];
        if (time !== undefined) byTime.set(time, [...(byTime.get(time) ?? []), name]);
    }
    const times = [...byTime.keys()].sort((a, b) => Number(b) - Number(a));
    for (const time of times.slice(KEPT))
        for (const name of byTime.get(time) ?? []) fs.rmSync(path.join(folder, name), { force: true });
}
