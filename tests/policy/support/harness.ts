/**
 * Runs rules over made-up resources the way the engine and the SDK do: checked inputs to the resource validation, outputs
 * to the stack validation, both behind the SDK's own proxies, on which reading an unknown value throws.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
    PolicyResource,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
} from "@pulumi/policy";
import * as sdkProxy from "@pulumi/policy/proxy";
import type { RawConfig } from "../../../policies/shared/config";
import { Pack } from "../../../policies/shared/pack";
import type { Rule } from "../../../policies/shared/rule";
import { TOKENS } from "../../../policies/shared/tokens";

const proxy = sdkProxy as unknown as {
    unknownCheckingProxy(value: object): Record<string, unknown>;
    unknownStringValue: string;
};

/** A value that is not known in preview and comes from no resource of the stack. */
export const UNKNOWN_VALUE = { unknown: true } as const;

/** An output of another resource, as `ref` writes it. */
export class Ref {
    constructor(
        readonly name: string,
        readonly output: string,
    ) {}
}

/** A JSON document, as `json` writes it. */
export class Json {
    constructor(readonly document: unknown) {}
}

/** An output of another resource: unknown in preview, and a dependency of the property it stands in. */
export function ref(name: string, output = "id"): unknown {
    return new Ref(name, output);
}

/** A JSON document as text. One unknown value inside makes all of it unknown, as in a program. */
export function json(document: unknown): unknown {
    return new Json(document);
}

/** A list that is unknown as a whole and depends on the resources. */
export function unknownListOf(...names: readonly string[]): unknown {
    return new Json(names.map((name) => new Ref(name, "id")));
}

export interface TestResource {
    readonly type: string;
    readonly name: string;
    readonly inputs: Record<string, unknown>;
    /** Outputs that the cloud computes; unknown in preview. */
    readonly computed?: Record<string, unknown>;
    readonly ignoreChanges?: readonly string[];
}

/** A resource of a kind, by its first token. */
export function resource(
    kind: keyof typeof TOKENS,
    name: string,
    inputs: object = {},
    more: Partial<TestResource> = {},
): TestResource {
    return { type: TOKENS[kind][0], name, inputs: inputs as Record<string, unknown>, ...more };
}

export interface RunOptions {
    /** "preview": references are unknown; "up": they are known, as after an update or in a state file. */
    readonly mode?: "preview" | "up";
    readonly stack?: string;
    readonly config?: RawConfig;
    /** Text of a file of exemptions. */
    readonly exemptions?: string;
    readonly today?: string;
}

export interface Reported {
    readonly name: string;
    readonly enforcementLevel: string;
    readonly severity: string;
    readonly message: string;
    readonly urn: string | undefined;
}

const TODAY = "2026-03-01";

export function urnOf({ type, name }: Pick<TestResource, "type" | "name">, stack = "dev"): string {
    return `urn:pulumi:${stack}::shop::${type}::${name}`;
}

function materialize(value: unknown, mode: "preview" | "up", dependencies: Set<string>): unknown {
    if (value === UNKNOWN_VALUE) {
        return proxy.unknownStringValue;
    }
    if (value instanceof Ref) {
        dependencies.add(value.name);
        return mode === "preview" ? proxy.unknownStringValue : `${value.name}-${value.output}`;
    }
    if (value instanceof Json) {
        const inner = new Set<string>();
        const document = materialize(value.document, mode, inner);
        inner.forEach((name) => dependencies.add(name));
        const text = JSON.stringify(document);
        const wholeList = Array.isArray(value.document) && value.document.every((each) => each instanceof Ref);
        return text.includes(proxy.unknownStringValue)
            ? proxy.unknownStringValue
            : wholeList && value.document.length > 0
              ? document
              : text;
    }
    if (Array.isArray(value)) {
        return value.map((each) => materialize(each, mode, dependencies));
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(
            Object.entries(value).map(([key, each]) => [key, materialize(each, mode, dependencies)]),
        );
    }
    return value;
}

interface Prepared {
    readonly resource: TestResource;
    readonly inputs: Record<string, unknown>;
    readonly outputs: Record<string, unknown>;
    readonly dependencies: Record<string, readonly string[]>;
}

function prepare(resource: TestResource, mode: "preview" | "up"): Prepared {
    const dependencies: Record<string, readonly string[]> = {};
    const inputs: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(resource.inputs)) {
        const names = new Set<string>();
        inputs[key] = materialize(value, mode, names);
        dependencies[key] = [...names];
    }
    const computed = { id: `${resource.name}-id`, arn: `${resource.name}-arn`, ...resource.computed };
    const known = mode === "preview" ? mapValues(computed, () => proxy.unknownStringValue) : computed;
    return { resource, inputs, outputs: merged(known, inputs), dependencies };
}

