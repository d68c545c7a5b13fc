/**
 * Runs Pulumi programs with the real engine and without an account: the public entry for tests and the command line.
 *
 *     const stack = await OfflineStack.open({ cwd: "path/of/program", stack: "dev" });
 *     const result = await stack.up();
 */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import type { CloudResource } from "./providers/cloud";
import { clearLocks } from "./runner/locks";
import { Engine, ensurePassphrase, findCli } from "./runner/engine";
import { runOperation } from "./runner/operation";
import { linkAtomically, StackPaths, writeAtomically } from "./runner/paths";
import { resolvePolicyPacks } from "./runner/policy-packs";
import {
    engineProject,
    engineStackFile,
    programFolder,
    programLink,
    readProject,
    resolveSettings,
} from "./runner/project";
import type { Project, StackSettings } from "./runner/project";
import { accountedFor, accountForAll, recoverAfter, recoverBefore, removeLeftFiles } from "./runner/recovery";
import type { RecoveryContext } from "./runner/recovery";
import { readCheckpoint, saltOf, shortenHistory } from "./runner/state-file";
import { UserError } from "./runner/types";
import type { ExportedState, OfflineStackOptions, Operation, OperationResult } from "./runner/types";

export type { CloudResource } from "./providers/cloud";
export { UserError } from "./runner/types";
export type {
    Deployment,
    Diagnostic,
    ExportedState,
    OfflineStackOptions,
    OperationResult,
    PolicyFinding,
    ProcessRole,
    ResourceStep,
    RunningProcess,
} from "./runner/types";

/** One stack of one program. Its operations run one after the other. */
export class OfflineStack {
    private cancel: ((force: boolean) => void) | undefined;
    private asked: "end" | "force" | undefined;

    private constructor(
        private readonly options: OfflineStackOptions,
        private readonly project: Project,
        private readonly settings: StackSettings,
        private readonly paths: StackPaths,
        private readonly engine: Engine,
    ) {}

    /** Reads the project and its settings, and makes the stack if it is not there yet. */
    static async open(options: OfflineStackOptions): Promise<OfflineStack> {
        if (!/^[A-Za-z0-9_.-]{1,100}$/.test(options.stack))
            throw new UserError(
                `"${options.stack}" is no name of a stack: 1 to 100 letters, digits, "-", "_" and "." are allowed.`,
            );
        const project = readProject(options.cwd);
        const settings = resolveSettings(project, options.stack, options.config ?? {});
        const cwd = path.resolve(options.cwd);
        const files = { fixtures: options.fixtures, faults: options.faults };
        for (const [name, file] of Object.entries(files))
            if (file && !fs.existsSync(path.resolve(file)))
                throw new UserError(`The ${name} file ${path.resolve(file)} does not exist.`);
        const complete: OfflineStackOptions = {
            ...options,
            cwd,
            policyPacks: resolvePolicyPacks(options.policyPacks ?? [], process.cwd()),
        };
        const paths = new StackPaths(options.stateDir ?? cwd, project.name, options.stack);
        paths.create();
        ensurePassphrase(
            paths.passphrase,
            () => crypto.randomBytes(24).toString("base64url"),
            () => paths.hasState(),
        );
        const engine = new Engine(findCli(), paths, options.onSpawn);
        for (const note of settings.notes) options.onNote?.(note);
        const stack = new OfflineStack(complete, project, settings, paths, engine);
        await stack.ensureExists();
        return stack;
    }

    /** Plans the changes. */
    preview(): Promise<OperationResult> {
        return this.run("preview");
    }

    /** Makes the changes, without a preview before. */
    async up(): Promise<OperationResult> {
        return this.run("up");
    }

    /** Reads every resource back and takes over what differs. */
    async refresh(): Promise<OperationResult> {
        return this.run("refresh");
    }

    /** Deletes every resource. */
    async destroy(): Promise<OperationResult> {
        return this.run("destroy");
    }

