import fc from "fast-check";
import {
    createPolicies,
    DEFAULT_RESILIENCE,
    DEPENDENCIES,
    type DependencyPolicy,
    type DependencySettings,
    DependencyUnavailable,
    isDependencyFailure,
} from "../../../app/src/resilience/policies";
import { measure } from "../support/measure";
import { recordingLog } from "../support/recording-log";
import { eventually } from "../support/eventually";

/** A dependency that is refused: as the operating system says it. */
const lost = (): Error => Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:6379"), { code: "ECONNREFUSED" });
const fail = (): Promise<never> => Promise.reject(lost());
const answer = (): Promise<string> => Promise.resolve("answer");

const QUICK: DependencySettings = {
    timeoutMs: 5_000,
    attempts: 3,
    backoff: { initialMs: 1, maximumMs: 5 },
    breaker: { kind: "consecutive", failures: 3 },
    halfOpenAfterMs: 50,
    bulkhead: { concurrent: 2, queued: 1 },
};

function create(override: Partial<DependencySettings> = {}) {
    const lines = recordingLog();
    const meters = measure();
    const settings = { ...DEFAULT_RESILIENCE, queue: { ...QUICK, ...override } };
    const policies = createPolicies(settings, { log: lines.log, metrics: meters.meter });
    return {
        policies,
        policy: policies.for("queue"),
        messages: () => lines.messages(),
        collect: () => meters.collect(),
    };
}

async function problemOf(work: Promise<unknown>): Promise<DependencyUnavailable> {
    const problem: unknown = await work.then(
        () => undefined,
        (error: unknown) => error,
    );
    if (!(problem instanceof DependencyUnavailable)) throw new Error(`not a DependencyUnavailable: ${String(problem)}`);
    return problem;
}

async function open(policy: DependencyPolicy): Promise<void> {
    for (let call = 0; call < 3; call++) await problemOf(policy.run(fail));
    expect(policy.state).toBe("open");
}

describe("a call to a dependency", () => {
    test("gives what the work gives", async () => {
        expect(await create().policy.run(answer)).toBe("answer");
    });

    test("that may be repeated is repeated until it is answered", async () => {
        let calls = 0;
        const work = (): Promise<string> => (++calls < 3 ? fail() : answer());
        expect(await create().policy.run(work, { idempotent: true })).toBe("answer");
        expect(calls).toBe(3);
    });

    test("that may not be repeated is made once", async () => {
        let calls = 0;
        const problem = await problemOf(create().policy.run(() => (calls++, fail())));
        expect(calls).toBe(1);
        expect(problem).toMatchObject({ dependency: "queue", reason: "failed", asked: true, statusCode: 503 });
    });

    test("is not made more often than it may be", async () => {
        let calls = 0;
        const { policy } = create({ breaker: { kind: "consecutive", failures: 100 } });
        await problemOf(policy.run(() => (calls++, fail()), { idempotent: true }));
        expect(calls).toBe(3);
    });

    test("that is answered by an error gives that error, and is not repeated", async () => {
        let calls = 0;
        const conflict = Object.assign(new Error("duplicate key"), { code: "23505" });
        const work = (): Promise<never> => (calls++, Promise.reject(conflict));
        await expect(create().policy.run(work, { idempotent: true })).rejects.toBe(conflict);
        expect(calls).toBe(1);
    });

    test("that takes too long ends, and its work is told to stop", async () => {
        let stopped = false;
        const work = (signal: AbortSignal): Promise<never> =>
            new Promise(() => {
                signal.addEventListener("abort", () => (stopped = true));
            });
        const problem = await problemOf(create({ timeoutMs: 20 }).policy.run(work));
        expect(problem).toMatchObject({ reason: "timeout", asked: true });
        expect(stopped).toBe(true);
    });

    test("that takes too long is told so whatever its work throws when it is stopped", async () => {
        const work = (signal: AbortSignal): Promise<never> =>
            new Promise((_resolve, reject) => {
                signal.addEventListener("abort", () => {
                    reject(new Error("aborted"));
                });
            });
        expect((await problemOf(create({ timeoutMs: 20 }).policy.run(work))).reason).toBe("timeout");
    });

    test("leaves what its work has handed out alone", async () => {
        let handed: AbortSignal | undefined;
        await create().policy.run((signal) => ((handed = signal), answer()));
        expect(handed?.aborted).toBe(false);
    });

    test("ends with the caller's reason when the caller gives up, and that is no failure", async () => {
        const { policy } = create();
        for (let call = 0; call < 5; call++) {
            const caller = new AbortController();
            const running = policy.run(() => new Promise(() => undefined), { signal: caller.signal });
            caller.abort(new Error("the client has gone"));
            await expect(running).rejects.toThrow("the client has gone");
        }
        expect(policy.state).toBe("closed");
    });

    test("does not tell its caller what went wrong inside, but the log", async () => {
        const problem = await problemOf(create().policy.run(fail));
        expect(problem.message).toBe("queue is unavailable: failed");
        expect(problem.cause).toMatchObject({ code: "ECONNREFUSED" });
    });

    test("warns of no leak when many run", async () => {
        const warnings: Error[] = [];
        const note = (warning: Error): unknown => warnings.push(warning);
        process.on("warning", note);
        const { policy } = create({ bulkhead: { concurrent: 100, queued: 0 } });
        await Promise.all(Array.from({ length: 100 }, () => policy.run(() => new Promise(setImmediate))));
        await new Promise(setImmediate);
        process.off("warning", note);
        expect(warnings).toEqual([]);
    });
});