function mapValues(values: object, change: (value: unknown) => unknown): Record<string, unknown> {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** What the cloud fills in, also inside of objects that the program writes, and over it what the program says. */
function merged(computed: Record<string, unknown>, given: Record<string, unknown>): Record<string, unknown> {
    const result = { ...computed };
    for (const [key, value] of Object.entries(given)) {
        const filled = result[key];
        result[key] = isPlain(filled) && isPlain(value) ? merged(filled, value) : value;
    }
    return result;
}

/** Everything a pack of these rules reports for a stack of these resources. */
export function judge(
    rules: Rule | readonly Rule[],
    resources: readonly TestResource[],
    { mode = "preview", stack = "dev", config, exemptions, today = TODAY }: RunOptions = {},
): readonly Reported[] {
    const list = Array.isArray(rules) ? (rules as readonly Rule[]) : [rules as Rule];
    const pack = new Pack(
        { name: "pack-under-test", title: "Pack under test", description: "A pack under test.", rules: list },
        {
            findExemptions: () => (exemptions === undefined ? undefined : exemptionsFile(exemptions)),
            today: () => today,
        },
    );
    pack.configure(config ?? new Map());
    return run(pack, resources, mode, stack);
}

function exemptionsFile(text: string): string {
    const file = join(mkdtempSync(join(tmpdir(), "exemptions-")), "policy-exemptions.yaml");
    writeFileSync(file, text);
    return file;
}

/** Runs a pack over a stack once. */
function run(
    pack: Pack,
    resources: readonly TestResource[],
    mode: "preview" | "up" = "preview",
    stack = "dev",
): readonly Reported[] {
    return runOver(pack, engineView(resources, mode, stack));
}

/** What the engine sends of a stack: each resource's checked inputs, then all resources with their outputs. */
export interface EngineView {
    readonly resources: readonly ResourceValidationArgs[];
    readonly stack: StackValidationArgs;
}

/** The resource of a name, none where it is of no interest to the case. A reference says no type, so only one may have it. */
function referred(from: TestResource, name: string, named: readonly PolicyResource[]): readonly PolicyResource[] {
    if (named.length > 1) {
        throw new Error(
            `${from.name} refers to ${name}, which is the name of ${named.length} resources of the program`,
        );
    }
    return named;
}

/** @param hasOutputs false for the types whose provider's own configuration is unknown: nothing is known of their outputs */
export function engineView(
    resources: readonly TestResource[],
    mode: "preview" | "up" = "preview",
    stack = "dev",
    hasOutputs: (type: string) => boolean = () => true,
): EngineView {
    const prepared = resources.map((each) => prepare(each, mode));
    const byUrn = new Map<string, PolicyResource>();
    const byName = new Map<string, PolicyResource[]>();
    for (const { resource, outputs } of prepared) {
        const urn = urnOf(resource, stack);
        if (byUrn.has(urn)) {
            // The engine refuses it, and the second would take the place of the first without a word.
            throw new Error(`two resources of the type ${resource.type} are called ${resource.name}`);
        }
        const own = {
            type: resource.type,
            name: resource.name,
            urn,
            props: proxy.unknownCheckingProxy(hasOutputs(resource.type) ? outputs : {}),
            opts: { ignoreChanges: [] },
            dependencies: [],
            propertyDependencies: {},
        } as unknown as PolicyResource;
        byUrn.set(urn, own);
        byName.set(resource.name, [...(byName.get(resource.name) ?? []), own]);
    }
    for (const { resource, dependencies } of prepared) {
        const own = byUrn.get(urnOf(resource, stack)) as PolicyResource;
        for (const [property, names] of Object.entries(dependencies)) {
            const targets = names.flatMap((name) => referred(resource, name, byName.get(name) ?? []));
            own.propertyDependencies[property] = targets;
            own.dependencies.push(...targets);
        }
    }
    return {
        resources: prepared.map(
            ({ resource, inputs }) =>
                ({
                    type: resource.type,
                    name: resource.name,
                    urn: urnOf(resource, stack),
                    props: proxy.unknownCheckingProxy(inputs),
                    opts: { ignoreChanges: [...(resource.ignoreChanges ?? [])] },
                }) as unknown as ResourceValidationArgs,
        ),
        stack: { resources: [...byUrn.values()] } as unknown as StackValidationArgs,
    };
}

/** Runs a pack over what the engine sends. */
export function runOver(pack: Pack, view: EngineView): readonly Reported[] {
    const [runner] = pack.policies() as [ResourceValidationPolicy & StackValidationPolicy];
    const reported: Reported[] = [];
    const report = (violation: unknown): void => {
        reported.push(violation as Reported);
    };
    for (const args of view.resources) {
        (runner.validateResource as (args: ResourceValidationArgs, report: unknown) => void)(args, report);
    }
    (runner.validateStack as (args: StackValidationArgs, report: unknown) => void)(view.stack, report);
    return reported;
}
