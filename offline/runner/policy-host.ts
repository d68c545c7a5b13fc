/**
 * Runs one policy pack. It is what `@pulumi/pulumi/cmd/run-policy-pack` does, less the compiler that it loads for every pack,
 * needed or not (register.js compiles TypeScript here), and with Headroom's packages for a pack that has none of its own.
 *
 * The pack prints its port on stdout itself, when its `PolicyPack` is made.
 */
import { createRequire } from "node:module";
import * as path from "node:path";

import { mapStack } from "../register";
import { findEntry, installFallbackResolution } from "./program";
import { describeProgramError } from "./program-error";

const pack = path.resolve(process.argv[3] ?? ".");

// A rule's error reaches the engine as its stack: with the lines of its sources. Every stack is mapped here, once.
Error.prepareStackTrace = (error, frames) =>
    // eslint-disable-next-line @typescript-eslint/no-base-to-string -- a call site knows how it is written
    mapStack([String(error), ...frames.map((frame) => `    at ${frame.toString()}`)].join("\n"));

function fail(error: unknown): void {
    process.stderr.write(`The policy pack in ${pack} failed: ${describeProgramError(error, pack, (stack) => stack)}\n`);
    process.exit(1);
}
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

const entry = findEntry(pack);
installFallbackResolution(entry.esm);
createRequire(entry.file)(entry.file);
