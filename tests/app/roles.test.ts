import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buildApp, RunningApp } from "./running-app";

const build = buildApp();
const main = `${build.folder}/main.js`;
afterAll(build.remove);

describe("the worker role", () => {
    let app: RunningApp;
    beforeAll(async () => {
        app = await RunningApp.start(main, { arguments: ["worker"] });
    });
    afterAll(() => app.kill());

    test("answers health checks and nothing else, and takes no messages while there is no database to work on", async () => {
        expect((await app.get("/health/live")).status).toBe(200);
        expect(await app.get("/health/ready")).toMatchObject({
            status: 503,
            body: '{"status":"unavailable","unavailable":["database"]}',
        });
        expect((await app.get("/health/started")).status).toBe(503);
        expect(await app.get("/health/accepting")).toMatchObject({ status: 503, body: '{"status":"starting"}' });
        expect((await app.get("/v1/info")).status).toBe(404);
        expect((await app.get("/v1/products")).status).toBe(404);
    });
});

describe("a role that does one thing", () => {
    test.each(["migrate", "warm"])("%s ends with exit code 1 and says why, where it cannot do it", async (role) => {
        const app = RunningApp.spawn(main, { arguments: [role] });
        expect(await app.exited).toBe(1);
        expect(app.log.at(-1)).toMatchObject({ level: "fatal", role });
        expect(app.output).not.toContain("s3cret");
    });
});

describe("the zone", () => {
    /** Stands in for the task metadata endpoint of Amazon ECS. */
    async function withMetadata(answer: string, test: (url: string) => Promise<void>): Promise<void> {
        const endpoint = createServer((request, response) =>
            response.end(request.url === "/v4/abc/task" ? answer : "{}"),
        );
        await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
        try {
            await test(`http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/v4/abc`);
        } finally {
            endpoint.closeAllConnections();
            endpoint.close();
        }
    }

    async function zoneOf(environment: Record<string, string>): Promise<unknown> {
        const app = await RunningApp.start(main, { environment });
        const { body } = await app.get("/v1/info");
        await app.kill();
        return (JSON.parse(body) as { zone: unknown }).zone;
    }

    test("is asked of Amazon ECS", async () => {
        await withMetadata('{"AvailabilityZone":"eu-west-1b","Family":"web"}', async (url) => {
            expect(await zoneOf({ ECS_CONTAINER_METADATA_URI_V4: url })).toBe("eu-west-1b");
        });
    });

    test("is the configured one where there is one", async () => {
        await withMetadata('{"AvailabilityZone":"eu-west-1b"}', async (url) => {
            expect(await zoneOf({ ECS_CONTAINER_METADATA_URI_V4: url, ZONE: "rack-1" })).toBe("rack-1");
        });
    });

    test.each(["not JSON", "{}"])(
        "is unknown where the endpoint answers %j, and the process starts all the same",
        async (answer) => {
            await withMetadata(answer, async (url) => {
                expect(await zoneOf({ ECS_CONTAINER_METADATA_URI_V4: url })).toBe("unknown");
            });
        },
    );
});

describe("the container's health check", () => {
    function check(environment: Record<string, string>): { code: number | null; output: string } {
        const { status, stdout } = spawnSync(process.execPath, [`${build.folder}/health-check.js`], {
            env: { PATH: process.env.PATH, ...environment },
            encoding: "utf8",
        });
        return { code: status, output: stdout.trim() };
    }

    test.each(["on", "off"])("passes while the process answers, with TLS %s", async (TLS) => {
        const app = await RunningApp.start(main, { environment: { TLS } });
        expect(check({ TLS, PORT: String(app.port) })).toEqual({ code: 0, output: "status 200" });
        await app.kill();
    });

    test("passes while the process drains: that is no reason to kill it", async () => {
        const app = await RunningApp.start(main, { environment: { DRAIN_DELAY_SECONDS: "10" } });
        app.process.kill("SIGTERM");
        await app.logged("draining");
        expect(check({ PORT: String(app.port) }).code).toBe(0);
        await app.kill();
    });

    test("fails where nobody answers, and says why", async () => {
        const app = await RunningApp.start(main);
        const port = String(app.port);
        await app.kill();
        expect(check({ PORT: port })).toMatchObject({
            code: 1,
            output: expect.stringContaining("ECONNREFUSED") as string,
        });
    });
});
