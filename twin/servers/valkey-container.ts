import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Public, of the Valkey project. It follows fixes within a version; the stack takes them in its maintenance window. */
const IMAGE = "valkey/valkey:8.1";

/** The image has forty megabytes; this is for a slow line. */
const PULL_MS = 5 * 60_000;
const ANSWER_MS = 10_000;

/** Finds out whether there is an engine, and fetches the image where it lacks it. Answers with the version of Valkey. */
export async function prepareContainer(
    environment: Readonly<Record<string, string | undefined>>,
    progress: (line: string) => void,
): Promise<string> {
    const docker = async (timeout: number, ...words: string[]): Promise<string> =>
        (await execute("docker", words, { env: { ...environment }, timeout })).stdout;
    await docker(ANSWER_MS, "version", "--format", "{{.Server.Version}}");
    try {
        await docker(ANSWER_MS, "image", "inspect", IMAGE);
    } catch {
        progress(`fetching the image ${IMAGE}`);
        await docker(PULL_MS, "pull", "--quiet", IMAGE);
    }
    const words = ["run", "--rm", "--network", "none", "--entrypoint", "valkey-server", IMAGE, "--version"];
    const said = await docker(PULL_MS, ...words);
    const version = /\bv=(\d+\.\d+\.\d+)/.exec(said)?.[1];
    if (version === undefined) throw new Error(`${IMAGE} does not say its version`);
    return version;
}

/**
 * The command that runs the server in a container until it ends. It sees its own folder only, under the same name, and is
 * reached on the loopback interface only.
 */
export function containerCommand(name: string, port: number, folder: string): string[] {
    const user = process.getuid === undefined ? [] : ["--user", `${process.getuid()}:${process.getgid?.() ?? 0}`];
    return [
        ...["docker", "run", "--rm", "--name", name, ...user],
        ...["--publish", `127.0.0.1:${port}:${port}`, "--volume", `${folder}:${folder}`],
        // The image's own entry point would change to a user who may not read our files.
        ...["--read-only", "--cap-drop", "ALL", "--entrypoint", "valkey-server", IMAGE],
    ];
}

/** Does something to a container: `kill`, `pause`, `unpause`. Fails where it has ended. */
export async function controlContainer(action: "kill" | "pause" | "unpause", name: string): Promise<void> {
    await execute("docker", [action, name], { env: { ...process.env }, timeout: ANSWER_MS });
}
