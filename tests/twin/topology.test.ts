import { loadTopology, machineLimits } from "../../twin/topology";

const ROOMY = { web: 1_000, worker: 1_000, replicas: 5 };

test("dev runs as its stack file says: two to four of each, and reads go to the writer", () => {
    const topology = loadTopology("dev", { limits: ROOMY });
    expect(topology).toMatchObject({
        stack: "dev",
        environment: "dev",
        replicas: 0,
        web: { minimum: 2, maximum: 4, cpu: 0.25, memory: 512 },
        worker: { minimum: 2, maximum: 4 },
        visibilitySeconds: 60,
        maxReceives: 3,
    });
    expect(topology.web.metrics).toEqual([
        { name: "cpu", target: 60 },
        { name: "requests", target: 1_800 },
    ]);
    // 30 s at 5 messages of 2 s each.
    expect(topology.worker.metrics).toEqual([{ name: "backlog", target: 75 }]);
});

test("what the machine does not carry is cut, and said", () => {
    const topology = loadTopology("prod", { limits: { web: 4, worker: 3, replicas: 1 } });
    // There is room to scale out.
    expect(topology.web).toMatchObject({ minimum: 2, maximum: 4 });
    expect(topology.worker).toMatchObject({ minimum: 2, maximum: 3 });
    expect(topology.replicas).toBe(1);
    expect(topology.differences).toEqual([
        expect.stringContaining("web processes at the start: 2 instead of 9"),
        expect.stringContaining("web processes at most: 4 instead of 30"),
        expect.stringContaining("worker processes at the start: 2 instead of 3"),
        expect.stringContaining("worker processes at most: 3 instead of 160"),
        expect.stringContaining("database replicas: 1 instead of 2"),
        expect.stringContaining("cache nodes: 1 instead of 4"),
    ]);
});

test("nothing is said where nothing is different but the cache's standby", () => {
    expect(loadTopology("staging", { limits: ROOMY }).differences).toEqual([
        expect.stringContaining("cache nodes: 1 instead of 2"),
    ]);
});

test("settings may be laid on top of the stack file, and a replica can be asked for", () => {
    const config = { "web.minimum": 3, "worker.concurrency": 10 };
    const topology = loadTopology("dev", { limits: ROOMY, config, leastReplicas: 1 });
    expect(topology.web.minimum).toBe(3);
    // In one loop, since SQS hands out ten at a time.
    expect(topology.worker.environment).toMatchObject({ JOBS_BATCH_SIZE: "10", JOBS_POLLERS: "1" });
    expect(topology.replicas).toBe(1);
    expect(topology.differences.join("\n")).toContain("database replicas: 1 instead of 0");
});

test("a mistake in the settings is told as the stack's own program tells it", () => {
    expect(() => loadTopology("dev", { config: { "web.minimum": "many" } })).toThrow(/headroom:web.minimum is "many"/);
});

test("what somebody asks for is not halved while there is room above it", () => {
    const limits = { web: 4, worker: 4, replicas: 0 };
    const topology = loadTopology("dev", { limits, config: { "web.minimum": 3, "worker.minimum": 4 } });
    expect(topology.web).toMatchObject({ minimum: 3, maximum: 4 });
    expect(topology.worker).toMatchObject({ minimum: 4, maximum: 4 });
});

test("a small machine still runs four of each", () => {
    expect(machineLimits(1)).toEqual({ web: 4, worker: 4, replicas: 2 });
    expect(machineLimits(8)).toEqual({ web: 16, worker: 16, replicas: 2 });
});
