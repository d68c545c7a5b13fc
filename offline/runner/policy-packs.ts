import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

import { headroomDir } from "./paths";
import { UserError } from "./types";

/** Folder of the executables that the engine finds on its PATH. */
export const shimDir = path.join(headroomDir, "offline", "bin");

/**
 * Checks that folders hold policy packs that can be started, and makes them absolute, as the engine wants them. All mistakes
 * are reported at once.
 */
export function resolvePolicyPacks(packs: string[], base: string): string[] {
    const problems: string[] = [];
    const folders = packs.map((pack) => {
        const folder = path.resolve(base, pack);
        const problem = problemOf(folder);
        if (problem) problems.push(`policy pack ${pack}: ${problem}`);
        return folder;
    });
    if (problems.length > 0) throw new UserError(problems.join("\n"));
    return folders;
}

function problemOf(folder: string): string | undefined {
    const definition = path.join(folder, "PulumiPolicy.yaml");
    if (!fs.existsSync(definition)) return `${folder} holds no PulumiPolicy.yaml.`;
    const { runtime } = (parse(fs.readFileSync(definition, "utf8")) ?? {}) as { runtime?: string | { name?: string } };
    const name = typeof runtime === "object" ? runtime.name : runtime;
    if (name !== "nodejs") return `its runtime is ${JSON.stringify(name)}; offline runs packs written for nodejs.`;
    const manifest = path.join(folder, "package.json");
    if (!fs.existsSync(manifest)) return `${folder} holds no package.json, which Pulumi reads the pack's version from.`;
    const { version } = JSON.parse(fs.readFileSync(manifest, "utf8")) as { version?: string };
    if (!version) return `${manifest} has no "version", which Pulumi asks for.`;
    return undefined;
}
