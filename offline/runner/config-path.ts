import { UserError } from "./types";
import type { ConfigValue } from "./types";

/** `a.b[0].c` as its parts. Brackets hold a list's index or a quoted key: `tags["my.key"]`. */
export function parsePath(path: string): (string | number)[] {
    const parts: (string | number)[] = [];
    const part = /(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;
    part.lastIndex = 0;
    while (part.lastIndex < path.length) {
        const at = part.lastIndex;
        const match = part.exec(path);
        if (!match)
            throw new UserError(
                `"${path}" is no configuration path: what is at "${path.slice(at)}"? Write it like database.replicas or list[0].name.`,
            );
        if (match[1] !== undefined) parts.push(match[1]);
        else if (match[2] !== undefined) parts.push(Number(match[2]));
        else parts.push(JSON.parse(`"${match[3]}"`) as string);
    }
    if (parts.length === 0)
        throw new UserError("A configuration key is empty. Write it like aws:region or database.replicas.");
    if (parts.some((p) => p === "__proto__" || p === "constructor" || p === "prototype"))
        throw new UserError(`"${path}" is no configuration path: it holds a name that is not allowed.`);
    return parts;
}

/** A full key: the namespace (the project's name where none is written) and the path behind it. */
export function parseKey(key: string, project: string): { namespace: string; path: (string | number)[] } {
    const colon = key.indexOf(":");
    const namespace = colon < 0 ? project : key.slice(0, colon);
    if (!/^[A-Za-z0-9_.-]+$/.test(namespace))
        throw new UserError(
            `"${key}" is no configuration key. Write NAMESPACE:NAME, like aws:region, or a name of the project's own.`,
        );
    return { namespace, path: parsePath(key.slice(colon + 1)) };
}

/**
 * The value of `KEY=VALUE` on a command line: `true`, `false`, numbers and JSON objects and lists are what they say; all else is text.
 * Digits with a leading zero or beyond what a double holds stay text: they are account ids and the like.
 */
export function parseValue(text: string): ConfigValue {
    if (text === "true" || text === "false") return text === "true";
    if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) && String(Number(text)) === text) return Number(text);
    if (/^[[{]/.test(text)) {
        try {
            return JSON.parse(text) as object;
        } catch {
            return text;
        }
    }
    return text;
}

/** Sets a value inside a tree of objects and lists, making what is missing on the way. */
export function setAt(tree: Record<string, unknown>, path: (string | number)[], value: unknown, key: string): void {
    let at: Record<string | number, unknown> = tree;
    path.forEach((part, index) => {
        if (Array.isArray(at) && typeof part !== "number")
            throw new UserError(
                `Configuration ${key}: ${path.slice(0, index).join(".")} is a list, so [0], [1], … must follow, not "${part}".`,
            );
        if (index === path.length - 1) {
            at[part] = value;
            return;
        }
        const next = at[part];
        if (next === undefined || next === null) at[part] = typeof path[index + 1] === "number" ? [] : {};
        else if (typeof next !== "object")
            throw new UserError(
                `Configuration ${key}: ${path.slice(0, index + 1).join(".")} is ${JSON.stringify(next)}, so nothing can be set inside it.`,
            );
        at = at[part] as Record<string | number, unknown>;
    });
}
