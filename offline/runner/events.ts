import { shownProperties } from "./values";
import type { Diagnostic, Operation, OperationResult, PolicyFinding, ResourceStep, Severity } from "./types";

/** The parts of the engine's event log that are read. Its format is the one of `@pulumi/pulumi/automation/events`. */
export interface EngineEvent {
    sequence: number;
    diagnosticEvent?: { urn?: string; prefix?: string; message: string; severity: string; ephemeral?: boolean };
    resourcePreEvent?: { metadata: StepMetadata; planning?: boolean };
    resOutputsEvent?: { metadata: StepMetadata; planning?: boolean };
    resOpFailedEvent?: { metadata: StepMetadata };
    policyEvent?: {
        resourceUrn?: string;
        message: string;
        policyName: string;
        policyPackName: string;
        enforcementLevel: string;
        severity?: string;
    };
    policyRemediationEvent?: { resourceUrn?: string; policyName: string; policyPackName: string };
    summaryEvent?: {
        resourceChanges?: Record<string, number>;
        PolicyPacks?: Record<string, string>;
        policyPacks?: Record<string, string>;
    };
    cancelEvent?: object;
}

interface StepState {
    type: string;
    urn: string;
    parent?: string;
    custom?: boolean;
    inputs?: unknown;
    outputs?: unknown;
}

interface StepMetadata {
    op: string;
    urn: string;
    type: string;
    old: StepState | null;
    new: StepState | null;
    keys?: string[] | null;
    diffs?: string[] | null;
    detailedDiff?: Record<string, { kind?: string; diffKind?: string; inputDiff?: boolean }> | null;
}

/** What the engine says about how it is run here, which is no news to the person who reads. */
const NOISE = [
    // Dealt with, and said, by recovery.ts; the advice is for people without it.
    "Attempting to deploy or update resources with",
    // Our own executable, put there on purpose.
    "using pulumi-analyzer-policy-nodejs from $PATH",
    // Follows an error that is shown.
    "BAIL:",
    "update failed",
    "update canceled",
    "preview canceled",
    "preview failed",
];

const STACK_TYPE = "pulumi:pulumi:Stack";

/** Collects the events of one operation. */
export class EventCollector {
    readonly steps = new Map<string, ResourceStep>();
    readonly diagnostics: Diagnostic[] = [];
    readonly policy: PolicyFinding[] = [];
    summary: Record<string, number> = {};
    policyPacks: Record<string, string> = {};
    outputs: Record<string, unknown> = {};
    /** Resources whose step is done, for the status line. */
    done = 0;
    current = "";
    /** Keys of the steps that the engine reported after it took them. */
    private readonly over = new Set<string>();

    constructor(private readonly operation: Operation) {}

    add(event: EngineEvent): void {
        if (event.resourcePreEvent) this.step(event.resourcePreEvent.metadata, false);
        else if (event.resOutputsEvent) this.step(event.resOutputsEvent.metadata, true);
        else if (event.resOpFailedEvent) this.failed(event.resOpFailedEvent.metadata);
        else if (event.diagnosticEvent) this.diagnostic(event.diagnosticEvent);
        else if (event.policyEvent) this.finding(event.policyEvent);
        else if (event.policyRemediationEvent) {
            const { policyPackName: pack, policyName: policy, resourceUrn } = event.policyRemediationEvent;
            this.policy.push({
                pack,
                policy,
                level: "remediate",
                message: "remediated",
                ...(resourceUrn ? { urn: resourceUrn } : {}),
            });
        } else if (event.summaryEvent) {
            this.summary = event.summaryEvent.resourceChanges ?? {};
            this.policyPacks = packsOf(event.summaryEvent.PolicyPacks ?? event.summaryEvent.policyPacks ?? {});
        }
    }

    /** The engine announces a step before it takes it and reports it after; both are one step here. */
    private step(metadata: StepMetadata, over: boolean): void {
        const key = this.keyOf(metadata);
        const before = this.steps.get(key);
        const step = { ...before, ...stepOf(metadata) };
        // Refresh announces "refresh" and reports what it found: the finding is what counts.
        this.steps.set(key, step);
        if (over) {
            this.done++;
            this.over.add(key);
        }
        if (!step.type.startsWith("pulumi:")) this.current = step.name;
        if (metadata.type === STACK_TYPE && over) this.outputs = shownProperties(metadata.new?.outputs) ?? {};
    }