describe("a breaker", () => {
    test("opens after failures in a row, and then the dependency is not asked", async () => {
        const { policy, policies, messages } = create({ halfOpenAfterMs: 60_000 });
        await open(policy);
        const asked = jest.fn(answer);
        const problem = await problemOf(policy.run(asked));
        expect(asked).not.toHaveBeenCalled();
        expect(problem).toMatchObject({ reason: "breaker open", asked: false });
        expect(problem.retryAfterSeconds).toBeGreaterThan(50);
        expect(policies.states()).toMatchObject({ queue: "open", cache: "closed" });
        expect(messages()).toContain("circuit breaker opened");
    });

    test("stays closed while failures and answers take turns", async () => {
        const { policy } = create();
        for (let call = 0; call < 20; call++) await policy.run(call % 3 ? fail : answer).catch(() => undefined);
        expect(policy.state).toBe("closed");
    });

    test("takes an error that is an answer for an answer", async () => {
        const { policy } = create();
        const conflict = (): Promise<never> => Promise.reject(Object.assign(new Error("conflict"), { code: "23505" }));
        for (let call = 0; call < 12; call++) await policy.run(call % 3 ? fail : conflict).catch(() => undefined);
        expect(policy.state).toBe("closed");
    });

    test("lets one call try after a while, refuses the others meanwhile, and closes when it is answered", async () => {
        const { policy, messages } = create({ halfOpenAfterMs: 20 });
        await open(policy);
        let release: () => void = () => undefined;
        const gate = new Promise<void>((resolve) => (release = resolve));
        let trial: Promise<void> | undefined;
        await eventually("a call may try", () => {
            trial = policy.run(() => gate);
            trial.catch(() => undefined);
            return policy.state === "half-open";
        });
        expect(await problemOf(policy.run(answer))).toMatchObject({ reason: "breaker open", asked: false });
        release();
        await trial;
        expect(policy.state).toBe("closed");
        expect(await policy.run(answer)).toBe("answer");
        expect(messages()).toContain("circuit breaker closed");
    });

    test("opens again when the call that tries fails", async () => {
        const { policy } = create({ halfOpenAfterMs: 20 });
        await open(policy);
        await eventually("a call may try", async () => (await problemOf(policy.run(fail))).reason === "failed");
        expect(policy.state).toBe("open");
    });

    test("says that the dependency was asked when it opens between two attempts", async () => {
        const { policy } = create({ breaker: { kind: "consecutive", failures: 0 }, halfOpenAfterMs: 60_000 });
        const problem = await problemOf(policy.run(fail, { idempotent: true }));
        expect(problem).toMatchObject({ reason: "failed", asked: true });
    });

    test("by share opens when most calls fail, and not for a few calls", async () => {
        const breaker = { kind: "sampling", share: 0.5, durationMs: 1_000, minimumCallsPerSecond: 10 } as const;
        const { policy } = create({ breaker });
        for (let call = 0; call < 5; call++) await problemOf(policy.run(fail));
        expect(policy.state).toBe("closed");
        for (let call = 0; call < 10 && policy.state === "closed"; call++) await problemOf(policy.run(fail));
        expect(policy.state).toBe("open");
    });
});

