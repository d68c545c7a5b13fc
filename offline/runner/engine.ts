import type { StdioOptions } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { locate } from "../cli/locate";
import { start } from "./children";
import type { Child, Ended } from "./children";
import { enginePath, freshEnvironment, linkNode } from "./environment";
import { headroomDir } from "./paths";
import type { StackPaths } from "./paths";
import { shimDir } from "./policy-packs";
import { UserError } from "./types";
import type { RunningProcess } from "./types";

/** Path of the Pulumi CLI, found anew for each process: set-up may have put it there since. */
export function findCli(): string {
    const { found, rejected } = located();
    if (!found)
        throw new UserError(
            ["The Pulumi CLI is not set up yet: run `make setup` in Headroom's folder.", ...rejected].join("\n"),
        );
    return found.file;
}

function located(): ReturnType<typeof locate> {
    try {
        return locate({ env: process.env, headroomDir });
    } catch (error) {
        // All that it throws is about a setting of the user's.
        throw new UserError((error as Error).message);
    }
}

/** The Pulumi CLI on one stack: its environment, its working folder, its calls. */
export class Engine {
    constructor(
        private readonly cli: string,
        private readonly paths: StackPaths,
        private readonly onSpawn?: (child: RunningProcess) => void,
    ) {
        linkNode(paths.bin);
    }

    /**
     * Starts an operation. What it says goes to a file, not to a pipe: a pipe to a runner that was killed would kill the engine at
     * its next word, before it has saved its state.
     */
    start(
        args: string[],
        { providers, programDir, messages }: { providers: string; programDir: string; messages: string },
    ): Child {
        const file = fs.openSync(messages, "w", 0o600);
        try {
            const environment = {
                PULUMI_DEBUG_PROVIDERS: providers,
                // A pack looks for its exemptions beside the program; the engine's own working folder is not it.
                HEADROOM_PROGRAM_DIR: programDir,
                ...reportsFolder(process.env),
            };
            return this.spawn(args, ["ignore", "ignore", file], environment, this.onSpawn);
        } finally {
            fs.closeSync(file);
        }
    }

    private spawn(
        args: string[],
        stdio: StdioOptions,
        environment: Record<string, string> = {},
        onSpawn?: (child: RunningProcess) => void,
    ): Child {
        const options = { cwd: this.paths.work, env: this.environment(environment), stdio };
        return start("engine", this.cli, [...args, "--non-interactive", "--color", "never"], options, onSpawn);
    }

    /** A call that is over at once: its standard output, or an error with what it said. */
    async call(args: string[]): Promise<string> {
        const child = this.spawn(args, ["ignore", "pipe", "pipe"]);
        let output = "";
        child.process.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
        const end = await child.ended;
        if (end.code !== 0)
            throw new UserError(
                `pulumi ${args.slice(0, 2).join(" ")}: ${lastWords(child.stderr, end).replaceAll(this.paths.work, ".")}`,
            );
        return output;
    }

    private environment(more: Record<string, string>): Record<string, string> {
        return freshEnvironment(process.env, {
            PATH: enginePath(shimDir, this.paths.bin),
            // Nothing is read from or written to the user's home.
            HOME: this.paths.root,
            PULUMI_HOME: this.paths.pulumiHome,
            // Without "metadata=skip" each file gets a second one of attributes, which is not written atomically: a kill between the
            // two leaves a state that can't be read any more.
            PULUMI_BACKEND_URL: `file://${checkedBackend(this.paths.backend)}?metadata=skip`,
            PULUMI_CONFIG_PASSPHRASE_FILE: this.paths.passphrase,
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            PULUMI_DEBUG_COMMANDS: "true", // for --event-log
            // The engine lives for seconds: collecting less often saves a tenth of its time for some memory.
            GOGC: "400",
            PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
            HEADROOM_NODE: process.execPath,
            ...(process.env.HEADROOM_CACHE ? { HEADROOM_CACHE: process.env.HEADROOM_CACHE } : {}),
            ...more,
        });
    }
}

/** The folder that policy packs write their reports to, as the caller means it: the engine works in another one. */
function reportsFolder({ HEADROOM_POLICY_REPORTS: folder }: NodeJS.ProcessEnv): Record<string, string> {
    return folder ? { HEADROOM_POLICY_REPORTS: path.resolve(folder) } : {};
}

/** What the CLI said last, without its advice, for the rare failure that is in no event. */
export function lastWords(messages: string, end: Ended): string {
    const words = messages
        .split("\n")
        .map((line) => line.replace(/^error: /, "").trimEnd())
        .filter((line) => line.trim() !== "")
        .join("\n");
    return words || (end.signal ? `it was killed (${end.signal})` : `it ended with exit code ${end.code}`);
}

/** The CLI takes the text behind `file://` as a path, up to a `?`, and unescapes nothing. */
function checkedBackend(folder: string): string {
    if (/[?#%]/.test(folder))
        throw new UserError(
            `The folder ${path.dirname(folder)} has one of ?, # and % in its name, which Pulumi's file backend can't hold: choose another --state-dir.`,
        );
    return folder;
}

/**
 * Makes the passphrase of a checkout: random, once, readable by its owner only. An empty one, left by a full disk or an editor, is
 * made anew while nothing is encrypted with it.
 */
export function ensurePassphrase(file: string, random: () => string, hasState: () => boolean): void {
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat && stat.size > 0) return;
    if (stat) {
        if (hasState())
            throw new UserError(
                `${file} is empty: it held the passphrase of the secrets in this state. Put it back from a copy; without one, remove the folder ${path.dirname(file)}, and with it the offline state.`,
            );
        fs.rmSync(file);
    }
    const temporary = `${file}.${process.pid}.tmp`;
    fs.writeFileSync(temporary, random(), { mode: 0o600 });
    try {
        // A link appears with the whole text in it; of two first calls at the same time the second keeps the first's.
        fs.linkSync(temporary, file);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
        fs.rmSync(temporary, { force: true });
    }
}
