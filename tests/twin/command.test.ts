import { spawn } from "node:child_process";
import { once } from "node:events";
import fc from "fast-check";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { demandPort } from "../../twin/balancer/start-balancer";
import { readArguments } from "../../twin/command-line";
import { Latencies } from "../../twin/balancer/latencies";
import { createLogFile } from "../../twin/log-file";
import { seededRandom } from "../../twin/random";
import { describeProducts, isPaymentRefused, isScarce } from "../../twin/seed";
import type { Snapshot } from "../../twin/snapshot";
import { renderLine, renderScreen } from "../../twin/status";
import { measureUsage, parsePs } from "../../twin/usage";

const RATE = { rate: { fallback: 40, least: 1, most: 100, whole: true } };

describe("the command line", () => {
    test("has defaults, and takes what is said", () => {
        expect(readArguments([], RATE)).toEqual({ stack: "dev", config: {}, numbers: { rate: 40 } });
        const words = ["--stack", "prod", "--rate", "7", "--config", "database.replicas=1", "--config", "domain=none"];
        expect(readArguments(words, RATE)).toEqual({
            stack: "prod",
            config: { "database.replicas": 1, domain: "none" },
            numbers: { rate: 7 },
        });
    });

    test("tells all mistakes at once, with what is allowed", () => {
        expect(() => readArguments(["--rate", "many", "--config", "oops"], RATE)).toThrow(
            "--config oops: write KEY=VALUE, for example --config database.replicas=1\n" +
                "--rate many: allowed is a whole number from 1 to 100, for example 40",
        );
        expect(() => readArguments(["--rat", "1"], RATE)).toThrow(/Known options: --stack, --config, --rate/);
        for (const text of ["0", "101", "1.5", "", " "]) expect(() => readArguments(["--rate", text], RATE)).toThrow();
    });
});

describe("random numbers of a seed", () => {
    test("repeat, and differ between seeds", () => {
        const draw = (seed: number) => {
            const random = seededRandom(seed);
            return Array.from({ length: 20 }, () => random.below(1_000));
        };
        expect(draw(7)).toEqual(draw(7));
        expect(draw(7)).not.toEqual(draw(8));
    });

    test("stay in their range, and a shuffle keeps everything", () => {
        fc.assert(
            fc.property(fc.nat(), fc.array(fc.nat(), { minLength: 1 }), (seed, items) => {
                const random = seededRandom(seed);
                expect(random.next()).toBeLessThan(1);
                expect(random.below(items.length)).toBeLessThan(items.length);
                expect(items).toContain(random.pick(items));
                expect(random.shuffle(items).sort()).toEqual([...items].sort());
            }),
        );
        expect(() => seededRandom(1).pick([])).toThrow("there is nothing to pick from");
    });
});

test("the shop's products are the same ones every time, each with an id of its own", () => {
    const products = describeProducts(300);
    expect(products).toEqual(describeProducts(300));
    expect(new Set(products.map(({ id }) => id)).size).toBe(300);
    for (const { id, priceCents } of products) {
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(priceCents).toBeGreaterThan(0);
    }
    // Some are soon sold out, and some cannot be paid for: the twin shows what becomes of such orders.
    expect(products.filter(isScarce)).toHaveLength(30);
    expect(products.some(({ priceCents }) => isPaymentRefused(priceCents))).toBe(true);
});

describe("what processes use", () => {
    test("is read of this process, and nothing of one that does not exist", async () => {
        const usage = await measureUsage([process.pid, 2 ** 22 + 1]);
        expect([...usage.keys()]).toEqual([process.pid]);
        expect(usage.get(process.pid)?.cpuSeconds).toBeGreaterThan(0);
        expect(usage.get(process.pid)?.residentBytes).toBeGreaterThan(1_000_000);
    });

    test("is that of the processes which it started, too", async () => {
        const program = "setTimeout(() => {}, 60000); console.log(process.memoryUsage().rss)";
        const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "ignore"] });
        try {
            const before = (await measureUsage([process.pid])).get(process.pid);
            const [rss] = (await once(child.stdout, "data")) as [Buffer];
            const all = await measureUsage([process.pid, child.pid ?? 0]);
            expect(all.get(child.pid ?? 0)?.residentBytes).toBeGreaterThan(Number(rss) / 2);
            expect(all.get(process.pid)?.cpuSeconds).toBeGreaterThanOrEqual(before?.cpuSeconds ?? Infinity);
            const own = process.memoryUsage().rss;
            expect(all.get(process.pid)?.residentBytes).toBeGreaterThan(own * 0.9 + Number(rss) / 2);
        } finally {
            child.kill();
        }
    });

    test("is read from ps of Linux and of macOS", () => {
        const listed = parsePs("  12 1  2048 00:01:02\n 345 12 1024  0:03.25\n7 1 1 2-01:00:00\nnonsense\n");
        expect(listed).toMatchObject([
            { pid: 12, parent: 1, cpuSeconds: 62, residentBytes: 2_097_152, handles: undefined },
            { pid: 345, parent: 12, cpuSeconds: 3.25 },
            { pid: 7, cpuSeconds: 2 * 86_400 + 3_600 },
        ]);
    });
});

