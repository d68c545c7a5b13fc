import { readdirSync } from "node:fs";
import sharp from "sharp";
import { buildApp, type LogLine, RunningApp } from "./running-app";
import { ShopClient } from "./support/shop-client";
import { type ShopServers, startShopServers } from "./support/shop-servers";
import { eventualAnswer } from "./support/eventual-answer";

const build = buildApp();
const main = `${build.folder}/main.js`;
/** Ended in turn, the last one first, even where not everything could be started. */
const started: (() => unknown)[] = [build.remove];
afterAll(async () => {
    for (const end of started.reverse()) await end();
}, 60_000);

let servers: ShopServers;
let web: RunningApp[] = [];
let worker: RunningApp;
beforeAll(async () => {
    servers = await startShopServers(main);
    started.push(() => servers.stop());
    const start = async (role: string): Promise<RunningApp> => {
        const app = await RunningApp.start(main, { environment: servers.env, arguments: [role] });
        started.push(() => app.kill());
        return app;
    };
    web = await Promise.all([start("web"), start("web"), start("web")]);
    worker = await start("worker");
}, 120_000);

interface Product {
    id: string;
    version: number;
    name: string;
}
interface Order {
    id: string;
    state: string;
    totalCents: number;
}

let products = 0;
/** Adds a product, as those who tend the catalogue do. */
async function addProduct(priceCents: number): Promise<Product> {
    const admin = new ShopClient(web);
    await admin.signIn("admin@example.org", ["catalogue:write"]);
    const { status, body } = await admin.send<Product>("POST", "/v1/products", {
        sku: `SKU-${++products}`,
        name: `Thing ${products}`,
        priceCents,
        currency: "EUR",
        stock: 100,
    });
    expect(status).toBe(201);
    return body;
}

/** Everything that all processes have logged for a journey. */
function loggedFor(correlationId: string): LogLine[] {
    return [...web, worker].flatMap((app) => app.log.filter((line) => line.correlationId === correlationId));
}

describe("a customer's journey, each request of which goes to another process", () => {
    test("leads from the catalogue over the cart to a confirmed order and a mail", async () => {
        const product = await addProduct(1_250);
        const client = new ShopClient(web);
        const listed = await eventualAnswer(
            () => client.send<{ items: Product[] }>("GET", "/v1/products?limit=100"),
            ({ body }) => body.items.some(({ id }) => id === product.id),
        );
        expect(listed.status).toBe(200);

        expect((await client.signIn("ann@example.org")).status).toBe(201);
        const items = [{ productId: product.id, quantity: 2 }];
        expect((await client.send("PUT", "/v1/cart", { version: 0, items })).status).toBe(200);
        expect((await client.send("GET", "/v1/cart")).body).toEqual({ version: 1, items });

        const correlationId = "journey-1";
        const placed = await client.send<Order>(
            "POST",
            "/v1/orders",
            { items },
            {
                "idempotency-key": "journey-key-1",
                "x-correlation-id": correlationId,
            },
        );
        expect(placed).toMatchObject({ status: 201, body: { state: "placed", totalCents: 2_500 } });

        const seen = await client.send<Order>("GET", `/v1/orders/${placed.body.id}`);
        expect(seen.status).toBe(200);
        const ended = await eventualAnswer(
            () => client.send<Order>("GET", `/v1/orders/${placed.body.id}`),
            ({ body }) => body.state === "confirmed" || body.state === "cancelled",
        );
        expect(ended.body.state).toBe("confirmed");
        await eventualAnswer(
            () => Promise.resolve(readdirSync(servers.mailFolder).filter((name) => name.endsWith(".eml"))),
            (mails) => mails.length === 1,
        );

        const lines = loggedFor(correlationId);
        expect(new Set(lines.map(({ role }) => role))).toEqual(new Set(["web", "worker"]));
    });

    test("keeps a session that was begun on one process on all of them, until it is ended", async () => {
        const client = new ShopClient(web);
        const { body } = await client.signIn("bob@example.org");
        for (const _ of web) {
            expect((await client.send("GET", "/v1/session")).body).toMatchObject({ customerId: body.customerId });
        }
        expect((await client.send("DELETE", "/v1/session")).status).toBe(204);
        for (const _ of web) expect((await client.send("GET", "/v1/session")).status).toBe(401);
    });

    test("shows a change of a product in every process as soon as it is answered", async () => {
        const product = await addProduct(100);
        const reader = new ShopClient(web);
        for (const _ of web) await reader.send("GET", `/v1/products/${product.id}`);
        const admin = new ShopClient(web);
        await admin.signIn("admin@example.org", ["catalogue:write"]);
        const change = { version: product.version, name: "Renamed" };
        expect((await admin.send("PATCH", `/v1/products/${product.id}`, change)).status).toBe(200);
        await eventualAnswer(
            async () => Promise.all(web.map(() => reader.send<Product>("GET", `/v1/products/${product.id}`))),
            (answers) => answers.every(({ body }) => body.name === "Renamed"),
        );
        // The same change once more is based on what is not there any more.
        expect((await admin.send("PATCH", `/v1/products/${product.id}`, change)).status).toBe(409);
    });

    test("cancels an order whose payment is declined", async () => {
        const product = await addProduct(1_002);
        const client = new ShopClient(web);
        await client.signIn("carl@example.org");
        const items = [{ productId: product.id, quantity: 1 }];
        const { body } = await client.send<Order>("POST", "/v1/orders", { items }, { "idempotency-key": "declined-1" });
        const ended = await eventualAnswer(
            () => client.send<Order>("GET", `/v1/orders/${body.id}`),
            ({ body: order }) => order.state === "confirmed" || order.state === "cancelled",
        );
        expect(ended.body.state).toBe("cancelled");
    });
});

