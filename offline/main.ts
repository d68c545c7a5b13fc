/** The command line: reads it, runs the operation, prints the report. */
import * as fs from "node:fs";

import { HELP, parseArguments } from "./cli/args";
import type { Arguments } from "./cli/args";
import { paintFor } from "./display/colour";
import { renderHeader, renderResult } from "./display/render";
import type { RenderOptions } from "./display/render";
import { StatusLine } from "./display/status-line";
import { readProject, stacksWithFiles } from "./runner/project";
import { mapStack } from "./register";
import { OfflineStack, UserError } from "./stack";
import type { ExportedState, OperationResult } from "./stack";

async function main(argv: string[]): Promise<number> {
    const args = parseArguments(argv);
    if (args === "help") {
        process.stdout.write(HELP);
        return 0;
    }
    requireStackFile(args);
    const status = new StatusLine(process.stderr);
    const stack = await OfflineStack.open({
        ...args,
        onNote: (note) => {
            status.clear();
            process.stderr.write(`${note}\n`);
        },
        onProgress: (progress) => {
            status.update(progress);
        },
    });
    const onInterrupt = interruptor(stack);
    process.on("SIGINT", onInterrupt);
    process.on("SIGTERM", onInterrupt);
    try {
        return await run(args, stack, status);
    } finally {
        process.off("SIGINT", onInterrupt);
        process.off("SIGTERM", onInterrupt);
        await stack.close();
    }
}

async function run(args: Arguments, stack: OfflineStack, status: StatusLine): Promise<number> {
    if (args.command === "export") {
        process.stdout.write(`${JSON.stringify(await stack.exportState(), undefined, 4)}\n`);
        return 0;
    }
    if (args.command === "import") {
        await stack.importState(
            JSON.parse(fs.readFileSync(args.file === "-" ? 0 : (args.file ?? ""), "utf8")) as ExportedState,
        );
        return 0;
    }
    const options: RenderOptions = { paint: paintFor(process.stdout, process.env), verbose: args.verbose };
    const show = (result: OperationResult) => {
        status.clear();
        if (args.json) process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
        else
            process.stdout.write(
                `${[...renderHeader(result, options), ...renderResult(result, options)].join("\n")}\n`,
            );
    };
    if (args.command === "up" && !args.skipPreview) {
        // Stack rules run after creation in an update: what they refuse is refused here, before anything is made.
        const plan = await stack.preview();
        if (!plan.ok || !args.json) show(plan);
        if (!plan.ok) return plan.exitCode || 1;
        if (!args.json) process.stdout.write("\n");
    }
    const result = await stack[args.command]();
    show(result);
    return result.exitCode;
}

/** A stack without a file is a slip of the pen where others have one. */
function requireStackFile(args: Arguments): void {
    const project = readProject(args.cwd);
    const stacks = stacksWithFiles(project);
    if (stacks.length > 0 && !stacks.includes(args.stack))
        throw new UserError(
            `There is no stack "${args.stack}": ${project.stackDir} holds ${stacks.map((s) => `Pulumi.${s}.yaml`).join(", ")}. Choose one of ${stacks.join(", ")}, or add Pulumi.${args.stack}.yaml.`,
        );
}

/** The first Ctrl-C lets the steps that run come to their end; the second ends the engine at once. */
function interruptor(stack: OfflineStack): () => void {
    let asked = 0;
    return () => {
        asked++;
        process.stderr.write(
            asked === 1 ? "\nending after the steps that run; once more ends at once\n" : "\nending at once\n",
        );
        const reached = stack.isRunning;
        stack.interrupt(asked > 1);
        // Nothing is being changed while no engine runs.
        if (asked > 1 && !reached) process.exit(130);
    };
}

// Whoever reads our output may have read enough (`| head`).
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
});

main(process.argv.slice(2)).then(
    (code) => {
        process.exitCode = code;
    },
    (error: unknown) => {
        const known = error instanceof UserError;
        process.stderr.write(
            `error: ${known ? error.message : error instanceof Error ? mapStack(error.stack ?? error.message) : String(error)}\n`,
        );
        process.exitCode = 1;
    },
);
