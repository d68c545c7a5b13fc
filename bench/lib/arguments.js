// @ts-check
"use strict";
const { parseArgs } = require("node:util");

const usage = `node bench/run.mjs [--short] [--runs N] [--only comparison|scale|packs] [--services N,N,…]

  --short         each program runs once, counts must agree, no pack may find anything mandatory; no time is judged
  --runs N        how often each program is measured, after one warm-up (default 5)
  --only PART     comparison: prod against a bare program and against AWS CDK; scale: cost per resource as services are added;
                  packs: both packs against AwsGuard, and what they cost among 4,000 resources
  --services L    numbers of services for the second part (default 10,50,100; with --short 2)`;

const PARTS = /** @type {const} */ (["comparison", "scale", "packs"]);

/**
 * @typedef {{ short: boolean, runs: number, parts: readonly ("comparison" | "scale" | "packs")[], services: readonly number[], help: boolean }} BenchArguments
 * @param {readonly string[]} argv
 * @returns {BenchArguments}
 */
function parseArguments(argv) {
    const { values } = parseArgs({
        args: [...argv],
        options: {
            short: { type: "boolean", default: false },
            runs: { type: "string" },
            only: { type: "string" },
            services: { type: "string" },
            help: { type: "boolean", default: false },
        },
    });
    const short = values.short === true;
    const problems = [];
    const runs = values.runs === undefined ? (short ? 1 : 5) : Number(values.runs);
    if (!Number.isInteger(runs) || runs < 1)
        problems.push(`--runs ${values.runs}: a whole number from 1 on, such as --runs 5.`);
    if (values.only !== undefined && !PARTS.some((part) => part === values.only))
        problems.push(`--only ${values.only}: ${PARTS.slice(0, -1).join(", ")} or ${PARTS.at(-1)}.`);
    const services =
        values.services === undefined ? (short ? [2] : [10, 50, 100]) : values.services.split(",").map(Number);
    if (services.some((count) => !Number.isInteger(count) || count < 1 || count > 200))
        problems.push(`--services ${values.services}: whole numbers from 1 to 200, such as --services 10,50,100.`);
    if (problems.length > 0) throw new Error(problems.join("\n"));
    const parts = PARTS.filter((part) => values.only === undefined || values.only === part);
    return { short, runs, parts, services, help: values.help === true };
}

module.exports = { parseArguments, usage };
