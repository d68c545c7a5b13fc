import * as fs from "node:fs";
import * as path from "node:path";

import { describeEnd, start } from "./children";
import type { Child } from "./children";
import { lastWords } from "./engine";
import type { Engine } from "./engine";
import { programEnvironment } from "./environment";
import { EventLog } from "./event-log";
import { EventCollector } from "./events";
import { runInlineProgram } from "./inline-program";
import { headroomDir, writeAtomically } from "./paths";
import type { StackPaths } from "./paths";
import type { HostMessage, ProgramHostOptions } from "./program-host";
import type { Project, StackSettings } from "./project";
import { startStandIns } from "./stand-ins";
import { UserError } from "./types";
import type { OfflineStackOptions, Operation, OperationResult, RunningProcess } from "./types";

export interface OperationContext {
    options: OfflineStackOptions;
    project: Project;
    settings: StackSettings;
    paths: StackPaths;
    engine: Engine;
    /** `urn\0id` of all that exists with good reason: the stand-ins take anything else for the rest of a killed operation. */
    known: string[];
    /** Told how to cancel the operation while it runs. */
    onCancellable: (cancel: ((force: boolean) => void) | undefined) => void;
    /** Throws when a person asked for the end. */
    checkCancelled: () => void;
}

/** A program that listens for the engine, in a process of its own or in ours. */
interface RunningProgram {
    port: number;
    child?: Child;
    stop(): Promise<void>;
}

/** How the engine puts that the program or a provider is gone. */
const CONNECTION_LOST =
    /error reading from server: EOF|connection refused|connection reset by peer|transport is closing/;

/** After the program or the stand-ins died, the engine has this long to notice, save its state and end. */
const PATIENCE_MS = 20_000;

/** Runs one operation of the engine from start to end. */
export async function runOperation(operation: Operation, context: OperationContext): Promise<OperationResult> {
    const { options, project, paths } = context;
    const knownFile = paths.temporary("known");
    writeAtomically(knownFile, JSON.stringify(context.known));
    const needsProgram = operation === "preview" || operation === "up";
    const begun = Date.now();
    let stop: () => Promise<unknown> = () => Promise.resolve();
    try {
        // The slow part of both is loading: they start at the same time.
        const starting = [
            startStandIns(
                {
                    programDir: project.dir,
                    cloudFile: paths.cloud,
                    knownFile,
                    keyFile: paths.passphrase,
                    ...(options.fixtures ? { fixturesFile: path.resolve(options.fixtures) } : {}),
                    ...(options.faults ? { faultsFile: path.resolve(options.faults) } : {}),
                },
                options.onSpawn,
            ),
            needsProgram ? startProgram(context) : Promise.resolve(undefined),
        ] as const;
        const [standIns, program] = await allOrNone(starting);
        stop = () => Promise.all([standIns.child.stop(), program?.stop()]);
        return await drive(operation, context, standIns.child, standIns.providers, program, begun);
    } finally {
        context.onCancellable(undefined);
        await stop();
        fs.rmSync(knownFile, { force: true });
    }
}

/** Waits for both; if one fails, the other is stopped before the error goes on. */
async function allOrNone(
    starting: readonly [ReturnType<typeof startStandIns>, Promise<RunningProgram | undefined>],
): Promise<[Awaited<ReturnType<typeof startStandIns>>, RunningProgram | undefined]> {
    const [standIns, program] = await Promise.allSettled(starting);
    if (standIns.status === "fulfilled" && program.status === "fulfilled") return [standIns.value, program.value];
    if (standIns.status === "fulfilled") await standIns.value.child.stop();
    if (program.status === "fulfilled") await program.value?.stop();
    const failures = [program, standIns].flatMap((r) => (r.status === "rejected" ? [r.reason as Error] : []));
    throw failures[0] ?? new Error("starting failed");
}