describe("an image of a product", () => {
    interface Upload {
        key: string;
        url: string;
        fields: Record<string, string>;
    }

    /** Uploads a file the way a browser does: straight to the bucket, and answers what became of it. */
    async function upload(file: Buffer): Promise<{ imageState: string; imageKey: string | null }> {
        const product = await addProduct(100);
        const admin = new ShopClient(web);
        await admin.signIn("admin@example.org", ["catalogue:write"]);
        const url = `/v1/products/${product.id}/image`;
        const begun = await admin.send<Upload>("POST", url, { contentType: "image/png" });
        expect(begun.status).toBe(201);
        const form = new FormData();
        for (const [name, value] of Object.entries(begun.body.fields)) form.append(name, value);
        form.append("file", new Blob([new Uint8Array(file)], { type: "image/png" }), "image.png");
        expect((await fetch(begun.body.url, { method: "POST", body: form })).status).toBe(201);
        const { key } = begun.body;
        expect((await admin.send("POST", `${url}/complete`, { key })).status).toBe(202);
        const shown = await eventualAnswer(
            () => admin.send<{ imageState: string; imageKey: string | null }>("GET", `/v1/products/${product.id}`),
            ({ body }) => body.imageState === "shown" || body.imageState === "refused",
        );
        return shown.body;
    }

    test("is shown once a worker has looked at it", async () => {
        const file = await sharp({ create: { width: 40, height: 30, channels: 3, background: "red" } })
            .png()
            .toBuffer();
        expect(await upload(file)).toMatchObject({ imageState: "shown", imageKey: expect.any(String) as string });
    });

    test("is refused where it is none, whatever was said about it", async () => {
        expect(await upload(Buffer.from("<svg/>"))).toMatchObject({ imageState: "refused", imageKey: null });
    });

    test("cannot be completed with a key that was given for another product", async () => {
        const product = await addProduct(100);
        const admin = new ShopClient(web);
        await admin.signIn("admin@example.org", ["catalogue:write"]);
        for (const key of ["uploads/x/y", "../secrets", `uploads/${product.id}/../x`, "assets/shown.webp"]) {
            expect((await admin.send("POST", `/v1/products/${product.id}/image/complete`, { key })).status).toBe(422);
        }
    });
});

