import { valueText } from "./property-diff";
import { clip } from "./text";

/** A list or an object in lines of a width: each element and each property begins one. */
export function valueLines(value: object, width: number): string[] {
    if (Array.isArray(value)) return value.flatMap((one) => fill(pairsOf(one), width));
    return Object.entries(value).flatMap(([key, one]) => fill([`${key} ${nestedText(one)}`], width));
}

/** `key value` pairs. What names a thing comes first: texts, then other plain values, then what has parts itself. */
function pairsOf(value: unknown): string[] {
    if (!isObject(value)) return [valueText(value)];
    const rank = (one: unknown) => (typeof one === "string" ? 0 : typeof one === "object" && one !== null ? 2 : 1);
    return Object.entries(value)
        .sort(([, a], [, b]) => rank(a) - rank(b))
        .map(([key, one]) => (typeof one === "boolean" ? `${one ? "" : "not "}${key}` : `${key} ${nestedText(one)}`));
}

function nestedText(value: unknown): string {
    return isObject(value) ? `(${pairsOf(value).join(", ")})` : valueText(value);
}

/** Puts pairs onto as few lines as they fit on; the second and further ones are indented. */
function fill(pairs: string[], width: number): string[] {
    const lines: string[] = [];
    for (const pair of pairs) {
        const last = lines.at(-1);
        const longer = last === undefined ? pair : `${last}, ${pair}`;
        if (last === undefined) lines.push(clip(pair, width));
        else if (longer.length < width) lines[lines.length - 1] = longer;
        else {
            lines[lines.length - 1] = `${last},`;
            lines.push(clip(`  ${pair}`, width - 1));
        }
    }
    return lines;
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}