async function drive(
    operation: Operation,
    context: OperationContext,
    standIns: Child,
    providers: string,
    program: RunningProgram | undefined,
    begun: number,
): Promise<OperationResult> {
    context.checkCancelled();
    const { options, paths, project, settings } = context;
    const collector = new EventCollector(operation);
    const log = new EventLog(
        paths.temporary("events"),
        (event) => {
            collector.add(event);
        },
        () =>
            options.onProgress?.({
                operation,
                done: collector.done,
                current: collector.current,
                elapsedMs: Date.now() - begun,
            }),
    );
    const messages = paths.temporary("messages");
    const args = [...argumentsOf(operation, options, program?.port), "--event-log", log.file];
    const cli = context.engine.start(args, { providers, programDir: project.dir, messages });
    const asked = { cancelled: false };
    context.onCancellable((force) => {
        asked.cancelled = true;
        cli.process.kill(force ? "SIGKILL" : "SIGINT");
    });
    // When one of them dies, the engine sees its calls fail and ends by itself; this is for the case that it does not.
    const patience = (child: Child | undefined) =>
        void child?.ended.then(() =>
            setTimeout(() => cli.isRunning && cli.process.kill("SIGKILL"), PATIENCE_MS).unref(),
        );
    patience(standIns);
    patience(program?.child);
    const end = await cli.ended;
    log.close();
    const deaths = end.code === 0 ? [] : await deathsOf(standIns, program?.child);
    const said = fs.readFileSync(messages, "utf8");
    fs.rmSync(messages, { force: true });

    const exitCode = end.code ?? 1;
    const result = collector.into({
        project: project.name,
        stack: options.stack,
        ...(settings.region ? { region: settings.region } : {}),
        exitCode,
        durationMs: Date.now() - begun,
    });
    for (const line of outputLines(program?.child)) result.diagnostics.unshift({ severity: "info", message: line });
    if (deaths.length > 0) {
        // The engine can only say that a connection was cut; here it is known why.
        result.diagnostics = result.diagnostics.filter(
            (d) => d.severity !== "error" || !CONNECTION_LOST.test(d.message),
        );
        for (const message of deaths) result.diagnostics.push({ severity: "error", message });
    }
    for (const diagnostic of result.diagnostics)
        if (diagnostic.message.startsWith("failed to run policy:") && CONNECTION_LOST.test(diagnostic.message))
            diagnostic.message = `A policy pack's process ended while it judged; it is one of ${(options.policyPacks ?? []).join(", ")}.`;
    const { cancelled } = asked;
    if (cancelled) result.cancelled = true;
    if (end.signal && !cancelled)
        result.diagnostics.push({ severity: "error", message: `The engine's process ${describeEnd(end)}.` });
    const explained =
        result.diagnostics.some((d) => d.severity === "error") || result.policy.some((p) => p.level === "mandatory");
    if (exitCode !== 0 && !explained && !cancelled) {
        result.diagnostics.push({ severity: "error", message: lastWords(said, end) });
        if (isFull(paths.root))
            result.diagnostics.push({ severity: "error", message: `The disk is full: ${paths.root}` });
    }
    return result;
}

/** The words of a process that could not write are seldom about the disk. */
export function isFull(folder: string, statfs: (folder: string) => { bavail: number } = fs.statfsSync): boolean {
    try {
        return statfs(folder).bavail === 0;
    } catch {
        return false;
    }
}

/** Which of the processes that the engine needs are gone, in words. Their ends may be heard of just after the engine's. */
async function deathsOf(standIns: Child, program: Child | undefined): Promise<string[]> {
    const deaths: string[] = [];
    const watched: [Child | undefined, string][] = [
        [standIns, "The provider stand-ins' process"],
        [program, "The program's process"],
    ];
    for (const [child, what] of watched)
        void child?.ended.then((end) =>
            deaths.push(`${what} ${describeEnd(end)} before the operation was over.${lastLine(child)}`),
        );
    await new Promise((resolve) => setTimeout(resolve, 150));
    return deaths;
}

/** What a process that died said last, if anything. */
function lastLine(child: Child): string {
    const text = child.role === "stand-in" ? child.stderr.trim() : "";
    return text === "" ? "" : `\n${text}`;
}

function argumentsOf(operation: Operation, options: OfflineStackOptions, port: number | undefined): string[] {
    const args: string[] = [operation, "--stack", options.stack];
    if (operation !== "preview") args.push("--yes", "--skip-preview");
    if (port !== undefined) args.push(`--client=127.0.0.1:${port}`, "--exec-kind", "auto.inline");
    if (operation === "preview" || operation === "up") {
        for (const pack of options.policyPacks ?? []) args.push("--policy-pack", pack);
        for (const file of options.policyPackConfigs ?? []) args.push("--policy-pack-config", path.resolve(file));
    }
    return args;
}

function startProgram(context: OperationContext): Promise<RunningProgram> {
    const { options, project, settings } = context;
    if (options.program) return runInlineProgram(options.program, project.dir, settings.secretKeys);
    return startProgramHost({ program: project.program, secretKeys: settings.secretKeys }, project, options.onSpawn);
}

function startProgramHost(
    options: ProgramHostOptions,
    project: Project,
    onSpawn: ((child: RunningProcess) => void) | undefined,
): Promise<RunningProgram> {
    const offline = path.join(headroomDir, "offline");
    const child = start(
        "program",
        process.execPath,
        [
            "-r",
            path.join(offline, "register.js"),
            path.join(offline, "runner", "program-host.ts"),
            JSON.stringify(options),
        ],
        { cwd: project.dir, env: programEnvironment(process.env), stdio: ["ignore", "pipe", "pipe", "ipc"] },
        onSpawn,
    );
    child.process.stdout?.setEncoding("utf8").on("data", (text: string) => (stdoutOf(child).text += text));
    return new Promise((resolve, reject) => {
        child.process.once("message", (message: HostMessage) => {
            if ("port" in message) resolve({ port: message.port, child, stop: () => child.stop() });
            else reject(new UserError(message.mistake));
        });
        void child.ended.then((end) => {
            reject(new Error(`The program's process ${describeEnd(end)}.\n${child.stderr.trim()}`));
        });
    });
}

const stdout = new WeakMap<Child, { text: string }>();

function stdoutOf(child: Child): { text: string } {
    let found = stdout.get(child);
    if (!found) stdout.set(child, (found = { text: "" }));
    return found;
}

/** What the program wrote itself (`console.log`), as one diagnostic. */
function outputLines(child: Child | undefined): string[] {
    const text = child ? `${stdoutOf(child).text}${child.stderr}`.trim() : "";
    return text === "" ? [] : [text];
}
