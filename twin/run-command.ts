import { mapStack } from "../offline/register";
import { UserError } from "../offline/runner/types";
import { InvalidSettingsError } from "../components/problems";
import { Interruption } from "./interruption";
import { UsageError } from "./usage-error";

/** What shells say of a command that was ended by Ctrl+C. */
export const INTERRUPTED = 130;

/**
 * Runs a command of the twin. The first Ctrl+C or SIGTERM is told to the command, which stops what it started; a second one
 * ends the process at once, and the supervisors end the rest.
 *
 * @param command answers with the exit code
 */
export function runCommand(command: (stopped: AbortSignal) => Promise<number>): void {
    const stop = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.on(signal, () => {
            if (stop.signal.aborted) process.exit(INTERRUPTED);
            stop.abort();
        });
    }
    // Whoever read it has gone, as `head` does: then nobody wants it to go on.
    process.stdout.on("error", () => {
        stop.abort();
    });
    command(stop.signal).then(
        (code) => process.exit(code),
        (error: unknown) => {
            if (error instanceof Interruption) {
                process.stdout.write(`${error.message}\n`);
                process.exit(INTERRUPTED);
            }
            process.stderr.write(`${describe(error)}\n`);
            process.exit(1);
        },
    );
}

/** What a person did wrong is told in words, what we did wrong with its place. */
function describe(error: unknown): string {
    if (error instanceof UsageError || error instanceof UserError || error instanceof InvalidSettingsError) {
        return `error: ${error.message}`;
    }
    return `error: ${error instanceof Error ? mapStack(error.stack ?? error.message) : String(error)}`;
}
