/**
 * The process that a program from disk runs in. It has the program's folder as its working folder, the program's environment
 * and nothing else of the runner's: a program that calls `process.exit`, or never ends, can't take the runner with it.
 *
 * It tells its port over the channel to the runner, and ends when that channel closes: no orphan survives a killed runner.
 */
import { createRequire } from "node:module";
import * as path from "node:path";

import { mapStack } from "../register";
import { serveProgram } from "./language-runtime";
import { leaveOutSlowParts, loadLazily } from "./lean-sdk";
import { headroomDir } from "./paths";
import { findEntry, installFallbackResolution, runEntry } from "./program";
import { describeProgramError } from "./program-error";

export interface ProgramHostOptions {
    /** File or folder of the program. */
    program: string;
    secretKeys: string[];
}

/** What the host tells the runner. */
export type HostMessage = { port: number } | { mistake: string };

async function main(): Promise<void> {
    process.on("disconnect", () => process.exit(0));
    process.on("SIGTERM", () => process.exit(0));
    const options = JSON.parse(process.argv[2] ?? "{}") as ProgramHostOptions;
    process.argv.length = 2;

    const entry = findEntry(options.program);
    installFallbackResolution(entry.esm);
    loadLazily();
    const fromProgram = createRequire(entry.file);
    const fromSdk = createRequire(fromProgram.resolve("@pulumi/pulumi"));
    // grpc and google-protobuf are the SDK's own dependencies: they may lie beside it, not beside the program.
    const requireSdk = (request: string): unknown =>
        request.startsWith("@pulumi/") ? fromProgram(request) : fromSdk(request);

    const runtime = await serveProgram({
        requireSdk,
        program: () => runEntry(entry),
        secretKeys: options.secretKeys,
        describeError: (error) => describeProgramError(error, entry.dir, mapStack),
        ownProcess: true,
    });
    send({ port: runtime.port });
    // The engine takes a while to start: time to load what every program needs.
    setImmediate(() => {
        requireSdk("@pulumi/pulumi");
        leaveOutSlowParts(requireSdk);
    });
}

function send(message: HostMessage): void {
    process.send?.(message);
}

main().catch((error: unknown) => {
    send({ mistake: describeProgramError(error, path.resolve(headroomDir, "."), mapStack) });
    process.exitCode = 1;
    process.disconnect();
});
