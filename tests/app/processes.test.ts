import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { buildApp, type LogLine, RunningApp } from "./running-app";
import { eventually } from "./support/eventually";
import { isAlive } from "./support/is-alive";
import { scrape } from "./support/scrape";

const build = buildApp();
const main = `${build.folder}/main.js`;
afterAll(build.remove);

const PROCESSES = 3;
const ENVIRONMENT = { WEB_CONCURRENCY: String(PROCESSES), TLS: "off", LOG_SAMPLE_PERCENT: "100" };

const running: RunningApp[] = [];
async function start(environment: Record<string, string> = {}): Promise<RunningApp> {
    const app = await RunningApp.start(main, { environment: { ...ENVIRONMENT, ...environment }, arguments: ["web"] });
    running.push(app);
    return app;
}
afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.kill()));
});

/** The processes that the first one has started, and that are still there. */
function children({ process: { pid } }: RunningApp): number[] {
    const listed = execFileSync("ps", ["-axo", "pid=,ppid=,stat="], { encoding: "utf8" });
    return listed.split("\n").flatMap((line) => {
        const [child, parent, state] = line.trim().split(/\s+/);
        return Number(parent) === pid && !state?.startsWith("Z") ? [Number(child)] : [];
    });
}

/** The numbers of the processes that have answered so many requests, each on a connection of its own. */
async function answering(app: RunningApp, requests = 4 * PROCESSES): Promise<Set<unknown>> {
    const before = app.log.length;
    const answers = await Promise.all(Array.from({ length: requests }, () => app.get("/v1/info")));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const lines = (): LogLine[] => app.log.slice(before).filter(({ message }) => message === "request");
    await eventually("every request is in the log", () => lines().length >= requests);
    return new Set(lines().map((line) => line.process));
}

describe("the processes of a task", () => {
    let app: RunningApp;
    beforeAll(async () => {
        app = await RunningApp.start(main, {
            environment: { ...ENVIRONMENT, DATABASE_POOL_SIZE: "6" },
            arguments: ["web"],
        });
    });
    afterAll(() => app.kill());

    test("share its port, and each of them answers", async () => {
        expect(app.log.filter(({ message }) => message === "listening")).toMatchObject([{ processes: PROCESSES }]);
        expect(children(app)).toHaveLength(PROCESSES);
        expect(await answering(app)).toEqual(new Set([1, 2, 3]));
    });

    test("have their metrics at one port, each with its number", async () => {
        const requestsBy = async (): Promise<Map<string, number>> => {
            const samples = (await scrape(app)).matchAll(/^http_server_request_duration_count\{(.*)\} (\d+)/gm);
            const ofRoute = [...samples].filter(([, labels]) => labels?.includes('http_route="/v1/info"'));
            return new Map(
                ofRoute.map(([, labels, count]) => [/process="(\d)"/.exec(labels ?? "")?.[1] ?? "", Number(count)]),
            );
        };
        const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);
        await eventually("each has told where its metrics are", async () => (await requestsBy()).size === PROCESSES);
        const before = sum(await requestsBy());
        await answering(app, 12);
        expect(sum(await requestsBy())).toBe(before + 12);
        const lines = (await scrape(app)).split("\n");
        expect(lines.filter((line) => line.startsWith("# TYPE http_server_request_duration"))).toHaveLength(1);
    });

    test("share the memory that V8 would take for one, and the connections to the database", async () => {
        const limit = execFileSync(process.execPath, ["-p", "v8.getHeapStatistics().heap_size_limit"]);
        const commands = execFileSync("ps", ["-o", "args=", "-p", children(app).join()], { encoding: "utf8" });
        const heap = Math.floor(Number(limit) / PROCESSES / 1_048_576);
        expect(commands.match(new RegExp(`--max-old-space-size=${heap} `, "g"))).toHaveLength(PROCESSES);
        // Two each, one of which watches the server and is none of the pool.
        expect(await scrape(app)).toMatch(/^db_client_connection_max\{process="3",[^}]*\} 1$/m);
    });

    test("are replaced where one is killed or stands still, and requests are answered in the end by all", async () => {
        const [killed, stopped] = children(app);
        process.kill(stopped ?? 0, "SIGSTOP");
        process.kill(killed ?? 0, "SIGKILL");
        const started = (): number => app.log.filter(({ message }) => message === "a process listens").length;
        await app.logged("a process has ended, and another one takes its place");
        await eventually("the one that was killed is replaced", () => started() === PROCESSES + 1);
        await app.logged("a process does not answer and is killed");
        await eventually("and the one that stands still", () => started() === PROCESSES + 2);
        expect(isAlive(stopped ?? 0)).toBe(false);
        expect(children(app)).toHaveLength(PROCESSES);
        // Under the same numbers.
        expect(await answering(app)).toEqual(new Set([1, 2, 3]));
        // The task said once that it listens.
        expect(app.log.filter(({ message }) => message === "listening")).toHaveLength(1);
    }, 60_000);

    test("are given up where they end again and again: the orchestrator is told", async () => {
        const ended = app.exited;
        while (app.process.exitCode === null) {
            for (const pid of children(app)) process.kill(pid, "SIGKILL");
            await Promise.race([ended, wait(200)]);
        }
        expect(await ended).toBe(1);
        expect(app.log.filter(({ message }) => message === "processes end again and again")).toHaveLength(1);
    });
});

test("nobody is late after the whole container stood still", async () => {
    const app = await start();
    const all = [app.process.pid ?? 0, ...children(app)];
    for (const pid of all) process.kill(pid, "SIGSTOP");
    await wait(17_000);
    for (const pid of all) process.kill(pid, "SIGCONT");
    expect(await answering(app)).toEqual(new Set([1, 2, 3]));
    await wait(2_000);
    expect(children(app)).toEqual(all.slice(1));
}, 60_000);

test("a stop lets each of them finish the request that it has", async () => {
    const app = await start();
    const opened = await Promise.all(Array.from({ length: 2 * PROCESSES }, () => app.openRunning()));
    app.process.kill("SIGTERM");
    const closing = (): number => app.log.filter(({ message }) => message === "closing").length;
    await eventually("each is closing", () => closing() === PROCESSES);
    for (const { request } of opened) request.end("1}");
    expect(await Promise.all(opened.map(async ({ answer }) => (await answer).status))).toEqual(opened.map(() => 404));
    expect(await app.exited).toBe(0);
});

test("a stop that one of them cannot bring to its end is told by the exit code", async () => {
    const app = await start({ STOP_TIMEOUT_SECONDS: "0.5" });
    const { answer } = await app.openRunning();
    const cutOff = expect(answer).rejects.toThrow();
    expect(await app.stop()).toBe(1);
    await cutOff;
});

test("none is left where the first one is killed", async () => {
    const app = await start();
    const pids = children(app);
    expect(pids).toHaveLength(PROCESSES);
    await app.kill();
    await eventually("all have ended", () => !pids.some(isAlive));
});

test("a task that cannot listen ends, with all of its processes", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    try {
        const app = RunningApp.spawn(main, {
            environment: { ...ENVIRONMENT, PORT: String((taken.address() as AddressInfo).port) },
            arguments: ["web"],
        });
        running.push(app);
        await app.logged("a process has ended before it listened");
        expect(await app.exited).toBe(1);
        expect(app.log.filter(({ message }) => message === "listening")).toEqual([]);
    } finally {
        taken.close();
    }
});
