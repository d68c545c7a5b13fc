import fc from "fast-check";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { type Answer, buildApp, RunningApp } from "./running-app";
import { closed } from "./support/closed";
import { almost, type JsonSchema, NASTY_TEXTS, type Schemas } from "./support/json-schema-arbitrary";
import { ShopClient } from "./support/shop-client";
import { startShopServers, TEST_SECRET } from "./support/shop-servers";

interface Operation {
    readonly operationId: string;
    readonly parameters?: readonly { in: string; name: string; required?: boolean; schema: JsonSchema }[];
    readonly requestBody?: { content: Record<string, { schema: JsonSchema }> };
    readonly responses: Record<string, unknown>;
}
interface Document {
    readonly paths: Record<string, Record<string, Operation>>;
    readonly components: { readonly schemas: Schemas };
}

const document = JSON.parse(readFileSync(path.resolve(__dirname, "../../app/openapi.json"), "utf8")) as Document;
const operations = Object.entries(document.paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ url, method: method.toUpperCase(), operation })),
);

/** Far above what any answer takes; a request that hangs is one that takes longer. */
const HANGS_MS = 8_000;

const build = buildApp();
/** Ended in turn, the last one first, even where not everything could be started. */
const started: (() => unknown)[] = [build.remove];
afterAll(async () => {
    for (const end of started.reverse()) await end();
}, 60_000);

let app: RunningApp;
let token: string;
let bindings: Record<string, string>;
beforeAll(async () => {
    const servers = await startShopServers(`${build.folder}/main.js`, { replicas: 0 });
    started.push(() => servers.stop());
    bindings = servers.env;
    app = await RunningApp.start(`${build.folder}/main.js`, {
        environment: { ...servers.env, REQUEST_TIMEOUT_MS: "1500" },
    });
    started.push(() => app.kill());
    await app.ready();
    token = (await new ShopClient([app]).signIn("fuzz@example.org", ["catalogue:write"])).body.token;
}, 120_000);

/** Sends a request and fails where there is no answer. */
async function send(
    method: string,
    url: string,
    headers: Record<string, string>,
    body?: string | Buffer,
): Promise<Answer> {
    const { request, answer } = app.open(url, {
        method,
        headers: { ...headers, ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }) },
        timeout: HANGS_MS,
    });
    request.on("timeout", () => request.destroy(new Error(`${method} ${url}: no answer`)));
    request.end(body);
    return answer;
}

/** Never an error of ours: a refusal, an answer, or "later". */
function expectNoError({ status, body }: Answer): void {
    if (status >= 500 && status !== 503) throw new Error(`status ${status}: ${body}`);
}

/** Text as it can stand in a header. */
const inHeader = (value: unknown): string =>
    String(value)
        .replace(/[^\x20-\x7e]/g, "?")
        .trim();

