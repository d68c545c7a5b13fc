/** Kubernetes' numbers that are either a count or a percentage: 2, "2" or "25%". */
import { UNKNOWN, type Maybe, type Readable } from "../unknown";

export interface Amount {
    readonly value: number;
    readonly percent: boolean;
}

/** The amount at a path; nothing where there is none or where it is no amount. */
export function amountAt(readable: Readable, path: string): Maybe<Amount> {
    const value = readable.get(path);
    if (value === UNKNOWN) {
        return UNKNOWN;
    }
    const text = typeof value === "number" || typeof value === "string" ? String(value) : "";
    const [, digits, sign] = /^(\d+)(%?)$/.exec(text) ?? [];
    return digits === undefined ? undefined : { value: Number(digits), percent: sign === "%" };
}

/** How many of a number of pods an amount means. */
export function scaled({ value, percent }: Amount, pods: number, rounding: "up" | "down"): number {
    if (!percent) {
        return value;
    }
    // Multiplied before it is divided: whole numbers stay exact.
    const exact = (value * pods) / 100;
    return rounding === "up" ? Math.ceil(exact) : Math.floor(exact);
}

/** "2" or "25%". */
export function shown({ value, percent }: Amount): string {
    return percent ? `${value}%` : String(value);
}