    /** A preview announces steps that it does not take; in any other operation that failed, one without a report was cut off. */
    private finalSteps(exitCode: number): ResourceStep[] {
        const cutOff = this.operation !== "preview" && exitCode !== 0;
        return [...this.steps].map(([key, step]) =>
            cutOff && !this.over.has(key) && !step.failed ? { ...step, unfinished: true } : step,
        );
    }

    private failed(metadata: StepMetadata): void {
        const key = this.keyOf(metadata);
        this.steps.set(key, { ...this.steps.get(key), ...stepOf(metadata), failed: true });
    }

    private keyOf(metadata: StepMetadata): string {
        return this.operation === "refresh" ? metadata.urn : `${metadata.op}\0${metadata.urn}`;
    }

    private diagnostic({ urn, message, severity, ephemeral }: NonNullable<EngineEvent["diagnosticEvent"]>): void {
        if (severity === "debug" || ephemeral === true) return;
        const text = withoutInternalFrames(withoutColor(message)).trimEnd();
        if (text.trim() === "" || NOISE.some((noise) => text.startsWith(noise))) return;
        const level: Severity = severity === "error" || severity === "warning" ? severity : "info";
        this.diagnostics.push({ severity: level, message: text, ...(urn ? { urn } : {}) });
    }

    private finding(event: NonNullable<EngineEvent["policyEvent"]>): void {
        const { policyPackName, policyName, enforcementLevel, severity, resourceUrn, message } = event;
        this.policy.push({
            pack: policyPackName,
            policy: policyName,
            level: enforcementLevel as PolicyFinding["level"],
            message: findingText(message),
            ...(severity ? { severity } : {}),
            ...(resourceUrn ? { urn: resourceUrn } : {}),
        });
    }

    into(base: Pick<OperationResult, "project" | "stack" | "region" | "exitCode" | "durationMs">): OperationResult {
        return {
            operation: this.operation,
            ...base,
            ok: base.exitCode === 0,
            steps: this.finalSteps(base.exitCode),
            summary: this.summary,
            diagnostics: this.diagnostics,
            policy: this.policy,
            policyPacks: this.policyPacks,
            outputs: this.outputs,
        };
    }
}

function stepOf(metadata: StepMetadata): ResourceStep {
    const state = metadata.new ?? metadata.old;
    const parent = state?.parent;
    const step: ResourceStep = { op: metadata.op, urn: metadata.urn, type: metadata.type, name: nameOf(metadata.urn) };
    if (parent) step.parent = parent;
    if (state && state.custom !== true) step.component = true;
    if (metadata.keys?.length) step.keys = metadata.keys;
    if (metadata.diffs?.length) step.diffs = metadata.diffs;
    if (metadata.detailedDiff && Object.keys(metadata.detailedDiff).length > 0) {
        step.detailedDiff = Object.fromEntries(
            Object.entries(metadata.detailedDiff).map(([path, d]) => [
                path,
                { kind: d.diffKind ?? d.kind ?? "update", inputDiff: d.inputDiff === true },
            ]),
        );
    }
    const values = {
        oldInputs: shownProperties(metadata.old?.inputs),
        inputs: shownProperties(metadata.new?.inputs),
        oldOutputs: shownProperties(metadata.old?.outputs),
        outputs: shownProperties(metadata.new?.outputs),
    };
    for (const [name, value] of Object.entries(values)) if (value) Object.assign(step, { [name]: value });
    return step;
}

/** The engine names a local pack `name|local|folder`. */
function packsOf(packs: Record<string, string>): Record<string, string> {
    return Object.fromEntries(Object.entries(packs).map(([name, version]) => [name.split("|")[0] ?? name, version]));
}

/** The logical name: what follows the last `::` of a URN. */
export function nameOf(urn: string): string {
    // The fourth part on: a name may hold "::" itself.
    return urn.split("::").slice(3).join("::") || urn;
}

/** The engine marks colours as `<{%fg 1%}>`. */
function withoutColor(text: string): string {
    // eslint-disable-next-line no-control-regex -- the escape character is what is looked for
    return text.replace(/<\{%[^%]*%\}>/g, "").replace(/\u001b\[[0-9;]*m/g, "");
}

/** Lines of a stack that lie in packages or in node itself help nobody who wrote a program or a pack. */
function withoutInternalFrames(text: string): string {
    return text
        .split("\n")
        .filter(
            (line) =>
                !/^\s+at .*(node_modules|\(?node:|<anonymous>\)$)/.test(line) &&
                !/^\s+at (new Promise|Generator\.next) /.test(line),
        )
        .join("\n");
}

/** A finding's text comes with the policy's description, or the finding's own text, on lines of their own. */
function findingText(message: string): string {
    return withoutColor(message).trim();
}