describe("requests made of the OpenAPI document, right and wrong", () => {
    test.each(operations.map(({ operation, ...rest }) => [operation.operationId, { operation, ...rest }] as const))(
        "get an answer from %s that is no error of the service, and one that the document knows",
        async (_name, { url, method, operation }) => {
            const { schemas } = document.components;
            const parameters = fc.record(
                Object.fromEntries(
                    (operation.parameters ?? []).map(({ in: place, name, schema }) => [
                        `${place} ${name}`,
                        almost(schema, schemas),
                    ]),
                ),
                {
                    requiredKeys: (operation.parameters ?? [])
                        .filter((one) => one.in === "path")
                        .map((one) => `path ${one.name}`),
                },
            ) as fc.Arbitrary<Record<string, unknown>>;
            const bodySchema = operation.requestBody?.content["application/json"]?.schema;
            const body = bodySchema ? almost(bodySchema, schemas) : fc.constant(undefined);
            await fc.assert(
                fc.asyncProperty(parameters, body, fc.boolean(), async (given, sent, signedIn) => {
                    const headers: Record<string, string> = signedIn ? { authorization: `Bearer ${token}` } : {};
                    const query = new URLSearchParams();
                    let target = url;
                    for (const [key, value] of Object.entries(given)) {
                        const [place = "", name = ""] = key.split(" ");
                        const text = typeof value === "string" ? value : JSON.stringify(value);
                        if (place === "header") headers[name] = inHeader(text);
                        else if (place === "query") query.append(name, text.slice(0, 2_000));
                        else
                            target = target.replace(
                                `{${name}}`,
                                encodeURIComponent(text.slice(0, 500).replace(/\p{Surrogate}/gu, "?")),
                            );
                    }
                    if (query.size > 0) target += `?${query.toString()}`;
                    const text = sent === undefined ? undefined : JSON.stringify(sent);
                    if (text !== undefined) headers["content-type"] = "application/json";
                    const answer = await send(method, target, headers, text);
                    expectNoError(answer);
                    // An address that is no address of this route any more (a slash, nothing) is answered by none.
                    if (answer.status !== 404)
                        expect(Object.keys(operation.responses)).toContain(String(answer.status));
                }),
                { numRuns: 40 },
            );
        },
        120_000,
    );
});

describe("bad input", () => {
    const json = { "content-type": "application/json" };
    const authorized = (): Record<string, string> => ({ ...json, authorization: `Bearer ${token}` });
    const key = { "idempotency-key": "bad-input-key" };

    test.each([
        ["a body that is too large", 413, "x".repeat(70_000)],
        ["half a body", 400, '{"items":['],
        ["no JSON", 400, "items=1"],
        ["an empty body", 400, ""],
        ["a list in place of an object", 400, "[]"],
        [
            "a number that is too large",
            400,
            '{"items":[{"productId":"00000000-0000-0000-0000-000000000000","quantity":1e400}]}',
        ],
        ["a prototype", 400, '{"__proto__":{"items":[]}}'],
        ["deep nesting", 400, "[".repeat(30_000) + "]".repeat(30_000)],
        ["text in place of a number", 400, '{"items":[{"productId":"x","quantity":"many"}]}'],
        ["an unknown product", 422, '{"items":[{"productId":"00000000-0000-0000-0000-000000000000","quantity":1}]}'],
    ])("is refused: %s", async (_name, status, body) => {
        const answer = await send("POST", "/v1/orders", { ...authorized(), ...key }, body);
        expect(answer.status).toBe(status);
        expect(answer.headers["content-type"]).toContain("application/problem+json");
    });

    test("is refused where it is not valid UTF-8, in a body and in an address", async () => {
        const invalid = Buffer.from([0x22, 0xc3, 0x28, 0xff, 0xfe, 0x22]);
        expectNoError(await send("PUT", "/v1/cart", authorized(), invalid));
        expect((await send("GET", "/v1/products/%ff%fe", {})).status).toBe(400);
        expect((await send("GET", "/v1/products/%", {})).status).toBe(400);
    });

    test("of another media type is refused", async () => {
        const answer = await send("POST", "/v1/orders", { ...authorized(), "content-type": "text/xml" }, "<a/>");
        expect(answer.status).toBe(415);
    });

    test.each(NASTY_TEXTS.map((text) => [text.slice(0, 40), text]))(
        "%j does no harm wherever it is put",
        async (_name, text) => {
            const product = { sku: "A", name: text, description: text, priceCents: 1, currency: "EUR" };
            const encoded = encodeURIComponent(text.replace(/\p{Surrogate}/gu, "?")).slice(0, 3_000);
            const answers = await Promise.all([
                send("POST", "/v1/products", authorized(), JSON.stringify({ ...product, sku: text })),
                send(
                    "POST",
                    "/v1/products",
                    authorized(),
                    JSON.stringify({ ...product, sku: `N${Math.random()}`.replace(".", "-") }),
                ),
                send("POST", "/v1/session", json, JSON.stringify({ email: text })),
                send("GET", `/v1/products?cursor=${encoded}&limit=${encoded}`, {}),
                send("GET", "/v1/session", { cookie: `session=${encoded}; x-last-write=${encoded}` }),
                send("GET", "/v1/session", { authorization: `Bearer ${inHeader(text)}` }),
                send("GET", "/v1/orders", { ...authorized(), "x-last-write": inHeader(text) }),
                send("POST", "/v1/orders", { ...authorized(), "idempotency-key": inHeader(text) }, '{"items":[]}'),
            ]);
            answers.forEach(expectNoError);
        },
    );

    test("says what is wrong with each part, all at once", async () => {
        const body = JSON.stringify({ sku: "no sku", name: "", priceCents: -1, currency: "euro" });
        const answer = await send("POST", "/v1/products", authorized(), body);
        const { errors } = JSON.parse(answer.body) as { errors: { path: string }[] };
        expect(errors.map(({ path: place }) => place)).toEqual([
            "body/sku",
            "body/name",
            "body/priceCents",
            "body/currency",
        ]);
    });
});

