/** @type {import("jest").Config} */
module.exports = {
    testEnvironment: "node",
    roots: ["<rootDir>/tests"],
    testMatch: ["**/*.test.ts"],
    transform: {
        "^.+\\.ts$": [
            "@swc/jest",
            {
                jsc: { parser: { syntax: "typescript" }, target: "es2022" },
                module: { type: "commonjs" },
                sourceMaps: "inline",
            },
        ],
    },
    // One more than CI has cores: tests on real servers mostly wait for them. The Pulumi SDK is large, so no more than that.
    maxWorkers: 3,
    // Of `test.concurrent` in one file: those that wait for a message to come again.
    maxConcurrency: 6,
    testSequencer: "<rootDir>/tests/longest-first.js",
    testTimeout: 30_000,
};
