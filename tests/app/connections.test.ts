import type { FastifyInstance } from "fastify";
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { loadConfiguration } from "../../app/src/configuration";
import { Lifecycle } from "../../app/src/lifecycle";
import { createLogger } from "../../app/src/logger";
import { createServer } from "../../app/src/server";
import { buildApp, DEAD_BINDINGS, RunningApp } from "./running-app";
import { closed } from "./support/closed";
import { eventualAnswer } from "./support/eventual-answer";
import { scrape } from "./support/scrape";

const build = buildApp();
const main = `${build.folder}/main.js`;
afterAll(build.remove);

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
    for (const end of running.splice(0).reverse()) await end();
});

async function start(environment: Record<string, string>): Promise<RunningApp> {
    const app = await RunningApp.start(main, { environment });
    running.push(() => app.kill());
    return app;
}

/** A bare connection, and what comes on it. */
interface Connection {
    readonly socket: Socket;
    received: string;
    readonly closed: Promise<unknown>;
}

async function open(port: number, text = ""): Promise<Connection> {
    const socket = connect(port, "127.0.0.1");
    const connection: Connection = { socket, received: "", closed: closed(socket) };
    socket.on("error", () => undefined);
    socket.setEncoding("utf8").on("data", (data: string) => (connection.received += data));
    await once(socket, "connect");
    if (text !== "") socket.write(text);
    return connection;
}

/** A server within this process, whose time-outs can be looked at and shortened. */
async function listen(): Promise<{ server: FastifyInstance; port: number }> {
    const configuration = loadConfiguration({ ...DEAD_BINDINGS, TLS: "off", LOG_LEVEL: "fatal" });
    const server = await createServer({
        configuration,
        info: { name: "headroom", version: "1", role: "web", zone: "a" },
        lifecycle: new Lifecycle(),
        log: createLogger(configuration),
    });
    await server.listen({ host: "127.0.0.1", port: 0, listenTextResolver: () => "" });
    running.push(() => server.close());
    return { server, port: (server.server.address() as AddressInfo).port };
}

const INFO = "GET /v1/info HTTP/1.1\r\nhost: a\r\n\r\n";

describe("a connection", () => {
    test("on which no headers come is ended, and one that is kept between two requests is not", async () => {
        const { server, port } = await listen();
        expect(server.server.headersTimeout).toBeLessThanOrEqual(15_000);
        server.server.headersTimeout = 100;
        const kept = await open(port, INFO);
        const silent = await open(port);
        const slow = await open(port, "GET /v1/info HTTP/1.1\r\nhost: a\r\nx-slow: ");
        await Promise.all([silent.closed, slow.closed]);
        expect(slow.received).toMatch(/^HTTP\/1\.1 408 /);

        kept.socket.write(INFO);
        await eventualAnswer(
            () => Promise.resolve(kept.received.split("HTTP/1.1 200").length - 1),
            (answers) => answers === 2,
        );
        kept.socket.destroy();
    });

    test("whose client does not read its answers is ended, though not before any request has had its time", async () => {
        const { server, port } = await listen();
        expect(server.server.timeout).toBeGreaterThan(60_000);
        server.server.timeout = 300;
        const { socket } = await open(port);
        socket.pause();
        // More than all buffers on the way hold.
        socket.write("GET /openapi.json HTTP/1.1\r\nhost: a\r\n\r\n".repeat(2_000));
        await eventualAnswer(
            () =>
                new Promise<number>((resolve) =>
                    server.server.getConnections((_error, count) => {
                        resolve(count);
                    }),
                ),
            (count) => count === 0,
        );
        socket.destroy();
    });
});

describe.each(["on", "off"])("a stop with TLS %s", (TLS) => {
    test("does not wait for connections that were opened and never used, nor for half a request's headers", async () => {
        const app = await start({ TLS, STOP_TIMEOUT_SECONDS: "20" });
        await open(app.port);
        if (TLS === "off") await open(app.port, "GET /v1/info HTTP/1.1\r\nhost: a\r\nx-slow: ");
        expect(await app.stop()).toBe(0);
        expect(app.log.at(-1)).toMatchObject({ message: "stopped" });
    });
});

test("a request that comes on an open connection while the last ones are finished is answered, and not turned away", async () => {
    const app = await start({ TLS: "off", STOP_TIMEOUT_SECONDS: "20" });
    const body = "POST /v1/anything HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n";
    const first = await open(app.port, body);
    const second = await open(app.port);
    await app.get("/health/live");
    app.process.kill("SIGTERM");
    await app.logged("closing");
    second.socket.write(INFO);
    await second.closed;
    expect(second.received).toMatch(/^HTTP\/1\.1 200 /);
    expect(second.received.toLowerCase()).toContain("connection: close");
    first.socket.write("{}");
    await first.closed;
    expect(first.received).toMatch(/^HTTP\/1\.1 404 /);
    expect(await app.exited).toBe(0);
});

describe("a request whose client has gone before it was answered", () => {
    test("is no longer counted as one that is being answered, is measured, and is in the log", async () => {
        const app = await start({ TLS: "off" });
        const path = "POST /v1/orders HTTP/1.1\r\nhost: a\r\nx-request-id: gone-1\r\n";
        const gone = await open(app.port, `${path}content-type: application/json\r\ncontent-length: 100\r\n\r\n{`);
        await eventualAnswer(
            () => scrape(app),
            (text) => /^http_server_active_requests(\{[^}]*\})? 1$/m.test(text),
        );
        gone.socket.destroy();
        const text = await eventualAnswer(
            () => scrape(app),
            (one) => /^http_server_active_requests(\{[^}]*\})? 0$/m.test(one),
        );
        expect(text).toMatch(/http_server_request_duration_count\{[^}]*error_type="client_disconnected"[^}]*\} 1/);
        expect(await app.logged(({ requestId }) => requestId === "gone-1")).toMatchObject({
            message: "request",
            route: "/v1/orders",
            aborted: true,
        });
    });
});

describe("what is no request", () => {
    test.each([
        ["a header without a colon", 400, "GET / HTTP/1.1\r\nauthorization: Bearer s3cret\r\nhost a\r\n\r\n"],
        [
            "two lengths",
            400,
            "POST /v1/info HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        ],
        ["headers that are too large", 431, `GET / HTTP/1.1\r\nhost: a\r\nx-large: ${"s3cret".repeat(4_000)}\r\n\r\n`],
        ["an address that cannot be decoded", 400, "GET /%ff-s3cret HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"],
    ])("is answered with problem details, and is in no log: %s", async (_name, status, text) => {
        const app = await start({ TLS: "off", LOG_LEVEL: "trace" });
        const connection = await open(app.port, text);
        await connection.closed;
        const { received } = connection;
        const [head = "", body = ""] = received.split("\r\n\r\n");
        expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
        expect(head.toLowerCase()).toContain("content-type: application/problem+json");
        expect(head.toLowerCase()).toContain("x-content-type-options: nosniff");
        expect(JSON.parse(body)).toMatchObject({ status, requestId: expect.any(String) as string });
        await app.stop();
        expect(received).not.toContain("s3cret");
        expect(app.output).not.toMatch(/s3cret|115,51,99,114,101,116/);
    });
});
