import * as fs from "node:fs";

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
