/**
 * What properties hold in the rules' own cases, by the property's name: values that are near to what the rules look for,
 * which a generator that only knows types would never hit upon.
 */
import type { GatheredCases } from "./all-cases";
import { Json, Ref, UNKNOWN_VALUE, type TestResource } from "./harness";

/** A reference to some resource of a type, before it is known which resources a stack has. */
export class RefToType {
    constructor(
        readonly type: string,
        readonly output: string,
    ) {}
}

/** Every program of the cases: compliant, violating, unknown and not applicable. */
export function programsOf(gathered: GatheredCases): readonly (readonly TestResource[])[] {
    return [...gathered.values()].flatMap(({ compliant, violating, unknown, notApplicable }) => [
        ...Object.values(compliant),
        ...Object.values(violating).map(({ resources }) => resources),
        ...(typeof unknown === "string" ? [] : Object.values(unknown).map(({ resources }) => resources)),
        ...Object.values(notApplicable),
    ]);
}

/** A copy of a value in which each reference is replaced, and each text if asked. */
export function withReferences(
    value: unknown,
    replace: (reference: Ref | RefToType) => unknown,
    replaceText: (text: string) => string = (text) => text,
): unknown {
    const inner = (each: unknown): unknown => withReferences(each, replace, replaceText);
    if (typeof value === "string") {
        return replaceText(value);
    }
    if (value instanceof Ref || value instanceof RefToType) {
        return replace(value);
    }
    if (value instanceof Json) {
        return new Json(inner(value.document));
    }
    if (Array.isArray(value)) {
        return value.map(inner);
    }
    if (typeof value === "object" && value !== null && value !== UNKNOWN_VALUE) {
        return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inner(each)]));
    }
    return value;
}

/**
 * The same program under other names, with its own outputs, so that many copies stand side by side in a stack.
 * @param referring the suffix of the copy that it refers to, default: itself
 */
export function copyOf(
    program: readonly TestResource[],
    suffix: string,
    referring: string = suffix,
): readonly TestResource[] {
    const own = new Set(program.map(({ name }) => name));
    const names = new Set(
        program.flatMap(({ inputs, computed = {} }) => [
            ...NAMING.map((key) => inputs[key]),
            (inputs["metadata"] as { readonly name?: unknown } | undefined)?.name,
            ...Object.values(computed),
        ]),
    );
    // A name may stand within an ARN or a path, as in "service/main/web".
    const renamedText = (text: string, by: string): string =>
        text.replace(/[^/:]+/g, (part) => (names.has(part) ? `${part}${by}` : part));
    const renamed = (value: unknown, by: string): unknown =>
        withReferences(
            value,
            (reference) =>
                reference instanceof Ref && own.has(reference.name)
                    ? new Ref(`${reference.name}${referring}`, reference.output)
                    : reference,
            (text) => renamedText(text, by),
        );
    return program.map((resource) => ({
        ...resource,
        name: `${resource.name}${suffix}`,
        inputs: Object.fromEntries(
            Object.entries(resource.inputs).map(([key, value]) => [
                key,
                renamed(value, NAMING.includes(key) || key === "metadata" ? suffix : referring),
            ]),
        ),
        ...(resource.computed === undefined
            ? {}
            : { computed: renamed(resource.computed, suffix) as Record<string, unknown> }),
    }));
}

/** Inputs by which other resources may refer to one. */
const NAMING: readonly string[] = [
    "name",
    "bucket",
    "identifier",
    "clusterIdentifier",
    "functionName",
    "replicationGroupId",
];

/** Values by the name of the property that holds them, at any depth. */
export function vocabularyOf(programs: readonly (readonly TestResource[])[]): ReadonlyMap<string, readonly unknown[]> {
    const words = new Map<string, Map<string, unknown>>();
    const learn = (name: string, value: unknown): void => {
        if (value === undefined) {
            return;
        }
        const known = words.get(name) ?? new Map<string, unknown>();
        words.set(name, known.set(JSON.stringify(value), value));
        const document = value instanceof Json ? value.document : value;
        if (Array.isArray(document)) {
            document.forEach((each) => {
                learn(name, each);
            });
        } else if (
            typeof document === "object" &&
            document !== null &&
            document !== UNKNOWN_VALUE &&
            !(document instanceof RefToType)
        ) {
            Object.entries(document).forEach(([key, each]) => {
                learn(key, each);
            });
        }
    };
    for (const program of programs) {
        const typeOf = new Map(program.map(({ name, type }) => [name, type]));
        const general = (reference: Ref | RefToType): unknown =>
            reference instanceof Ref ? new RefToType(typeOf.get(reference.name) ?? "", reference.output) : reference;
        for (const { inputs } of program) {
            for (const [name, value] of Object.entries(inputs)) {
                learn(name, withReferences(value, general));
            }
        }
    }
    return new Map([...words].map(([name, values]) => [name, [...values.values()]]));
}
