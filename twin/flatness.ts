/** What a soak test looks at, at one moment, by name: memory of a process, its handles, connections of a pool. */
export type Reading = Readonly<Record<string, number>>;

/** How much a value may grow and still count as flat: the larger of a share and an amount. */
export interface Allowance {
    readonly share: number;
    readonly amount: number;
}

export interface Flatness {
    readonly name: string;
    /** Medians of the second and of the last quarter of the readings. */
    readonly early: number;
    readonly late: number;
    readonly flat: boolean;
}

/** Fewer readings have no quarters. */
export const FEWEST_READINGS = 8;

/**
 * Whether values have stopped growing. The first quarter does not count: caches and pools fill, and code is compiled. Medians
 * are compared, since garbage comes and goes. What was not there all the time, such as a process that was replaced, is left out.
 */
export function judgeFlatness(readings: readonly Reading[], allowanceOf: (name: string) => Allowance): Flatness[] {
    if (readings.length < FEWEST_READINGS) {
        throw new RangeError(`${readings.length} readings are too few to judge by: ${FEWEST_READINGS} are needed`);
    }
    const names = Object.keys(readings[0] ?? {}).filter((name) => readings.every((reading) => name in reading));
    const quarter = Math.floor(readings.length / 4);
    return names.map((name) => {
        const values = readings.map((reading) => reading[name] ?? 0);
        const early = median(values.slice(quarter, 2 * quarter));
        const late = median(values.slice(-quarter));
        const { share, amount } = allowanceOf(name);
        return { name, early, late, flat: late - early <= Math.max(early * share, amount) };
    });
}

function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length / 2;
    const [low = 0, high = 0] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
    return (low + high) / 2;
}