describe("a bulkhead", () => {
    test("lets as many calls run and wait as it may, and refuses the next at once", async () => {
        const { policy } = create();
        let release: () => void = () => undefined;
        const gate = new Promise<void>((resolve) => (release = resolve));
        let running = 0;
        const work = (): Promise<void> => (running++, gate);
        const calls = [policy.run(work), policy.run(work), policy.run(work)];
        expect(policy.load).toEqual({ running: 2, waiting: 1 });
        const asked = jest.fn(answer);
        expect(await problemOf(policy.run(asked))).toMatchObject({
            reason: "bulkhead full",
            asked: false,
            retryAfterSeconds: 1,
        });
        expect(asked).not.toHaveBeenCalled();
        expect(running).toBe(2);
        release();
        await Promise.all(calls);
        expect(running).toBe(3);
        expect(policy.load).toEqual({ running: 0, waiting: 0 });
    });

    test("of one dependency does not hold back another", async () => {
        const { policies, policy } = create();
        const stuck = [1, 2, 3].map(() =>
            policy.run(() => new Promise(() => undefined), { signal: AbortSignal.timeout(500) }),
        );
        expect(await policies.for("cache").run(answer)).toBe("answer");
        await Promise.allSettled(stuck);
    });

    test("is full, and the breaker does not count that", async () => {
        const { policy } = create({
            bulkhead: { concurrent: 1, queued: 0 },
            breaker: { kind: "consecutive", failures: 1 },
        });
        let release: () => void = () => undefined;
        const running = policy.run(() => new Promise<void>((resolve) => (release = resolve)));
        for (let call = 0; call < 10; call++) await problemOf(policy.run(answer));
        release();
        await running;
        expect(policy.state).toBe("closed");
    });
});

describe("the metrics of the policies", () => {
    test("count calls by how they ended, and retries", async () => {
        const { policy, collect } = create();
        await policy.run(answer);
        await problemOf(policy.run(fail, { idempotent: true }));
        const found = await collect();
        expect(found.count("dependency.call.duration", { dependency: "queue", outcome: "answered" })).toBe(1);
        expect(found.count("dependency.call.duration", { dependency: "queue", outcome: "failed" })).toBe(1);
        expect(found.value("dependency.call.retries", { dependency: "queue" })).toBe(2);
    });

    test("show every breaker and bulkhead", async () => {
        const { policy, collect } = create({ halfOpenAfterMs: 60_000 });
        await open(policy);
        const found = await collect();
        for (const dependency of DEPENDENCIES) {
            expect(found.value("dependency.breaker.state", { dependency })).toBe(dependency === "queue" ? 2 : 0);
            expect(found.value("dependency.bulkhead.running", { dependency })).toBe(0);
        }
    });
});

describe("what counts as a failure of a dependency", () => {
    test.each<[string, unknown]>([
        ["a refused connection", lost()],
        ["a failure in a cause", new Error("could not read", { cause: lost() })],
        ["a failure among several", new AggregateError([new Error("x"), lost()])],
        ["a server that shuts down", { code: "57P01" }],
        ["a database out of connections", { code: "53300" }],
        ["a statement on a former primary", { code: "25006" }],
        ["a connection that ended", new Error("Connection terminated unexpectedly")],
        ["a cluster that is down", new Error("CLUSTERDOWN Hash slot not served")],
        ["a time-out", Object.assign(new Error("x"), { name: "TimeoutError" })],
        ["a fault of an AWS service", { $fault: "server", $metadata: { httpStatusCode: 500 } }],
        ["throttling", { $fault: "client", $retryable: { throttling: true }, $metadata: { httpStatusCode: 400 } }],
    ])("%s does", (_what, error) => {
        expect(isDependencyFailure(error)).toBe(true);
    });

    test.each<[string, unknown]>([
        ["a violated constraint", { code: "23505", message: "duplicate key" }],
        ["a serialization failure", { code: "40001" }],
        ["a missing object", { name: "NoSuchKey", $fault: "client", $metadata: { httpStatusCode: 404 } }],
        ["a programming error", new TypeError("x is not a function")],
        ["a wrong type in the cache", new Error("WRONGTYPE Operation against a key")],
        ["nothing", undefined],
        ["a text", "ECONNREFUSED"],
    ])("%s does not", (_what, error) => {
        expect(isDependencyFailure(error)).toBe(false);
    });

    test("causes in a circle come to an end", () => {
        const error = new Error("round");
        error.cause = error;
        expect(isDependencyFailure(error)).toBe(false);
    });

    test("anything can be thrown", () => {
        fc.assert(
            fc.property(fc.anything(), (thrown) => {
                expect(typeof isDependencyFailure(thrown)).toBe("boolean");
            }),
        );
    });
});

describe("the default limits", () => {
    test.each(DEPENDENCIES)("of %s can be borne by a request or a message", (dependency) => {
        const { timeoutMs, attempts, backoff, bulkhead, halfOpenAfterMs } = DEFAULT_RESILIENCE[dependency];
        // The visibility time-out of a message and the idle time-out of the load balancer are 60 s and more.
        expect(attempts * timeoutMs + (attempts - 1) * backoff.maximumMs).toBeLessThan(60_000);
        expect(backoff.initialMs).toBeLessThanOrEqual(backoff.maximumMs);
        expect(bulkhead.concurrent).toBeGreaterThan(0);
        expect(halfOpenAfterMs).toBeGreaterThan(0);
    });
});
