import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buildApp, RunningApp } from "./running-app";
import { eventualAnswer } from "./support/eventual-answer";
import { type JsonAnswer, ShopClient } from "./support/shop-client";
import { type ShopServers, startShopServers } from "./support/shop-servers";

const build = buildApp();
const main = `${build.folder}/main.js`;
afterAll(build.remove);

/** What a test has started. */
const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
    for (const end of running.splice(0).reverse()) await end();
}, 60_000);

/** The shop of the tests that leave every server as they found it. */
const shared: (() => Promise<unknown>)[] = [];
let whole: Shop;
beforeAll(async () => {
    whole = await openShop(shared);
}, 120_000);
afterAll(async () => {
    for (const end of shared.splice(0).reverse()) await end();
}, 60_000);

interface Shop {
    readonly servers: ShopServers;
    readonly app: RunningApp;
    readonly client: ShopClient;
    readonly productId: string;
    /** Who has signed in. */
    readonly email: string;
}

/** A shop with a product, and somebody who is signed in. */
async function openShop(ends = running): Promise<Shop> {
    const servers = await startShopServers(main);
    ends.push(() => servers.stop());
    const app = await RunningApp.start(main, { environment: servers.env });
    ends.push(() => app.kill());
    await eventualAnswer(
        () => app.get("/health/ready"),
        ({ status }) => status === 200,
    );
    return enter(servers, app);
}

let products = 0;

/** Somebody who is signed in, and a product that nobody has looked at. */
async function enter(servers: ShopServers, app: RunningApp): Promise<Shop> {
    const client = new ShopClient([app]);
    const email = `ann-${++products}@example.org`;
    await client.signIn(email, ["catalogue:write"]);
    const { body } = await client.send<{ id: string }>("POST", "/v1/products", {
        sku: `A-${products}`,
        name: "Lamp",
        priceCents: 1_000,
        currency: "EUR",
        stock: 10,
    });
    return { servers, app, client, productId: body.id, email };
}

function order({ client, productId }: Shop, key: string): Promise<JsonAnswer> {
    const items = [{ productId, quantity: 1 }];
    return client.send("POST", "/v1/orders", { items }, { "idempotency-key": key });
}

describe("without the cache", () => {
    test("the catalogue is shown, what needs a session is refused for now, and all is well again when it is back", async () => {
        const shop = await enter(whole.servers, whole.app);
        const { app, client, email, servers, productId } = shop;
        servers.valkey.kill();
        running.push(() => servers.valkey.start());
        await eventualAnswer(
            () => app.get(`/v1/products/${productId}`),
            ({ status }) => status === 200,
        );
        const refused = await client.send("GET", "/v1/cart");
        expect(refused.status).toBe(503);
        expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
        await eventualAnswer(
            () => app.get("/health/ready"),
            ({ body }) => body.includes('["cache"]'),
        );
        expect((await app.get("/health/live")).status).toBe(200);
        // The balancer goes on sending requests, and nobody restarts the process for it.
        expect(await app.get("/health/accepting")).toMatchObject({ status: 200, body: '{"status":"accepting"}' });

        await servers.valkey.start();
        await eventualAnswer(
            () => app.get("/health/ready"),
            ({ status }) => status === 200,
        );
        expect((await client.signIn(email)).status).toBe(201);
        expect((await order(shop, "after-the-cache")).status).toBe(201);
    }, 90_000);
});

describe("without the database", () => {
    test("a product that was looked at before is shown, orders are refused for now, and nothing is a 500", async () => {
        const shop = await openShop();
        const { app, client, productId, servers } = shop;
        expect((await client.send("GET", `/v1/products/${productId}`)).status).toBe(200);
        servers.postgres.kill();
        await eventualAnswer(
            () => app.get("/health/ready"),
            ({ body }) => body.includes('["database"]'),
        );
        expect((await client.send("GET", `/v1/products/${productId}`)).status).toBe(200);
        const refused = await order(shop, "without-database");
        expect(refused.status).toBe(503);
        expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
        expect((await client.send("GET", "/v1/products/00000000-0000-4000-8000-000000000000")).status).toBe(503);
        expect((await client.send("PUT", "/v1/cart", { version: 0, items: [] })).status).toBe(200);
    }, 90_000);
});

describe("without what can be made up for", () => {
    test("the process stays ready: the queue is gone and orders are taken, the replica is gone and the writer is read", async () => {
        const shop = await openShop();
        const { app, client, servers } = shop;
        servers.queue.kill();
        servers.postgres.replicas[0]?.kill();
        expect((await order(shop, "without-queue")).status).toBe(201);
        const listed = await eventualAnswer(
            () => client.send<{ items: unknown[] }>("GET", "/v1/orders"),
            ({ status }) => status === 200,
        );
        expect(listed.body.items).toHaveLength(1);
        expect((await app.get("/health/ready")).status).toBe(200);
    }, 90_000);
});

