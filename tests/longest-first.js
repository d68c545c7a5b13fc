const Sequencer = require("@jest/test-sequencer").default;

/** What takes a minute and more, the longest first: whole life cycles on the real engine, and documents read command by command. */
const LONG = [
    "readme/kubernetes",
    "readme/readme",
    "engine/kill",
    "engine/main-job",
    "policy/precision/precision",
    "engine/compute-switch",
    "engine/bad-settings",
    "offline/runner/stack",
    "kubernetes/stages",
    "app/image",
    "twin/twin",
    "unit/compute-targets",
    "twin/load",
];

/**
 * Starts the long test files first, so that none of them is left for the end, when the other workers have nothing to do. Jest itself
 * knows how long a file takes from its cache only, which a clean checkout has not.
 */
module.exports = class LongestFirst extends Sequencer {
    sort(tests) {
        const rank = ({ path }) => {
            const found = LONG.findIndex((file) => path.endsWith(`tests/${file}.test.ts`));
            return found === -1 ? LONG.length : found;
        };
        return super.sort(tests).sort((one, other) => rank(one) - rank(other));
    }
};
