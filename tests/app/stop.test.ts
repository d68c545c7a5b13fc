import { buildApp, RunningApp } from "./running-app";

const build = buildApp();
const main = `${build.folder}/main.js`;
afterAll(build.remove);

const running: RunningApp[] = [];
async function start(environment: Record<string, string>, role = "web"): Promise<RunningApp> {
    const app = await RunningApp.start(main, { environment, arguments: [role] });
    running.push(app);
    return app;
}
// A test that fails half-way leaves no process behind.
afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.kill()));
});

const STAGES = ["listening", "stopping", "draining", "closing", "stopped"];

function stages(app: RunningApp): string[] {
    return app.log.map((line) => line.message).filter((message) => STAGES.includes(message));
}

describe.each(["on", "off"])("a graceful stop with TLS %s", (TLS) => {
    test("says it is not ready first, and serves on while the load balancer notices", async () => {
        const app = await start({ TLS, DRAIN_DELAY_SECONDS: "1.5" });
        app.process.kill("SIGTERM");
        await app.logged("draining");

        expect(await app.get("/health/ready")).toMatchObject({ status: 503, body: '{"status":"draining"}' });
        expect(await app.get("/health/accepting")).toMatchObject({ status: 503, body: '{"status":"draining"}' });
        const served = await app.get("/v1/info", { connection: "keep-alive" });
        expect(served.status).toBe(200);
        // The balancer's open connections must not carry new requests.
        expect(served.headers.connection).toBe("close");
        expect((await app.get("/health/live")).status).toBe(200);

        expect(await app.exited).toBe(0);
        expect(stages(app)).toEqual(STAGES);
    });

    test("finishes the request that runs when the drain delay is over", async () => {
        const app = await start({ TLS });
        const { request, answer } = await app.openRunning();
        app.process.kill("SIGTERM");
        await app.logged("closing");
        expect(app.process.exitCode).toBeNull();

        request.end("1}");
        expect((await answer).status).toBe(404);
        expect(await app.exited).toBe(0);
    });

    test("cuts off a request that never ends when the stop time-out is over, and says so", async () => {
        const app = await start({ TLS, STOP_TIMEOUT_SECONDS: "0.5" });
        const { answer } = await app.openRunning();
        const cutOff = expect(answer).rejects.toThrow();
        expect(await app.stop()).toBe(1);
        await cutOff;
        expect(app.log.at(-1)).toMatchObject({ level: "error", stopTimeoutMs: 500 });
    });

    test("refuses new connections once it closes", async () => {
        const app = await start({ TLS });
        const { request, answer } = await app.openRunning();
        app.process.kill("SIGTERM");
        await app.logged("closing");
        // A connection that arrives in the very moment of the closing is answered 503 or reset; then there is no listener.
        let code: unknown;
        do {
            code = await app.get("/health/live").then(
                () => undefined,
                (error: unknown) => (error as NodeJS.ErrnoException).code,
            );
        } while (code !== "ECONNREFUSED");
        expect(app.process.exitCode).toBeNull();
        request.end("1}");
        await answer;
    });
});

describe("a stop", () => {
    test("does not wait for connections that are open and idle", async () => {
        const app = await start({ TLS: "off", STOP_TIMEOUT_SECONDS: "20" });
        const { Agent } = await import("node:http");
        const agent = new Agent({ keepAlive: true });
        const { request, answer } = app.open("/v1/info", { agent });
        request.end();
        await answer;
        expect(await app.stop()).toBe(0);
        agent.destroy();
    });

    test("works the same for the worker", async () => {
        const app = await start({ DRAIN_DELAY_SECONDS: "1" }, "worker");
        app.process.kill("SIGTERM");
        await app.logged("draining");
        expect((await app.get("/health/ready")).status).toBe(503);
        expect(await app.exited).toBe(0);
    });

    test("is not started again by a second signal", async () => {
        const app = await start({ DRAIN_DELAY_SECONDS: "0.5" });
        app.process.kill("SIGTERM");
        await app.logged("draining");
        app.process.kill("SIGINT");
        expect(await app.exited).toBe(0);
        expect(stages(app).filter((stage) => stage === "stopping")).toHaveLength(1);
    });

    test("is obeyed from the moment the process says that it listens", async () => {
        const app = await start({});
        expect(app.log.at(-1)?.message).toBe("listening");
        expect(await app.stop()).toBe(0);
    });

    test("is done on SIGINT too, as a terminal sends it", async () => {
        const app = await start({});
        expect(await app.stop("SIGINT")).toBe(0);
    });
});
