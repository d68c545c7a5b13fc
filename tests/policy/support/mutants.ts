/**
 * Mutants of a compliant program: the same program with one guarded property of one resource changed, everything else
 * as it was. They are generated from the rule's own table of guards, so that no rule is checked by changes that its author
 * had in mind only.
 */
import type { Rule } from "../../../policies/shared/rule";
import { Json, json, Ref, UNKNOWN_VALUE, type TestResource } from "./harness";

/** A property that decides a rule's answer, on the types that have it. */
export interface Guard {
    readonly tokens: readonly string[];
    readonly property: string;
}

export interface Mutant {
    /** "bucket.versioning: removed". */
    readonly label: string;
    readonly resources: readonly TestResource[];
}

/** A value in place of another; without `value` the property is not set at all. */
interface Change {
    readonly label: string;
    readonly value?: unknown;
}

type Path = readonly string[];
type Program = readonly TestResource[];

/** The option that one rule of each pack judges in place of a property. */
export const IGNORE_CHANGES = "ignoreChanges";

/** The guarded properties of a rule, each with its types. */
export function guardsOf(rule: Rule): readonly Guard[] {
    const guards = (rule.guards ?? []).map((guard) =>
        typeof guard === "string" ? { tokens: rule.tokens, property: guard } : guard,
    );
    return rule.id === "no-ignore-changes-guarded" ? [{ tokens: rule.tokens, property: IGNORE_CHANGES }] : guards;
}

/** Every mutant of a program in which just the guarded property of one resource differs, the plainest changes first. */
export function* mutantsOf(program: Program, guard: Guard, violating: readonly Program[]): Generator<Mutant> {
    for (const [index, each] of program.entries()) {
        if (!guard.tokens.includes(each.type)) {
            continue;
        }
        const replaced = (label: string, mutated: TestResource): Mutant => ({
            label: `${each.name}.${label}`,
            resources: program.map((other, position) => (position === index ? mutated : other)),
        });
        if (guard.property === IGNORE_CHANGES) {
            for (const other of violating.flat().filter(({ type }) => type === each.type)) {
                yield replaced(`${IGNORE_CHANGES}: ${JSON.stringify(other.ignoreChanges)}`, {
                    ...each,
                    ignoreChanges: other.ignoreChanges ?? [],
                });
            }
            continue;
        }
        const donors = [...violating.flat(), ...program]
            .filter((other) => other !== each && other.type === each.type)
            .flatMap((other) => valuesAt(other.inputs, guard.property));
        for (const path of pathsTo(each.inputs, guard.property.split("."))) {
            for (const { label, value } of changesOf(at(each.inputs, path), distinct(donors))) {
                const inputs = withValue(each.inputs, path, value) as Record<string, unknown>;
                yield replaced(`${path.join(".")}: ${label}`, { ...each, inputs });
            }
        }
    }
}

/** Whether any resource of the program sets the property. */
export function isSet(program: Program, { tokens, property }: Guard): boolean {
    return program.some(
        (each) =>
            tokens.includes(each.type) &&
            (property === IGNORE_CHANGES || valuesAt(each.inputs, property).some((value) => value !== undefined)),
    );
}

/** What a value may become: operators by its kind, and the values that other resources of the type have. */
function* changesOf(value: unknown, donors: readonly unknown[]): Generator<Change> {
    if (value !== undefined) {
        yield { label: "removed" };
    }
    for (const other of ofItsKind(value)) {
        yield { label: show(other), value: other };
    }
    for (const donor of donors) {
        if (show(donor) !== show(value)) {
            yield { label: show(donor), value: donor };
        }
    }
    yield { label: "an unrelated text", value: "unrelated" };
    if (value === undefined) {
        yield* [true, false, 0, 1].map((other) => ({ label: show(other), value: other }));
    }
    yield* inside(value);
}

