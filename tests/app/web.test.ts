import { connect, type TLSSocket } from "node:tls";
import { once } from "node:events";
import { buildApp, RunningApp } from "./running-app";

const build = buildApp();
const main = `${build.folder}/main.js`;
afterAll(build.remove);

describe.each([
    ["over TLS", {}],
    ["over plain HTTP", { TLS: "off" }],
])("the web role %s", (_way, environment) => {
    let app: RunningApp;
    beforeAll(async () => {
        app = await RunningApp.start(main, {
            environment: { ...environment, ZONE: "eu-central-1a", APP_VERSION: "7.8.9" },
        });
    });
    afterAll(() => app.kill());

    test("is live once it listens, and not ready while what it depends on does not answer", async () => {
        expect(await app.get("/health/live")).toMatchObject({ status: 200, body: '{"status":"live"}' });
        expect(await app.get("/health/ready")).toMatchObject({
            status: 503,
            body: '{"status":"unavailable","unavailable":["database","cache"]}',
        });
    });

    test.each(["/", "/v1/info"])("tells at %s who answered", async (path) => {
        const { status, body } = await app.get(path);
        expect(status).toBe(200);
        expect(JSON.parse(body)).toEqual({ name: "headroom", version: "7.8.9", role: "web", zone: "eu-central-1a" });
    });

    test.each(["/v1/info", "/no-such-page"])("sends the security headers with %s", async (path) => {
        const { headers } = await app.get(path);
        expect(headers).toMatchObject({
            "strict-transport-security": "max-age=31536000; includeSubDomains",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
        });
        expect(headers["content-security-policy"]).toContain("default-src 'none'");
        expect(headers).not.toHaveProperty("x-powered-by");
    });

    test("keeps an idle connection longer than the load balancer's 60 s", async () => {
        const { headers } = await app.get("/v1/info", { connection: "keep-alive" });
        expect(headers["keep-alive"]).toBe("timeout=70");
    });

    test("answers an unknown address with problem details", async () => {
        const { status, headers, body } = await app.get("/no-such-page", { "x-request-id": "abc-1" });
        expect(status).toBe(404);
        expect(headers["content-type"]).toContain("application/problem+json");
        expect(JSON.parse(body)).toEqual({ title: "Not Found", status: 404, requestId: "abc-1" });
    });
});

describe("TLS to the container", () => {
    let app: RunningApp;
    beforeAll(async () => {
        app = await RunningApp.start(main);
    });
    afterAll(() => app.kill());

    async function handshake(version: "TLSv1.1" | "TLSv1.2" | "TLSv1.3"): Promise<TLSSocket> {
        const socket = connect({
            port: app.port,
            host: "127.0.0.1",
            minVersion: version,
            maxVersion: version,
            rejectUnauthorized: false,
            // The client must be willing to speak the old version, or the refusal would be its own.
            ...(version === "TLSv1.1" && { ciphers: "DEFAULT@SECLEVEL=0" }),
        });
        await once(socket, "secureConnect");
        return socket;
    }

    test.each(["TLSv1.2", "TLSv1.3"] as const)("accepts %s", async (version) => {
        const socket = await handshake(version);
        expect(socket.getProtocol()).toBe(version);
        socket.destroy();
    });

    test("refuses TLS 1.1, and it is the server that refuses", async () => {
        await expect(handshake("TLSv1.1")).rejects.toMatchObject({ code: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" });
    });

    test("shows a certificate of its own, valid now, that names the host it runs on", async () => {
        const socket = await handshake("TLSv1.3");
        const certificate = socket.getPeerX509Certificate();
        socket.destroy();
        expect(certificate?.verify(certificate.publicKey)).toBe(true);
        expect(certificate?.checkIP("127.0.0.1")).toBe("127.0.0.1");
        expect(certificate?.checkHost("localhost")).toBe("localhost");
        expect(certificate?.ca).toBe(false);
        expect(Date.parse(certificate?.validFrom ?? "")).toBeLessThan(Date.now());
        expect(Date.parse(certificate?.validTo ?? "")).toBeGreaterThan(Date.now());
    });

    test("makes another certificate in every process", async () => {
        const other = await RunningApp.start(main);
        const [mine, theirs] = await Promise.all(
            [app, other].map(async ({ port }) => {
                const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
                await once(socket, "secureConnect");
                const { fingerprint256 } = socket.getPeerCertificate();
                socket.destroy();
                return fingerprint256;
            }),
        );
        await other.kill();
        expect(mine).not.toBe(theirs);
    });

    test("does not answer plain HTTP on the TLS port", async () => {
        const plain = Object.assign(Object.create(app) as RunningApp, { tls: false });
        await expect(plain.get("/health/live")).rejects.toThrow();
    });
});

describe("limits", () => {
    let app: RunningApp;
    beforeAll(async () => {
        app = await RunningApp.start(main, { environment: { TLS: "off", BODY_LIMIT_BYTES: "1024" } });
    });
    afterAll(() => app.kill());

    const bodyOf = (bytes: number): string => JSON.stringify("x".repeat(bytes - 2));

    test("refuses a body one byte above the limit", async () => {
        expect((await app.post("/v1/anything", bodyOf(1_025))).status).toBe(413);
    });

    test("reads a body that just fits", async () => {
        expect((await app.post("/v1/anything", bodyOf(1_024))).status).toBe(404);
    });

    test("refuses a body above the limit whose length was not announced", async () => {
        const { request, answer } = app.open("/v1/anything", {
            method: "POST",
            headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
        });
        request.end(bodyOf(4_096));
        expect((await answer).status).toBe(413);
    });

    test("refuses headers that are too large", async () => {
        expect((await app.get("/v1/info", { "x-large": "x".repeat(20_000) })).status).toBe(431);
    });

    test("answers a body that is not JSON with 400, not with 500", async () => {
        expect((await app.post("/v1/anything", "{")).status).toBe(400);
    });
});

describe("load shedding", () => {
    let app: RunningApp;
    beforeAll(async () => {
        // Every process uses more than one MiB of heap: it is under pressure from the first sample on.
        app = await RunningApp.start(main, { environment: { TLS: "off", MAX_HEAP_USED_MIB: "1" } });
        while ((await app.get("/v1/info")).status === 200) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    afterAll(() => app.kill());

    test("answers 503 and says when to come back", async () => {
        const { status, headers, body } = await app.get("/v1/info");
        expect({ status, retryAfter: headers["retry-after"] }).toEqual({ status: 503, retryAfter: "10" });
        expect(JSON.parse(body)).toMatchObject({ title: "Service Unavailable", status: 503 });
    });

    test("sends the security headers and a request id then too", async () => {
        const { headers } = await app.get("/v1/info");
        expect(headers).toMatchObject({
            "x-content-type-options": "nosniff",
            "x-request-id": expect.any(String) as string,
        });
    });

    test("goes on answering health checks: a busy process is not to be replaced", async () => {
        expect((await app.get("/health/live")).status).toBe(200);
        // Not ready for another reason: nothing that the shop stands on is there.
        expect((await app.get("/health/ready")).body).toContain('"unavailable"');
    });
});
