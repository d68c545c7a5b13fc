import { execFile, execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";

const root = path.join(__dirname, "../..");
const tools = path.join(root, ".headroom/test-tools");

/**
 * The folder of a language host for Node.js, as an ordinary installation has it: the one on PATH, or Pulumi's own, built once
 * from its pinned Go module, with what newer engines ask for (newer-language-host.ts).
 */
export async function languageHostFolder(): Promise<string> {
    const installed = onPath("pulumi-language-nodejs");
    if (installed !== undefined) {
        return path.dirname(installed);
    }
    const host = path.join(tools, "language-host");
    if (!fs.existsSync(host)) {
        fs.mkdirSync(tools, { recursive: true });
        const unfinished = `${host}.${String(process.pid)}`;
        await promisify(execFile)(
            "go",
            [
                "build",
                "-mod=readonly",
                "-o",
                unfinished,
                "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
            ],
            { cwd: path.join(__dirname, "language-host") },
        );
        fs.renameSync(unfinished, host);
    }
    const folder = path.join(tools, "bin");
    fs.mkdirSync(folder, { recursive: true });
    const starter = path.join(folder, "pulumi-language-nodejs");
    const register = path.join(root, "offline/register.js");
    const program = path.join(__dirname, "newer-language-host.ts");
    const script = `#!/bin/sh\nHEADROOM_LANGUAGE_HOST="${host}" exec "${process.execPath}" -r "${register}" "${program}" "$@"\n`;
    fs.writeFileSync(`${starter}.${String(process.pid)}`, script, { mode: 0o755 });
    fs.renameSync(`${starter}.${String(process.pid)}`, starter);
    return folder;
}

function onPath(program: string): string | undefined {
    try {
        return execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
    } catch {
        return undefined;
    }
}