/** Plain replacements of a value by its kind. */
function ofItsKind(value: unknown): readonly unknown[] {
    if (typeof value === "boolean") {
        return [!value];
    }
    if (value === "true" || value === "false") {
        return [String(value !== "true")];
    }
    if (typeof value === "number") {
        return [0, 1, -1, value - 1, value + 1, value * 1000].filter((other) => other !== value);
    }
    if (typeof value === "string") {
        const percentage = /^\d+%$/.test(value) ? ["0%", "1%", "100%"] : [];
        const number = /^\d+$/.test(value) ? ["0", "1", "-1", `${value}000`] : [];
        return [...percentage, ...number, ""].filter((other) => other !== value);
    }
    if (value instanceof Json) {
        return [json({}), json([]), "", "{ not JSON"];
    }
    if (Array.isArray(value)) {
        return value.length > 1 ? [[], value.slice(0, 1), value.slice(1)] : value.length === 1 ? [[]] : [];
    }
    return isObject(value) && Object.keys(value).length > 0 ? [{}] : [];
}

/** Changes of one element or property within a value, at any depth. */
function* inside(value: unknown): Generator<Change> {
    const document = value instanceof Json ? value.document : value;
    if (!Array.isArray(document) && !isObject(document)) {
        return;
    }
    for (const key of Object.keys(document)) {
        for (const change of changesOf(at(document, [key]), [])) {
            const changed = withValue(document, [key], change.value);
            yield { label: `${key}: ${change.label}`, value: value instanceof Json ? json(changed) : changed };
        }
    }
}

/** A plain object of a program, not one of the markers for references, documents and unknown values. */
function isObject(value: unknown): value is Record<string, unknown> {
    return (
        typeof value === "object" &&
        value !== null &&
        !Array.isArray(value) &&
        !(value instanceof Ref) &&
        !(value instanceof Json) &&
        value !== UNKNOWN_VALUE
    );
}

/** Where a guarded path leads in these inputs: one path for each element of the lists along it. */
function pathsTo(container: unknown, [first, ...rest]: Path): readonly Path[] {
    if (first === undefined) {
        return [[]];
    }
    const inner = container instanceof Json ? container.document : container;
    if (Array.isArray(inner) && !/^\d+$/.test(first)) {
        return inner.flatMap((element, index) =>
            pathsTo(element, [first, ...rest]).map((path) => [String(index), ...path]),
        );
    }
    return pathsTo(at(inner, [first]), rest).map((path) => [first, ...path]);
}

function valuesAt(inputs: object, property: string): readonly unknown[] {
    return pathsTo(inputs, property.split(".")).map((path) => at(inputs, path));
}

function at(container: unknown, path: Path): unknown {
    return path.reduce<unknown>((current, key) => {
        const inner = current instanceof Json ? current.document : current;
        return Array.isArray(inner) || isObject(inner) ? (inner as Record<string, unknown>)[key] : undefined;
    }, container);
}

/** A copy with another value at a path; `undefined` takes the property or element away. */
function withValue(container: unknown, [first, ...rest]: Path, value: unknown): unknown {
    if (first === undefined) {
        return value;
    }
    if (container instanceof Json) {
        return json(withValue(container.document, [first, ...rest], value));
    }
    const changed = withValue(at(container, [first]), rest, value);
    if (Array.isArray(container)) {
        return container.flatMap((element: unknown, index): unknown[] =>
            String(index) === first ? (changed === undefined ? [] : [changed]) : [element],
        );
    }
    const { [first]: _, ...others } = isObject(container) ? container : {};
    return changed === undefined ? others : { ...others, [first]: changed };
}

/** What a value reads like: a label, and what makes two values the same. */
function show(value: unknown): string {
    const text = JSON.stringify(value, (_, each: unknown) =>
        each instanceof Ref ? `<${each.name}.${each.output}>` : each instanceof Json ? { json: each.document } : each,
    ) as string | undefined;
    return text ?? "removed";
}

function distinct(values: readonly unknown[]): readonly unknown[] {
    return [...new Map(values.filter((value) => value !== undefined).map((value) => [show(value), value])).values()];
}
