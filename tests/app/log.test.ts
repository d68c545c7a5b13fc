import { createLogger } from "../../app/src/logger";
import { buildApp, RunningApp } from "./running-app";

const build = buildApp();
const main = `${build.folder}/main.js`;
afterAll(build.remove);

describe("the log of a process", () => {
    let app: RunningApp;
    beforeAll(async () => {
        app = await RunningApp.start(main, { environment: { LOG_LEVEL: "trace", ZONE: "a" } });
    });
    afterAll(() => app.kill());

    test("has one line for each request, with the identifier that the client got", async () => {
        const { headers } = await app.get("/v1/info");
        const id = headers["x-request-id"];
        const line = await app.logged(({ requestId }) => requestId === id);
        expect(line).toMatchObject({
            level: "info",
            message: "request",
            service: "headroom",
            role: "web",
            zone: "a",
            method: "GET",
            route: "/v1/info",
            statusCode: 200,
            durationMs: expect.any(Number) as number,
        });
        expect(app.log.filter(({ requestId }) => requestId === id)).toHaveLength(1);
    });

    test("takes over a harmless identifier from the client and the balancer's trace id", async () => {
        const trace = "Root=1-67891233-abcdef012345678912345678";
        const { headers } = await app.get("/v1/info", { "x-request-id": "order-42", "x-amzn-trace-id": trace });
        expect(headers["x-request-id"]).toBe("order-42");
        expect(await app.logged(({ requestId }) => requestId === "order-42")).toMatchObject({ traceId: trace });
    });

    test.each(["a b", "x".repeat(129), '{"level":"fatal"}', "<script>"])(
        "replaces the identifier %j",
        async (given) => {
            const { headers } = await app.get("/v1/info", { "x-request-id": given });
            expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
        },
    );

    test("holds no secret and no personal data of a request, at any level and whatever the answer is", async () => {
        const headers = {
            authorization: "Bearer s3cret-header",
            cookie: "session=s3cret-cookie",
            "x-forwarded-for": "203.0.113.77",
        };
        await app.get("/v1/info?token=s3cret-query", headers);
        await app.get("/reset/s3cret-path?email=ann@example.org", headers);
        await app.post("/v1/s3cret-path", '{"password":"s3cret-body"', headers);
        const { headers: last } = await app.get("/v1/info");
        await app.logged(({ requestId }) => requestId === last["x-request-id"]);
        expect(app.output).not.toMatch(/s3cret|203\.0\.113\.77|ann@example|127\.0\.0\.1:\d{4}/);
    });

    test("says why a request was refused for now", async () => {
        const { status, headers } = await app.get("/v1/products");
        expect(status).toBe(503);
        const line = await app.logged(({ requestId }) => requestId === headers["x-request-id"]);
        expect(line).toMatchObject({ statusCode: 503, reason: expect.stringMatching(/^database-/) as string });
    });

    test("keeps health checks for debugging", async () => {
        const { headers } = await app.get("/health/ready");
        expect(await app.logged(({ requestId }) => requestId === headers["x-request-id"])).toMatchObject({
            level: "debug",
        });
    });

    test("is nothing but JSON lines", () => {
        const lines = app.output.trim().split("\n");
        expect(lines.length).toBeGreaterThan(0);
        for (const line of lines) expect(JSON.parse(line)).toHaveProperty("level");
    });
});

describe("a log that is thinned out", () => {
    test("leaves out what went well, and nothing else", async () => {
        const app = await RunningApp.start(main, { environment: { LOG_SAMPLE_PERCENT: "0" } });
        await app.get("/v1/info", { "x-request-id": "went-well" });
        await app.get("/no-such-page", { "x-request-id": "went-wrong" });
        await app.logged(({ requestId }) => requestId === "went-wrong");
        await app.kill();
        expect(app.log.some(({ requestId }) => requestId === "went-well")).toBe(false);
    });
});

describe("the logger", () => {
    /** What is written for an object. */
    function written(object: object): string {
        let output = "";
        createLogger({ logLevel: "info", role: "web", version: "1" }, { write: (text) => (output += text) }).info(
            object,
            "message",
        );
        return output;
    }

    test.each([
        [{ password: "s3cret" }],
        [{ user: { password: "s3cret", email: "s3cret" } }],
        [{ req: { headers: { authorization: "s3cret", cookie: "s3cret", "x-api-key": "s3cret" } } }],
        [{ upstream: { headers: { authorization: "s3cret", Authorization: "s3cret", "x-api-key": "s3cret" } } }],
        [{ response: { headers: { "set-cookie": ["s3cret"] } } }],
        [{ "set-cookie": "s3cret", token: "s3cret" }],
        [{ a: { b: { c: { secret: "s3cret", accessToken: "s3cret" } } } }],
    ])("redacts %j", (object) => {
        expect(written(object)).not.toContain("s3cret");
    });

    test("does not tell the row that an error of the database is about", () => {
        const row = "Failing row contains (1, ann@example.org)";
        const violation = Object.assign(new Error("violates check constraint"), { code: "23514", detail: row });
        for (const err of [violation, new Error("outer", { cause: violation }), new AggregateError([violation])]) {
            const text = written({ err });
            expect(text).not.toContain("ann@example.org");
            expect(text).toContain("violates check constraint");
        }
        expect(JSON.parse(written({ err: violation }))).toMatchObject({ err: { code: "23514", type: "Error" } });
    });

    test("leaves everything else readable", () => {
        expect(JSON.parse(written({ order: { id: 42 } }))).toMatchObject({ order: { id: 42 }, message: "message" });
    });
});