    /** The state in Pulumi's own export format; secrets are encrypted in it. */
    async exportState(): Promise<ExportedState> {
        return JSON.parse(await this.engine.call(["stack", "export", "--stack", this.options.stack])) as ExportedState;
    }

    /** Puts an exported state in the place of the stack's own. */
    async importState(state: ExportedState): Promise<void> {
        await this.replaceState(state);
        accountForAll(this.paths, this.cloud());
    }

    private async replaceState(state: ExportedState): Promise<void> {
        const file = this.paths.temporary("import");
        writeAtomically(file, JSON.stringify(state), 0o600);
        try {
            await this.engine.call(["stack", "import", "--stack", this.options.stack, "--file", file]);
        } finally {
            fs.rmSync(file, { force: true });
        }
    }

    /** What exists in the stand-ins' "cloud" now. */
    cloud(): CloudResource[] {
        // Not needed for a preview, and slow to load.
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        const { Cloud } = require("./providers/cloud") as typeof import("./providers/cloud");
        return new Cloud(this.paths.cloud).all();
    }

    /**
     * Asks the running operation to end after the steps it is in; `force` ends it at once. No other operation of this object
     * begins after it.
     */
    interrupt(force = false): void {
        this.asked = force ? "force" : (this.asked ?? "end");
        this.cancel?.(force);
    }

    /** Whether an engine runs that `interrupt` reaches. */
    get isRunning(): boolean {
        return this.cancel !== undefined;
    }

    /** Ends what still runs. */
    close(): Promise<void> {
        this.cancel?.(true);
        this.paths.close();
        return Promise.resolve();
    }

    private async ensureExists(): Promise<void> {
        removeLeftFiles(this.paths);
        const state = readCheckpoint(this.paths.state);
        this.writeWork(saltOf(state));
        if (state) return;
        await clearLocks(this.paths.locks, (note) => this.options.onNote?.(note));
        try {
            await this.engine.call(["stack", "init", this.options.stack, "--no-select"]);
        } catch (error) {
            // Another first operation made the stack in the meantime.
            if (readCheckpoint(this.paths.state) === undefined) throw error;
        }
    }

    private checkCancelled(): void {
        if (this.asked) throw new UserError("cancelled");
    }

    /** The folder that the engine works in: copies, since the CLI writes into the stack file. */
    private writeWork(salt: string | undefined): void {
        writeAtomically(path.join(this.paths.work, "Pulumi.yaml"), engineProject(this.project));
        linkAtomically(programFolder(this.project), path.join(this.paths.work, programLink));
        writeAtomically(
            path.join(this.paths.work, `Pulumi.${this.options.stack}.yaml`),
            engineStackFile(this.settings, salt),
            0o600,
        );
    }

    private async run(operation: Operation): Promise<OperationResult> {
        const begun = Date.now();
        this.checkCancelled();
        if (operation !== "preview") await recoverBefore(operation, this.recoveryContext());
        const deployment = readCheckpoint(this.paths.state);
        this.writeWork(saltOf(deployment));
        const result = await runOperation(operation, {
            options: this.options,
            project: this.project,
            settings: this.settings,
            paths: this.paths,
            engine: this.engine,
            known: accountedFor(deployment, this.paths.ledger),
            onCancellable: (cancel) => {
                this.cancel = cancel;
                if (this.asked) cancel?.(this.asked === "force");
            },
            checkCancelled: () => {
                this.checkCancelled();
            },
        });
        this.cancel = undefined;
        await recoverAfter(operation, result.ok, this.recoveryContext());
        shortenHistory(this.paths.history);
        return { ...result, durationMs: Date.now() - begun };
    }

    private recoveryContext(): RecoveryContext {
        return {
            paths: this.paths,
            note: (text: string) => this.options.onNote?.(text),
            exportState: () => this.exportState(),
            importState: (state: ExportedState) => this.replaceState(state),
            cloud: () => this.cloud(),
            checkCancelled: () => {
                this.checkCancelled();
            },
        };
    }
}
