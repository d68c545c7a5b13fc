import { createHash } from "node:crypto";
import type { ValkeyClient } from "../../app/src/cache/cache";
import { buildApp, RunningApp } from "./running-app";
import { openProcessCache, settingsFor } from "./support/cache";
import { ShopClient } from "./support/shop-client";
import { type ShopServers, startShopServers } from "./support/shop-servers";

const build = buildApp();
const main = `${build.folder}/main.js`;
/** Ended in turn, the last one first, even where not everything could be started. */
const started: (() => unknown)[] = [build.remove];
afterAll(async () => {
    for (const end of started.reverse()) await end();
}, 60_000);

let servers: ShopServers;
let app: RunningApp;
let valkey: ValkeyClient;
beforeAll(async () => {
    servers = await startShopServers(main, { replicas: 0 });
    started.push(() => servers.stop());
    app = await start({});
    const { cache } = await openProcessCache(settingsFor(servers.valkey));
    started.push(() => cache.close());
    valkey = cache.client;
}, 120_000);

async function start(environment: Record<string, string>): Promise<RunningApp> {
    const one = await RunningApp.start(main, { environment: { ...servers.env, ...environment } });
    started.push(() => one.kill());
    await one.ready();
    return one;
}

/** What the browser is told to keep, of one cookie. */
function cookieOf(headers: { "set-cookie"?: string[] }, name: string): string | undefined {
    return headers["set-cookie"]?.find((cookie) => cookie.startsWith(`${name}=`));
}

describe("a session", () => {
    test("is taken out of the browser when it ends", async () => {
        const client = new ShopClient([app]);
        await client.signIn("ann@example.org");
        const { status, headers } = await client.send("DELETE", "/v1/session");
        expect(status).toBe(204);
        expect(cookieOf(headers, "session")).toMatch(/^session=;.*Expires=Thu, 01 Jan 1970/);
    });

    test("never gets an id that somebody has planted", async () => {
        const planted = "A".repeat(43);
        const answer = await app.post("/v1/session", '{"email":"ann@example.org"}', { cookie: `session=${planted}` });
        expect(answer.status).toBe(201);
        expect(cookieOf(answer.headers, "session")).not.toContain(planted);
        expect((await app.get("/v1/session", { cookie: `session=${planted}` })).status).toBe(401);
    });

    test.each([
        ["holds what this release cannot read", { customerId: 7 }, 401],
        ["holds scopes that this release does not know", { scopes: ["orders:refund", "catalogue:write"] }, 200],
        ["holds no scopes", { scopes: undefined }, 401],
    ])("that %s is no failure", async (_name, change, status) => {
        const id = `${"B".repeat(30)}${createHash("sha256").update(_name).digest("base64url").slice(0, 13)}`;
        const identity = { customerId: "0b0e7c9a-7f5e-4a53-9a0c-1f0e4a9d2c11", scopes: [], ...change };
        const key = `shop:session:${createHash("sha256").update(id).digest("base64url")}`;
        await valkey.set(key, JSON.stringify({ createdAt: Date.now(), identity }), "EX", 60);
        const answer = await app.get("/v1/session", { cookie: `session=${id}` });
        expect(answer.status).toBe(status);
        if (status === 200) expect(JSON.parse(answer.body)).toMatchObject({ scopes: ["catalogue:write"] });
    });

    test("that began with a bearer token ends with it, however often it is used", async () => {
        const { body: demo } = await new ShopClient([app]).signIn("ann@example.org");
        const authorization = `Bearer ${demo.token}`;
        const begun = await app.post("/v1/session", "null", { authorization });
        expect(begun.status).toBe(201);
        const id = /^session=([^;]+)/.exec(cookieOf(begun.headers, "session") ?? "")?.[1] ?? "";
        const ask = (): Promise<{ status: number }> => app.get("/v1/session", { cookie: `session=${id}` });
        expect((await ask()).status).toBe(200);

        const key = `shop:session:${createHash("sha256").update(id).digest("base64url")}`;
        const stored = JSON.parse((await valkey.get(key)) ?? "{}") as { identity: { expiresAt: number } };
        const claims = JSON.parse(Buffer.from(demo.token.split(".")[1] ?? "", "base64url").toString()) as object;
        expect(claims).toMatchObject({ exp: stored.identity.expiresAt });
        stored.identity.expiresAt = Math.floor(Date.now() / 1_000) - 60;
        await valkey.set(key, JSON.stringify(stored), "KEEPTTL");
        expect((await ask()).status).toBe(401);
    });

    test("is of no use to another site, which can send neither JSON nor the headers of an order", async () => {
        const client = new ShopClient([app]);
        await client.signIn("ann@example.org");
        for (const [method, url] of [
            ["POST", "/v1/orders"],
            ["POST", "/v1/session"],
            ["POST", "/v1/products"],
        ] as const) {
            for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
                const { status } = await client.send(
                    method,
                    url,
                    { email: "eve@example.org" },
                    { "content-type": type },
                );
                expect([400, 403, 415]).toContain(status);
            }
        }
    });
});

