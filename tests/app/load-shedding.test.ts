import type { AddressInfo } from "node:net";
import { fastify, type FastifyInstance } from "fastify";
import { shedLoad } from "../../app/src/load-shedding";
import { eventually } from "./support/eventually";

/** Keeps the event loop busy, as loading modules does. */
function block(milliseconds: number): void {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
}

let server: FastifyInstance;
beforeEach(async () => {
    server = fastify();
    await shedLoad(server, { maxHeapUsedBytes: Number.MAX_SAFE_INTEGER, maxEventLoopDelayMs: 100 });
    server.get("/", () => "welcome");
});
afterEach(() => server.close());

/** What was measured when the event loop was last looked at. */
const measured = (): number => server.memoryUsage().eventLoopDelay;

function ask(): Promise<Response> {
    const { port } = server.server.address() as AddressInfo;
    return fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
}

test("a process that was busy with its start turns nobody away for that", async () => {
    block(1_000);
    await server.listen({ host: "127.0.0.1", port: 0 });
    await eventually("the start has been measured", () => measured() > 100);
    expect((await ask()).status).toBe(200);
});

test("a process that is busy later on does", async () => {
    await server.listen({ host: "127.0.0.1", port: 0 });
    await eventually("it answers 503", async () => {
        block(600);
        const { status, headers } = await ask();
        if (status === 503) expect(headers.get("retry-after")).toBe("10");
        return status === 503;
    });
});