describe("with a replica that lags", () => {
    test("a customer sees what they have just done", async () => {
        const shop = await enter(whole.servers, whole.app);
        const replica = shop.servers.postgres.replicas[0];
        await replica?.pauseReplay();
        running.push(() => replica?.resumeReplay() ?? Promise.resolve());
        const placed = await order(shop, "behind-the-replica");
        expect(placed.status).toBe(201);
        const seen = await shop.client.send("GET", `/v1/orders/${String(placed.body.id)}`);
        expect(seen).toMatchObject({ status: 200, body: { id: placed.body.id } });
    }, 90_000);
});

describe("with features switched off", () => {
    test("products are shown without recommendations, and orders are refused for now; one that was accepted is answered", async () => {
        const shop = await enter(whole.servers, whole.app);
        const { client, email, productId, servers } = shop;
        const accepted = await order(shop, "before-the-switch");
        const shown = await client.send("GET", `/v1/products/${productId}`);
        expect(shown.body.boughtTogether).toEqual([]);

        const flags = { recommendations: { enabled: false }, checkout: { enabled: false } };
        const agent = createServer((_request, response) => response.end(JSON.stringify(flags)));
        await new Promise<void>((resolve) => agent.listen(0, "127.0.0.1", resolve));
        running.push(() => new Promise((resolve) => agent.close(resolve)));
        const APPCONFIG_URL = `http://127.0.0.1:${(agent.address() as AddressInfo).port}/flags`;
        const app = await RunningApp.start(main, { environment: { ...servers.env, APPCONFIG_URL } });
        running.push(() => app.kill());
        const other = new ShopClient([app]);
        await other.signIn(email);

        const without = await other.send("GET", `/v1/products/${productId}`);
        expect(without).toMatchObject({ status: 200, body: { id: productId, boughtTogether: null } });
        const refused = await order({ ...shop, client: other }, "after-the-switch");
        expect(refused.status).toBe(503);
        expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
        const again = await order({ ...shop, client: other }, "before-the-switch");
        expect(again).toMatchObject({ status: 201, body: { id: accepted.body.id } });
    }, 90_000);
});

describe("a cached answer", () => {
    test("is not sent again to a client that has it", async () => {
        const { client, productId } = await enter(whole.servers, whole.app);
        const { headers } = await client.send("GET", `/v1/products/${productId}`);
        const known = { "if-none-match": headers.etag ?? "" };
        expect((await client.send("GET", `/v1/products/${productId}`, undefined, known)).status).toBe(304);
        expect((await client.send("PATCH", `/v1/products/${productId}`, { version: 1, name: "Other" })).status).toBe(
            200,
        );
        const changed = await eventualAnswer(
            () => client.send("GET", `/v1/products/${productId}`, undefined, known),
            ({ status }) => status === 200,
        );
        expect(changed.body).toMatchObject({ name: "Other", version: 2 });
    }, 90_000);
});

describe("a client that asks too often", () => {
    test("is told when to come back, by whichever process it asks; others are served", async () => {
        const { app, servers } = await enter(whole.servers, whole.app);
        const environment = { ...servers.env, RATE_LIMIT_PER_MINUTE: "20", TRUSTED_PROXIES: "1" };
        const apps = await Promise.all([1, 2].map(() => RunningApp.start(main, { environment })));
        running.push(() => Promise.all(apps.map((one) => one.kill())));
        const client = new ShopClient(apps);
        const answers = [];
        for (let count = 0; count < 25; count++) {
            answers.push(await client.send("GET", "/v1/products", undefined, { "x-forwarded-for": "203.0.113.7" }));
        }
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
        const refused = answers.at(-1);
        expect(refused?.status).toBe(429);
        expect(Number(refused?.headers["retry-after"])).toBeGreaterThan(0);
        expect(refused?.headers["content-type"]).toContain("application/problem+json");
        const other = await client.send("GET", "/v1/products", undefined, { "x-forwarded-for": "203.0.113.8" });
        expect(other.status).toBe(200);
        // Health checks are nobody's requests.
        for (let count = 0; count < 30; count++) expect((await apps[0]?.get("/health/live"))?.status).toBe(200);
        expect(app.log.some(({ level }) => level === "fatal")).toBe(false);
    }, 90_000);
});