describe("a token", () => {
    test.each([
        [
            "without a signature",
            (valid: string) => `${Buffer.from('{"alg":"none"}').toString("base64url")}.${valid.split(".")[1] ?? ""}.`,
        ],
        [
            "with another payload",
            (valid: string) => {
                const [head = "", payload = "", signature = ""] = valid.split(".");
                const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
                const other = Buffer.from(JSON.stringify({ ...claims, sub: "00000000-0000-4000-8000-000000000000" }));
                return `${head}.${other.toString("base64url")}.${signature}`;
            },
        ],
        ["that is none", () => "abc"],
    ])("%s is refused", async (_name, forge) => {
        const answer = await send("GET", "/v1/session", { authorization: `Bearer ${forge(token)}` });
        expect(answer.status).toBe(401);
        expect(answer.headers["www-authenticate"]).toBe("Bearer");
    });
});

describe("secrets that are changed", () => {
    test("leave the tokens of the old one valid for as long as it is in the list", async () => {
        const newSecret = TEST_SECRET.split("").reverse().join("");
        const statuses = await Promise.all(
            [`${newSecret},${TEST_SECRET}`, newSecret].map(async (secrets) => {
                const other = await RunningApp.start(`${build.folder}/main.js`, {
                    environment: { ...bindings, JWT_SECRETS: secrets },
                });
                await other.ready();
                const { status } = await other.get("/v1/session", { authorization: `Bearer ${token}` });
                await other.kill();
                return status;
            }),
        );
        expect(statuses).toEqual([200, 401]);
    });
});

describe("slow clients", () => {
    async function open(text: string): Promise<Socket> {
        const socket = connect(app.port, "127.0.0.1");
        socket.on("error", () => undefined);
        await once(socket, "connect");
        socket.write(text);
        return socket;
    }

    test("that send a body byte by byte are told that it is too late, and lose their connection", async () => {
        const socket = await open(
            `POST /v1/orders HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`,
        );
        let answered = "";
        socket.setEncoding("utf8").on("data", (text: string) => (answered += text));
        const trickle = setInterval(() => socket.write(" "), 100);
        await closed(socket);
        clearInterval(trickle);
        expect(answered).toMatch(/^HTTP\/1\.1 408 /);
    });

    test("by the hundred do not keep others from being served", async () => {
        const sockets = await Promise.all(
            Array.from({ length: 200 }, () => open("GET /v1/info HTTP/1.1\r\nhost: a\r\nx-slow: ")),
        );
        expect((await send("GET", "/v1/products", {})).status).toBe(200);
        for (const socket of sockets) socket.destroy();
    });
});

test("after all this the process is alive, ready, and has logged no error", async () => {
    expect((await send("GET", "/health/live", {})).status).toBe(200);
    expect((await send("GET", "/health/ready", {})).status).toBe(200);
    expect(app.log.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
});