describe("an order's Idempotency-Key", () => {
    test("makes one order of requests that come at the same time, at all processes, and gives all the same answer", async () => {
        const product = await addProduct(500);
        const client = new ShopClient(web);
        const { body } = await client.signIn("dora@example.org");
        const authorization = { authorization: `Bearer ${body.token}` };
        const items = [{ productId: product.id, quantity: 1 }];
        const answers = await Promise.all(
            Array.from({ length: 12 }, () =>
                client.send<Order>(
                    "POST",
                    "/v1/orders",
                    { items },
                    { ...authorization, "idempotency-key": "same-key" },
                ),
            ),
        );
        expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 201));
        expect(new Set(answers.map(({ body: order }) => order.id)).size).toBe(1);
        const { body: page } = await client.send<{ items: Order[] }>("GET", "/v1/orders", undefined, authorization);
        expect(page.items).toHaveLength(1);
    });

    test("is refused for another order, and is nobody else's", async () => {
        const product = await addProduct(500);
        const client = new ShopClient(web);
        await client.signIn("emil@example.org");
        const key = { "idempotency-key": "emils-key" };
        const order = (quantity: number) => ({ items: [{ productId: product.id, quantity }] });
        expect((await client.send("POST", "/v1/orders", order(1), key)).status).toBe(201);
        const refused = await client.send("POST", "/v1/orders", order(2), key);
        expect(refused.status).toBe(409);
        expect(refused.headers["content-type"]).toContain("application/problem+json");
        const other = new ShopClient(web);
        await other.signIn("fred@example.org");
        expect((await other.send("POST", "/v1/orders", order(2), key)).status).toBe(201);
    });

    test("is demanded", async () => {
        const client = new ShopClient(web);
        await client.signIn("gina@example.org");
        expect((await client.send("POST", "/v1/orders", { items: [] })).status).toBe(400);
    });
});

describe("what belongs to one customer", () => {
    test("is not shown to another, nor to nobody", async () => {
        const product = await addProduct(500);
        const client = new ShopClient(web);
        await client.signIn("hans@example.org");
        const items = [{ productId: product.id, quantity: 1 }];
        const { body } = await client.send<Order>("POST", "/v1/orders", { items }, { "idempotency-key": "hans-key" });
        const other = new ShopClient(web);
        expect((await other.send("GET", `/v1/orders/${body.id}`)).status).toBe(401);
        await other.signIn("ida@example.org");
        expect((await other.send("GET", `/v1/orders/${body.id}`)).status).toBe(404);
    });

    test("needs the scope, where the catalogue is changed", async () => {
        const client = new ShopClient(web);
        await client.signIn("jim@example.org");
        const answer = await client.send("POST", "/v1/products", { sku: "X" });
        expect(answer.status).toBe(403);
    });
});

describe("two windows of one customer", () => {
    test("do not overwrite each other's cart unseen", async () => {
        const client = new ShopClient(web);
        await client.signIn("kate@example.org");
        const cart = { version: 0, items: [] };
        const answers = await Promise.all([1, 2, 3].map(() => client.send("PUT", "/v1/cart", cart)));
        expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    });
});

describe("the roles that end", () => {
    test.each([
        ["migrate", "nothing that is not there already"],
        ["warm", "the catalogue"],
        ["redrive", "what there is among the dead letters, without moving it"],
    ])("%s: does %s, and ends with exit code 0", async (role) => {
        // The owner of the schema migrates, and nobody else may.
        const environment = { ...servers.env, ...(role === "migrate" && servers.postgres.ownerEnv) };
        const task = RunningApp.spawn(main, { environment, arguments: [role] });
        expect(await task.exited).toBe(0);
        expect(task.log.at(-1)).toMatchObject({ message: "done", role });
        if (role === "warm") {
            const warmed = task.log.find(({ message }) => message === "cache warmed");
            expect(warmed).toMatchObject({ task: "catalogue", failed: 0 });
            expect(Number(warmed?.loaded) + Number(warmed?.present)).toBeGreaterThan(products);
        }
    });
});

describe("the log of all processes", () => {
    test("holds no address, no token, no session and no secret of all this", () => {
        const output = [...web, worker].map((app) => app.output).join("");
        const { DATABASE_PASSWORD: database, CACHE_PASSWORD: cache } = servers.env;
        expect(output).not.toMatch(/@example\.org|eyJ[\w-]+\.|session=|Bearer /);
        for (const secret of [database, cache]) if (secret) expect(output).not.toContain(secret);
    });
});
