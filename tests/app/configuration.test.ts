import fc from "fast-check";
import { readFileSync } from "node:fs";
import path from "node:path";
import {
    ConfigurationError,
    describeProblem,
    loadConfiguration,
    loadListener,
    SETTING_NAMES,
} from "../../app/src/configuration";
import { buildApp, DEAD_BINDINGS, RunningApp } from "./running-app";

/** All problems of an environment; none where it is valid. */
function problemsOf(environment: Record<string, string>, role?: string): readonly string[] {
    try {
        loadConfiguration({ ...DEAD_BINDINGS, ...environment }, role);
        return [];
    } catch (error) {
        if (error instanceof ConfigurationError) return error.problems;
        throw error;
    }
}

describe("the configuration", () => {
    test("is complete with the bindings alone, and safe: TLS is on, nobody signs in without a proof", () => {
        const configuration = loadConfiguration(DEAD_BINDINGS);
        expect(configuration.values).toMatchObject({ DEMO_SIGN_IN: "off", JWT_SECRETS: [] });
        expect(configuration).toMatchObject({
            role: "web",
            tls: true,
            port: 8443,
            drainDelayMs: 15_000,
            stopTimeoutMs: 55_000,
            keepAliveTimeoutMs: 70_000,
        });
    });

    test("takes secrets as they come out of a file: white space around them is none of theirs", () => {
        const [one, two] = ["a".repeat(43), "b".repeat(44)];
        const { values } = loadConfiguration({ ...DEAD_BINDINGS, JWT_SECRETS: ` ${one},\n${two}\n` });
        expect(values.JWT_SECRETS).toEqual([one, two]);
    });

    test("takes port 8080 without TLS, unless another is given", () => {
        expect(loadConfiguration({ ...DEAD_BINDINGS, TLS: "off" }).port).toBe(8080);
        expect(loadConfiguration({ ...DEAD_BINDINGS, TLS: "off", PORT: "9000" }).port).toBe(9000);
    });

    test("takes the role from the argument before the variable", () => {
        expect(loadConfiguration({ ...DEAD_BINDINGS, ROLE: "web" }, "worker").role).toBe("worker");
        expect(loadConfiguration({ ...DEAD_BINDINGS, ROLE: "worker" }).role).toBe("worker");
    });

    test.each([
        ["ROLE", "wrb"],
        ["HOST", "not a host"],
        ["PORT", "65536"],
        ["PORT", "0x10"],
        ["PORT", " 80"],
        ["PORT", ""],
        ["PORT", "-1"],
        ["TLS", "true"],
        ["WEB_CONCURRENCY", "0"],
        ["LOG_LEVEL", "verbose"],
        ["APP_VERSION", ""],
        ["ZONE", "Frankfurt"],
        ["DRAIN_DELAY_SECONDS", "15s"],
        ["STOP_TIMEOUT_SECONDS", "0"],
        ["KEEP_ALIVE_TIMEOUT_SECONDS", "60"],
        ["BODY_LIMIT_BYTES", "64KiB"],
        ["MAX_HEAP_USED_MIB", "1e3"],
        ["MAX_EVENT_LOOP_DELAY_MS", "0.5"],
        ["REQUEST_TIMEOUT_MS", "10s"],
        ["RATE_LIMIT_PER_MINUTE", "-1"],
        ["TRUSTED_PROXIES", "many"],
        ["METRICS", "statsd"],
        ["METRICS_PORT", "65536"],
        ["TRACE_SAMPLE_PERCENT", "101"],
        ["DEMO_SIGN_IN", "yes"],
        ["SESSION_SECONDS", "1"],
    ])("refuses %s=%j with its name, its value, what is allowed and an example that works", (name, value) => {
        const [problem, ...others] = problemsOf({ [name]: value });
        expect(others).toEqual([]);
        expect(problem).toContain(`${name}=${JSON.stringify(value)}`);
        expect(problem).toContain("Allowed: ");
        const example = /Example: (\w+)=(.+)$/.exec(problem ?? "");
        expect(example?.[1]).toBe(name);
        expect(problemsOf({ [name]: example?.[2] ?? "" })).toEqual([]);
    });

    test("reports all problems at once", () => {
        const problems = problemsOf({ PORT: "eighty", TLS: "yes", LOG_LEVEL: "loud" }, "cron");
        expect(problems.map((problem) => problem.split("=")[0])).toEqual(["ROLE", "PORT", "TLS", "LOG_LEVEL"]);
    });

    test.each([
        ["web", ["DATABASE_WRITER_HOST", "CACHE_ENDPOINT", "ASSETS_BUCKET"]],
        ["worker", ["DATABASE_WRITER_HOST", "CACHE_ENDPOINT", "JOBS_QUEUE_URL", "ASSETS_BUCKET"]],
        ["migrate", ["DATABASE_WRITER_HOST"]],
        ["warm", ["DATABASE_WRITER_HOST", "CACHE_ENDPOINT"]],
        ["redrive", ["JOBS_QUEUE_URL", "JOBS_DEAD_LETTERS_QUEUE_URL"]],
    ])("names every binding that the role %s cannot do without", (role, names) => {
        const load = (): unknown => loadConfiguration({}, role);
        expect(load).toThrow(ConfigurationError);
        for (const name of names) expect(load).toThrow(`${name} is not set, and the role ${role} needs it`);
    });

    test("does not repeat a secret that is too short", () => {
        expect(problemsOf({ JWT_SECRETS: "hunter2" })).toEqual([expect.stringContaining("JWT_SECRETS=[redacted]")]);
        expect(problemsOf({ JWT_SECRETS: "hunter2" }).join()).not.toContain("hunter2");
    });

    test("lets the health check read where to ask, whatever else is wrong or missing", () => {
        expect(loadListener({ PORT: "1234", LOG_LEVEL: "loud" })).toEqual({ host: "0.0.0.0", port: 1234, tls: true });
    });

    test("refuses a drain that leaves no time to finish what runs", () => {
        expect(problemsOf({ DRAIN_DELAY_SECONDS: "55" })).toEqual([
            expect.stringContaining("must be less than STOP_TIMEOUT_SECONDS=55"),
        ]);
    });

    test("refuses more processes than there are connections for, in the role that runs several", () => {
        const environment = { WEB_CONCURRENCY: "4", DATABASE_POOL_SIZE: "7" };
        expect(problemsOf(environment)).toEqual([
            expect.stringMatching(
                /^DATABASE_POOL_SIZE=7 is too few for WEB_CONCURRENCY=4: .* Example: DATABASE_POOL_SIZE=8$/,
            ),
        ]);
        expect(problemsOf({ ...environment, DATABASE_POOL_SIZE: "8" })).toEqual([]);
        expect(problemsOf(environment, "worker")).toEqual([]);
    });

    test("does not repeat the value of a secret", () => {
        const problem = describeProblem("TOKEN", "hunter2", { allowed: "32 characters", example: "…", secret: true });
        expect(problem).toContain("TOKEN=[redacted]");
        expect(problem).not.toContain("hunter2");
    });

    test("either reads whatever it is given or explains itself; it never fails in another way", () => {
        fc.assert(
            fc.property(
                fc.dictionary(fc.constantFrom(...SETTING_NAMES), fc.string({ unit: "binary" })),
                (environment) => {
                    expect(problemsOf(environment).every((problem) => problem.length > 0)).toBe(true);
                },
            ),
        );
    });

    test("lists every variable in the README, and no other", () => {
        const readme = readFileSync(path.resolve(__dirname, "../../app/README.md"), "utf8");
        const documented = [...readme.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map((match) => match[1]);
        expect(documented).toEqual(SETTING_NAMES);
    });
});

describe("a process with a wrong configuration", () => {
    const build = buildApp();
    afterAll(build.remove);

    test("ends before it listens, with the exit code for configurations, all problems in one log line", async () => {
        const app = RunningApp.spawn(`${build.folder}/main.js`, {
            arguments: ["wrb"],
            environment: { TLS: "yes", PORT: "eighty" },
        });
        expect(await app.exited).toBe(78);
        expect(app.log).toHaveLength(1);
        expect(app.log[0]).toMatchObject({ level: "fatal" });
        expect(app.log[0]?.problems).toHaveLength(3);
        expect(app.log[0]?.message).toContain("3 problems");
    });

    test("whose port is taken ends with an error that says so", async () => {
        const first = await RunningApp.start(`${build.folder}/main.js`);
        const second = RunningApp.spawn(`${build.folder}/main.js`, { environment: { PORT: String(first.port) } });
        expect(await second.exited).toBe(1);
        expect(second.log.at(-1)).toMatchObject({ level: "fatal", err: { code: "EADDRINUSE" } });
        await first.kill();
    });
});
