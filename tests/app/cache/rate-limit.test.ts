import rateLimit from "@fastify/rate-limit";
import { fastify, type FastifyInstance } from "fastify";
import type { AddressInfo } from "node:net";
import { rateLimitOptions } from "../../../app/src/cache/rate-limit";
import { startValkey, type ValkeyServer } from "../../../twin/servers/valkey";
import { openProcessCache, type ProcessCache, settingsFor } from "../support/cache";
import { eventually } from "../support/eventually";

jest.setTimeout(120_000);

describe("the rate limit", () => {
    let server: ValkeyServer;
    const opened: { process: ProcessCache; web: FastifyInstance }[] = [];

    beforeAll(async () => {
        server = await startValkey();
    });
    afterAll(() => server.stop());
    beforeEach(() => server.administer((client) => client.flushall()));
    afterEach(async () => {
        for (const { process, web } of opened.splice(0)) {
            await web.close();
            await process.cache.close();
        }
        await server.start();
    });

    async function startProcess(max = 5): Promise<FastifyInstance> {
        const process = await openProcessCache(settingsFor(server));
        const web = fastify({ trustProxy: true });
        await web.register(
            rateLimit,
            rateLimitOptions(process.cache, process.policies.for("cache"), { max, windowSeconds: 3_600 }),
        );
        web.get("/", () => "fine");
        web.get("/strict", { config: { rateLimit: { max: 1 } } }, () => "fine");
        opened.push({ process, web });
        return web;
    }

    /** Over the network: Fastify's own `inject` needs a package that jest cannot load on every version of Node. */
    async function request(web: FastifyInstance, client: string, url = "/"): Promise<Response> {
        const address = web.server.listening
            ? web.server.address()
            : (await web.listen({ port: 0 }), web.server.address());
        const { port } = address as AddressInfo;
        return fetch(`http://localhost:${port}${url}`, { headers: { "x-forwarded-for": client } });
    }

    async function ask(web: FastifyInstance, client: string, url = "/"): Promise<number> {
        return (await request(web, client, url)).status;
    }

    test("counts a client's requests over all processes", async () => {
        const [one, other] = [await startProcess(), await startProcess()];
        const answers: number[] = [];
        for (let request = 0; request < 6; request++) answers.push(await ask(request % 2 ? one : other, "192.0.2.1"));
        expect(answers).toEqual([200, 200, 200, 200, 200, 429]);
    });

    test("counts each client for itself", async () => {
        const web = await startProcess(1);
        expect([await ask(web, "192.0.2.1"), await ask(web, "192.0.2.1"), await ask(web, "192.0.2.2")]).toEqual([
            200, 429, 200,
        ]);
    });

    test("counts a route with a limit of its own for itself", async () => {
        const web = await startProcess();
        expect([await ask(web, "192.0.2.1", "/strict"), await ask(web, "192.0.2.1", "/strict")]).toEqual([200, 429]);
        expect(await ask(web, "192.0.2.1")).toBe(200);
    });

    test("says when to come back", async () => {
        const web = await startProcess(0);
        const answer = await request(web, "192.0.2.1");
        expect(answer.status).toBe(429);
        expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(3_500);
    });

    test("does not keep who the clients are", async () => {
        await ask(await startProcess(), "192.0.2.77");
        const keys = await server.administer((client) => client.keys("*"));
        expect(keys).toHaveLength(1);
        expect(keys[0]).toMatch(/^shop:rate:/);
        expect(keys[0]).not.toContain("192.0.2.77");
    });

    test("lets everybody through while the cache is down, and counts again when it is back", async () => {
        const web = await startProcess(1);
        expect(await ask(web, "192.0.2.1")).toBe(200);
        server.kill();
        await server.exited();
        expect([await ask(web, "192.0.2.1"), await ask(web, "192.0.2.1"), await ask(web, "192.0.2.1")]).toEqual([
            200, 200, 200,
        ]);
        await server.start();
        await eventually("somebody is limited", async () => (await ask(web, "192.0.2.1")) === 429);
    });
});
