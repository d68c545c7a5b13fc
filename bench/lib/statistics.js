// @ts-check
"use strict";

/**
 * The middle of the values; with an even number of them, the mean of the two in the middle.
 * @param {readonly number[]} values
 */
function median(values) {
    if (values.length === 0) throw new Error("There is no median of no values.");
    const sorted = [...values].sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    const upper = sorted[middle] ?? NaN;
    return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/**
 * @typedef {{ runs: number, median: number, min: number, max: number }} Summary
 * @param {readonly number[]} values
 * @returns {Summary}
 */
function summarize(values) {
    return { runs: values.length, median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * The median of the quotients of each round: what slows the whole machine down for a while slows both sides of a round.
 * @param {readonly number[]} ours
 * @param {readonly number[]} theirs one for each of `ours`, from the same round
 */
function pairedRatio(ours, theirs) {
    if (ours.length !== theirs.length) throw new Error(`${ours.length} values cannot be paired with ${theirs.length}.`);
    return median(ours.map((value, round) => value / (theirs[round] ?? NaN)));
}

/**
 * What one more resource costs, beyond what a program without any costs.
 * @param {{ ms: number, resources: number }} whole
 * @param {{ ms: number, resources: number }} start the tiny program
 */
function costPerResource(whole, start) {
    if (whole.resources <= start.resources)
        throw new Error("The measured program must have more resources than the tiny one.");
    return (whole.ms - start.ms) / (whole.resources - start.resources);
}

module.exports = { costPerResource, median, pairedRatio, summarize };