test("latencies of the last ten seconds count, older ones do not", () => {
    let now = 0;
    const latencies = new Latencies(() => now);
    for (let count = 0; count < 100; count++) latencies.record(1);
    expect(latencies.summary()?.p50).toBeCloseTo(1, 1);
    now = 5_000;
    for (let count = 0; count < 300; count++) latencies.record(50);
    expect(latencies.summary()?.p50).toBeCloseTo(50, 0);
    expect(latencies.summary()?.p99).toBeCloseTo(50, 0);
    now = 16_000;
    expect(latencies.summary()).toBeUndefined();
});

describe("the file for the logs", () => {
    test("is one for each process, and stays until the next run of the stack", () => {
        const folder = mkdtempSync(path.join(tmpdir(), "headroom-test-"));
        try {
            // No system numbers its processes that high.
            const gone = ["dev-999999999.log", "staging-999999999.log", "dev-1.log"];
            for (const name of gone) writeFileSync(path.join(folder, name), "");
            const file = createLogFile(folder, "dev");
            expect(file).toBe(path.join(folder, `dev-${process.pid}.log`));
            expect(readdirSync(folder).sort()).toEqual(
                [path.basename(file), "dev-1.log", "staging-999999999.log"].sort(),
            );
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});

test("a port that is taken is told before anything is started", async () => {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    await expect(demandPort(port)).rejects.toThrow(`port ${port} cannot be used: something else listens on it`);
    server.close();
    await once(server, "close");
    await expect(demandPort(port)).resolves.toBeUndefined();
});

describe("the status", () => {
    const snapshot: Snapshot = {
        stack: "dev",
        url: "http://127.0.0.1:1",
        requestsPerSecond: 123.4,
        errorPercent: 0,
        latencyMs: { p50: 1.23, p99: 456.7 },
        services: [
            {
                name: "web",
                running: 1,
                desired: 2,
                minimum: 2,
                maximum: 4,
                metrics: [{ name: "cpu", value: undefined, target: 60 }],
                tasks: [
                    {
                        id: "web-1",
                        zone: "eu-central-1a",
                        pid: 77,
                        state: "healthy",
                        cpuPercent: 12.34,
                        residentMib: 150,
                        open: 3,
                        requestsPerSecond: 9.99,
                    },
                ],
            },
        ],
        queue: undefined,
        primaryRuns: true,
        replicas: [
            { name: "replica-1", lagBytes: 2_097_152 },
            { name: "replica-2", lagBytes: undefined },
        ],
        cacheHitPercent: 97.25,
        cacheRuns: true,
    };

    test("says what is up, what is down and how far behind", () => {
        const text = renderScreen(snapshot, ["it began"], { columns: 120, rows: 40 }).join("\n");
        expect(text).toContain("traffic   123 requests/s, p50 1.2 ms, p99 457 ms, 0 % errors");
        expect(text).toContain("queue     down");
        expect(text).toContain("database  primary up, replica-1 2 MiB behind, replica-2 down");
        expect(text).toContain("cache     up, 97.3 % hits");
        expect(text).toContain("web       1 of 2 run (2 to 4)   scaling: cpu – of 60");
        expect(text).toMatch(/web-1 +healthy +cpu 12.3 % +150 MiB +10 requests\/s, 3 open +eu-central-1a +pid 77/);
        expect(text).toContain("it began");
        expect(renderLine(snapshot)).toBe(
            "web 1/2 · 123 requests/s, p50 1.2 ms, p99 457 ms, 0 % errors · queue down · " +
                "database primary up, replica-1 2 MiB behind, replica-2 down",
        );
    });

    test("says that there is no replica, as in the stack dev", () => {
        expect(renderLine({ ...snapshot, replicas: [] })).toContain("database primary up, no replica");
    });

    test("fits any terminal", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 2, max: 60 }), (columns, rows) => {
                const events = Array.from({ length: 50 }, (_, index) => `event ${index}`);
                const lines = renderScreen(snapshot, events, { columns, rows });
                expect(lines.length).toBeLessThan(rows);
                for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
            }),
        );
    });
});
