/** Random numbers that a seed repeats. */
export interface Random {
    /** From 0 up to 1. */
    next(): number;
    /** A whole number from 0 up to, but not, `count`. */
    below(count: number): number;
    pick<T>(items: readonly T[]): T;
    shuffle<T>(items: readonly T[]): T[];
}

/** Mulberry32 (Tommy Ettinger, 2017): 32 bits of state, good enough to choose what to break. */
export function seededRandom(seed: number): Random {
    let state = seed >>> 0;
    const next = (): number => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
    const below = (count: number): number => Math.floor(next() * count);
    const pick = <T>(items: readonly T[]): T => {
        if (items.length === 0) throw new RangeError("there is nothing to pick from");
        return items[below(items.length)] as T;
    };
    const shuffle = <T>(items: readonly T[]): T[] => {
        const rest = [...items];
        return items.map(() => rest.splice(below(rest.length), 1)[0] as T);
    };
    return { next, below, pick, shuffle };
}
