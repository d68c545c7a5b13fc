import type { ResourceStep } from "../runner/types";

/** One property that changes, with both values as text. */
export interface PropertyChange {
    path: string;
    before: string;
    after: string;
    /** True when this property is why the resource is replaced. */
    replaces: boolean;
}

const ABSENT = "(none)";

/** The properties that differ between the old and the new inputs, by the provider's detailed diff where there is one. */
export function propertyChanges(step: ResourceStep): PropertyChange[] {
    const keys = new Set(step.keys ?? []);
    const detailed = Object.entries(step.detailedDiff ?? {});
    const paths: [string, boolean, boolean][] =
        detailed.length > 0
            ? detailed.map(([path, { kind, inputDiff }]) => [path, kind.endsWith("replace"), inputDiff])
            : [...new Set([...(step.diffs ?? []), ...keys])].map((path) => [path, keys.has(path), true]);
    return paths.map(([path, forces]) => {
        const parts = partsOf(path);
        const replaces = forces || keys.has(path) || keys.has(String(parts[0]));
        const before = at(step.oldInputs, parts) ?? at(step.oldOutputs, parts);
        const after =
            at(step.inputs, parts) ??
            (at(step.inputs, parts.slice(0, 1)) === undefined && step.op === "refresh"
                ? at(step.outputs, parts)
                : undefined);
        return { path, before: valueText(before), after: valueText(after), replaces };
    });
}

/** A property path of the engine (`ingress[0].fromPort`, `tags["a.b"]`) as its parts. */
function partsOf(path: string): (string | number)[] {
    const parts: (string | number)[] = [];
    for (const match of path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)) {
        if (match[1] !== undefined) parts.push(match[1].replace(/\\(.)/g, "$1"));
        else if (match[2] !== undefined) parts.push(Number(match[2]));
        else parts.push(match[3] ?? "");
    }
    return parts;
}

function at(tree: unknown, parts: (string | number)[]): unknown {
    let value = tree;
    for (const part of parts) {
        if (typeof value !== "object" || value === null) return value === "[secret]" ? value : undefined;
        value = (value as Record<string | number, unknown>)[part];
    }
    return value;
}

/** A value on one line. */
export function valueText(value: unknown): string {
    if (value === undefined) return ABSENT;
    return typeof value === "string" && value !== "" ? value : JSON.stringify(value);
}
