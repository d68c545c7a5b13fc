import { execFile, execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";

const root = path.join(__dirname, "../..");

/**
 * The folder of Pulumi's own language host for Node.js, as an ordinary installation has it: the one on PATH, or one built
 * from its pinned Go module, once.
 */
export async function languageHostFolder(): Promise<string> {
    const folder = path.join(root, ".headroom/test-tools");
    const host = path.join(folder, "pulumi-language-nodejs");
    const installed = onPath("pulumi-language-nodejs");
    if (installed !== undefined) {
        return path.dirname(installed);
    }
    if (!fs.existsSync(host)) {
        fs.mkdirSync(folder, { recursive: true });
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
    return folder;
}

function onPath(program: string): string | undefined {
    try {
        return execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
    } catch {
        return undefined;
    }
}
