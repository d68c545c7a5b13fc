/** What the runner takes and gives back. The shapes are what tests, the command line and the display share. */

/** Where to find a program, and how to run it. */
export interface OfflineStackOptions {
    /** Folder with Pulumi.yaml and the program. */
    cwd: string;
    /** Name of the stack; its settings are read from `Pulumi.<stack>.yaml` in `cwd`, if it is there. */
    stack: string;
    /**
     * Configuration on top of the stack file's: full keys (`aws:region`); a key without a namespace gets the project's name; a
     * dotted rest is a path into an object (`headroom:database.replicas`).
     */
    config?: Record<string, ConfigValue>;
    /** Folders of policy packs that judge every preview and update. */
    policyPacks?: string[];
    /** One JSON file of settings for each pack, in the order of `policyPacks`. */
    policyPackConfigs?: string[];
    /** Answers for functions and reads (see offline/providers/README.md). */
    fixtures?: string;
    /** Failures on demand (see offline/providers/README.md). */
    faults?: string;
    /** Folder that holds `.headroom/`; default `cwd`. */
    stateDir?: string;
    /** An inline program to run in place of the one in `cwd`. It runs in this process. */
    program?: () => Promise<Record<string, unknown> | undefined> | Promise<void>;
    /** Called with every process as it starts, for tests that kill one and for measurements. */
    onSpawn?: (child: RunningProcess) => void;
    /** Called with every line that a person should see while an operation runs (waiting for a lock, recovery). */
    onNote?: (note: string) => void;
    /** Called as resources are done, for a status line. */
    onProgress?: (progress: Progress) => void;
}

export type ConfigValue = string | number | boolean | object;

export type Operation = "preview" | "up" | "refresh" | "destroy";

/** Which process of an operation it is. Policy packs are children of the engine and are not listed. */
export type ProcessRole = "engine" | "program" | "stand-in";

export interface RunningProcess {
    role: ProcessRole;
    pid: number;
}

export interface Progress {
    operation: Operation;
    /** Resources whose step is done. */
    done: number;
    /** Short name of the resource that was last heard of. */
    current: string;
    elapsedMs: number;
}

export type Severity = "info" | "warning" | "error";

/** One step of the engine for one resource. */
export interface ResourceStep {
    /** The engine's word: create, update, delete, replace, create-replacement, delete-replaced, same, read, refresh, … */
    op: string;
    urn: string;
    type: string;
    name: string;
    parent?: string;
    /** Set for a component: a resource that only groups others. */
    component?: true;
    /** Properties that force the replacement. */
    keys?: string[];
    /** Properties that differ. */
    diffs?: string[];
    /** Paths with the kind of difference (add, update-replace, …), where the provider gave a detailed diff. */
    detailedDiff?: Record<string, { kind: string; inputDiff: boolean }>;
    /** Before and after; secrets are `[secret]`, unknown values `[unknown]`. */
    oldInputs?: Record<string, unknown>;
    inputs?: Record<string, unknown>;
    oldOutputs?: Record<string, unknown>;
    outputs?: Record<string, unknown>;
    /** Set when the step failed. */
    failed?: true;
    /** Set when the operation ended before the step did: nobody knows how far it got. */
    unfinished?: true;
}

export interface Diagnostic {
    severity: Severity;
    urn?: string;
    message: string;
}

export interface PolicyFinding {
    pack: string;
    policy: string;
    level: "mandatory" | "advisory" | "remediate" | "disabled";
    severity?: string;
    urn?: string;
    message: string;
}

export interface OperationResult {
    operation: Operation;
    project: string;
    stack: string;
    /** The region of `aws:region`, if the stack sets one. */
    region?: string;
    ok: boolean;
    exitCode: number;
    /** True when a person asked for the operation to end before it was done. */
    cancelled?: true;
    steps: ResourceStep[];
    /** How many resources had each op, by the engine's own count. */
    summary: Record<string, number>;
    diagnostics: Diagnostic[];
    policy: PolicyFinding[];
    /** Names of the policy packs that ran, with their versions. */
    policyPacks: Record<string, string>;
    /** Outputs of the stack; secrets are `[secret]`. */
    outputs: Record<string, unknown>;
    durationMs: number;
}

/** Pulumi's own export format. */
export interface ExportedState {
    version: number;
    deployment: Deployment;
}

export interface Deployment {
    manifest?: unknown;
    resources?: StateResource[];
    pending_operations?: PendingOperation[];
    [key: string]: unknown;
}

export interface StateResource {
    urn: string;
    type: string;
    custom: boolean;
    id?: string;
    parent?: string;
    delete?: boolean;
    inputs?: Record<string, unknown>;
    outputs?: Record<string, unknown>;
    [key: string]: unknown;
}

export interface PendingOperation {
    resource: StateResource;
    type: "creating" | "updating" | "deleting" | "reading" | "importing";
}

/** A mistake of the user's: its message is shown as it is, without a stack. */
export class UserError extends Error {
    override readonly name = "UserError";
}
