// @ts-check
"use strict";

/**
 * Runs A B C A B C …, so that a machine that grows slower or faster meets all of them alike. The first `warmUps` rounds fill
 * caches and are not counted.
 *
 * @template T
 * @param {Record<string, () => Promise<T>>} subjects
 * @param {{ runs: number, warmUps?: number, onRun?: (name: string, round: number, value: T) => void }} options round 0 and below are warm-ups
 * @returns {Promise<Record<string, T[]>>} the counted values, in order
 */
async function alternate(subjects, { runs, warmUps = 1, onRun = () => undefined }) {
    /** @type {Record<string, T[]>} */
    const values = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
    for (let round = 1 - warmUps; round <= runs; round++) {
        for (const [name, run] of Object.entries(subjects)) {
            const value = await run();
            onRun(name, round, value);
            if (round > 0) values[name]?.push(value);
        }
    }
    return values;
}

module.exports = { alternate };