describe("a cart", () => {
    test("that another release wrote and this one cannot read is shown empty, and can be replaced", async () => {
        const client = new ShopClient([app]);
        const { customerId } = (await client.signIn("bob@example.org")).body;
        const stored = { version: 5, items: [{ productId: customerId, quantity: 1_000 }] };
        await valkey.set(`shop:cart:{${customerId}}`, JSON.stringify(stored), "EX", 60);
        const { body: seen } = await client.send<{ version: number }>("GET", "/v1/cart");
        expect(seen).toEqual({ version: 5, items: [] });
        expect((await client.send("PUT", "/v1/cart", { ...seen, items: [] })).status).toBe(200);
        expect((await client.send("GET", "/v1/cart")).body).toEqual({ version: 6, items: [] });
    });
});

describe("what a CDN may keep", () => {
    test("says how long, and nothing about the client that asked for it", async () => {
        const limited = await start({ RATE_LIMIT_PER_MINUTE: "1000" });
        const { status, headers } = await limited.get("/v1/products");
        expect(status).toBe(200);
        expect(headers["cache-control"]).toMatch(/^public, max-age=\d+, .*stale-if-error=\d+/);
        expect(headers).not.toHaveProperty("set-cookie");
        expect(Object.keys(headers).filter((name) => name.startsWith("x-ratelimit"))).toEqual([]);
    });

    test("is not sent again to a client that has it: a page, too", async () => {
        const { headers } = await app.get("/v1/products?limit=5");
        const again = await app.get("/v1/products?limit=5", { "if-none-match": headers.etag ?? "" });
        expect(again).toMatchObject({ status: 304, body: "" });
    });

    test("is no error", async () => {
        const { status, headers } = await app.get("/v1/products/0b0e7c9a-7f5e-4a53-9a0c-1f0e4a9d2c11");
        expect(status).toBe(404);
        expect(headers["cache-control"]).toBe("no-store");
    });
});

describe("an address that leads to no product", () => {
    test("has no recommendations looked up and kept", async () => {
        const client = new ShopClient([app]);
        await client.signIn("admin@example.org", ["catalogue:write"]);
        const product = { sku: "K-1", name: "Kept", priceCents: 100, currency: "EUR", stock: 1 };
        const { id } = (await client.send<{ id: string }>("POST", "/v1/products", product)).body;
        const unknown = "0b0e7c9a-7f5e-4a53-9a0c-1f0e4a9d2c12";
        expect((await app.get(`/v1/products/${id}`)).status).toBe(200);
        expect((await app.get(`/v1/products/${unknown}`)).status).toBe(404);
        const kept = await Promise.all([id, unknown].map((one) => valkey.exists(`shop:1:{bought-together:${one}}`)));
        expect(kept).toEqual([1, 0]);
    });
});

describe("a client over its limit", () => {
    test("is refused before its session is looked up", async () => {
        const limited = await start({ RATE_LIMIT_PER_MINUTE: "3", TRUSTED_PROXIES: "1" });
        const client = new ShopClient([limited]);
        const ask = () => client.send("GET", "/v1/session", undefined, { "x-forwarded-for": "203.0.113.9" });
        await client.send("POST", "/v1/session", { email: "c@example.org" }, { "x-forwarded-for": "203.0.113.9" });
        expect((await ask()).status).toBe(200);
        await ask();
        const refused = await ask();
        expect(refused.status).toBe(429);
        expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
        // A session that is looked up is prolonged, and its cookie with it.
        expect(refused.headers).not.toHaveProperty("set-cookie");
    });
});

describe("the demo sign-in", () => {
    test("is off unless it is switched on, and then the log says so", async () => {
        expect(app.log.find(({ message }) => message.startsWith("the demo sign-in is on"))).toMatchObject({
            level: "warn",
        });
        const other = await start({ DEMO_SIGN_IN: "off" });
        expect((await other.post("/v1/session", '{"email":"ann@example.org"}')).status).toBe(401);
        expect(other.output).not.toContain("demo sign-in");
        expect(other.output).not.toContain("nobody can sign in");
    });

    test("is missed where there is no secret either: the log says that nobody can sign in", async () => {
        const other = await start({ DEMO_SIGN_IN: "off", JWT_SECRETS: "" });
        const warning = other.log.find(({ message }) => message.startsWith("nobody can sign in: JWT_SECRETS"));
        expect(warning).toMatchObject({ level: "warn" });
    });
});

describe("a collector of traces", () => {
    test.each(["refuses", "never answers"])(
        "that %s keeps no request and no stop waiting, and the log says it once",
        async (way) => {
            const { createServer } = await import("node:net");
            const collector = createServer((socket) => {
                socket.on("error", () => undefined);
                if (way === "refuses") socket.destroy();
            });
            await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
            const { port } = collector.address() as { port: number };
            const traced = await start({
                OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
                TRACE_SAMPLE_PERCENT: "100",
                STOP_TIMEOUT_SECONDS: "15",
            });
            expect((await traced.get("/v1/products")).status).toBe(200);
            expect(await traced.stop()).toBe(0);
            collector.close();
            expect(traced.log.filter(({ message }) => message === "traces cannot be sent")).toHaveLength(1);
        },
    );
});

test("a client cannot have its requests recorded by saying that they are", async () => {
    const { createServer } = await import("node:http");
    let sent = 0;
    const collector = createServer((_request, response) => {
        sent++;
        response.end("{}");
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    const { port } = collector.address() as { port: number };
    const traced = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, TRACE_SAMPLE_PERCENT: "0" });
    await traced.get("/v1/info", { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" });
    expect(await traced.stop()).toBe(0);
    collector.closeAllConnections();
    collector.close();
    expect(sent).toBe(0);
});
