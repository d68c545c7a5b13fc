import { randomUUID } from "node:crypto";
import { z } from "zod";
import { cacheKey, type CacheOptions } from "../../../app/src/cache/cache";
import { DEFAULT_RESILIENCE, DependencyUnavailable } from "../../../app/src/resilience/policies";
import { startValkey, type ValkeyServer } from "../../../twin/servers/valkey";
import { openProcessCache, type ProcessCache, QUICK_RESILIENCE, settingsFor } from "../support/cache";
import { eventually } from "../support/eventually";

jest.setTimeout(120_000);

const OPTIONS: CacheOptions<string> = { schema: z.string(), ttlSeconds: 300 };
const load = (): Promise<string> => Promise.resolve("loaded");
const newKey = (): ReturnType<typeof cacheKey> => cacheKey("product", randomUUID());

const opened: ProcessCache[] = [];
afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ cache }) => cache.close()));
});

async function open(...parameters: Parameters<typeof openProcessCache>): Promise<ProcessCache> {
    const process = await openProcessCache(...parameters);
    opened.push(process);
    return process;
}

test.each([
    ["a cluster", { mode: "cluster" }],
    ["a cluster with TLS", { mode: "cluster", tls: true }],
    ["a single server", { mode: "standalone" }],
    ["a single server with TLS", { mode: "standalone", tls: true }],
] as const)("the cache connects to %s by what the binding gives", async (_what, options) => {
    const server = await startValkey(options);
    try {
        const { cache, log } = await open(settingsFor(server));
        expect(await cache.ready()).toBe(true);
        expect(cache.status().connected).toBe(true);
        expect(await cache.getOrLoad(newKey(), load, OPTIONS)).toMatchObject({ source: "miss" });
        expect(log.messages()).toEqual(["cache connected"]);
    } finally {
        await server.stop();
    }
});

// Failures look different to the client of a cluster; one of the two with TLS is enough.
describe.each([
    ["a cluster", { mode: "cluster" }],
    ["a single server with TLS", { mode: "standalone", tls: true }],
] as const)("with %s", (_what, options) => {
    let server: ValkeyServer;
    beforeAll(async () => {
        server = await startValkey(options);
    });
    afterAll(() => server.stop());
    beforeEach(() => server.start());

    test("everything is loaded while the server is killed, and kept again when it is back", async () => {
        const { cache, log } = await open(settingsFor(server));
        const key = newKey();
        await cache.getOrLoad(key, load, OPTIONS);
        server.kill();
        await server.exited();

        expect(await cache.getOrLoad(key, load, OPTIONS)).toEqual({ value: "loaded", source: "loaded-without-cache" });
        await eventually("the loss is noticed", () => !cache.status().connected);
        expect(await cache.ready()).toBe(false);

        await server.start();
        await eventually("the cache is back", () => cache.ready());
        expect(await cache.getOrLoad(key, load, OPTIONS)).toMatchObject({ source: "miss" });
        expect(await cache.getOrLoad(key, load, OPTIONS)).toMatchObject({ source: "hit" });
        expect(log.messages()).toContain("cache connection lost");
    });

    test("a server that hangs costs one time-out, until the breaker opens; then nothing", async () => {
        const resilience = { ...QUICK_RESILIENCE, cache: { ...DEFAULT_RESILIENCE.cache, halfOpenAfterMs: 60_000 } };
        const { cache, policies } = await open(settingsFor(server), {}, resilience);
        await cache.getOrLoad(newKey(), load, OPTIONS);
        server.pause();
        try {
            const lookups = Array.from({ length: 50 }, () => cache.getOrLoad(newKey(), load, OPTIONS));
            const sources = (await Promise.all(lookups)).map(({ source }) => source);
            expect(new Set(sources)).toEqual(new Set(["loaded-without-cache"]));
            expect(policies.states().cache).toBe("open");

            const refused = jest.spyOn(cache.client, "get");
            await cache.getOrLoad(newKey(), load, OPTIONS);
            expect(refused).not.toHaveBeenCalled();
        } finally {
            server.resume();
        }
    });

    test("events come again after the connection was lost", async () => {
        const [reader, writer] = [await open(settingsFor(server)), await open(settingsFor(server))];
        server.kill();
        await server.exited();
        await server.start();
        await eventually("both are back", async () => (await reader.cache.ready()) && (await writer.cache.ready()));

        let loads = 0;
        let release: () => void = () => undefined;
        const gate = new Promise<void>((resolve) => (release = resolve));
        const slow = async (): Promise<string> => {
            loads++;
            await gate;
            return "loaded";
        };
        const key = newKey();
        const asked = [reader.cache.getOrLoad(key, slow, OPTIONS)];
        await eventually("the load has begun", () => loads === 1);
        await eventually("the reader forgets the load", async () => {
            await writer.cache.invalidate(key);
            asked.push(reader.cache.getOrLoad(key, slow, OPTIONS));
            await new Promise(setImmediate);
            return loads > 1;
        });
        release();
        await Promise.all(asked);
    });
});

describe("a cache that is not there", () => {
    let server: ValkeyServer;
    beforeAll(async () => {
        server = await startValkey();
    });
    afterAll(() => server.stop());
    beforeEach(() => server.start());

    test("does not keep a process from starting, and is used from when it comes", async () => {
        server.kill();
        await server.exited();
        const { cache, log } = await open(settingsFor(server, { connectTimeoutMs: 100 }));
        expect(log.messages()).toContain("cache is not connected: starting without it");
        expect(await cache.getOrLoad(newKey(), load, OPTIONS)).toMatchObject({ source: "loaded-without-cache" });

        await server.start();
        await eventually("the cache is there", () => cache.ready());
        expect(await cache.getOrLoad(newKey(), load, OPTIONS)).toMatchObject({ source: "miss" });
    });

    test("is told later what has to be forgotten, and is not asked for it until then", async () => {
        const { cache, log } = await open(settingsFor(server));
        const key = newKey();
        await cache.getOrLoad(key, load, OPTIONS);
        // The connection alone goes: what the server holds is there when it is back.
        server.pause();
        await cache.invalidate(key);
        expect(log.messages()).toContain("cache was not invalidated: trying again");
        server.resume();
        const changed = (): Promise<string> => Promise.resolve("changed");
        expect((await cache.getOrLoad(key, changed, OPTIONS)).value).toBe("changed");
        await eventually(
            "it is kept again",
            async () => (await cache.getOrLoad(key, changed, OPTIONS)).source === "hit",
        );
        expect((await cache.getOrLoad(key, load, OPTIONS)).value).toBe("changed");
    });
});

describe("secrets", () => {
    let server: ValkeyServer;
    beforeAll(async () => {
        server = await startValkey({ mode: "standalone" });
    });
    afterAll(() => server.stop());

    test.each(["cluster", "standalone"] as const)(
        "stay out of errors and logs where the password is wrong (%s)",
        async (mode) => {
            const secret = "a-secret-that-nobody-shall-see";
            const settings = settingsFor(server, { password: secret, mode, connectTimeoutMs: 500 });
            const { cache, log, policies } = await open(settings);
            const error: unknown = await policies
                .for("cache")
                .run(() => cache.client.get("x"))
                .then(
                    () => undefined,
                    (problem: unknown) => problem,
                );
            expect(error).toBeInstanceOf(DependencyUnavailable);
            log.log.error({ err: error }, "as a handler would log it");
            await eventually("the reason is in the log", () => /WRONGPASS|isn't ready|writeable/.test(log.text()));
            expect(log.text()).not.toContain(secret);
        },
    );

    test("and values stay out of the errors of commands", async () => {
        const { cache, log } = await open(settingsFor(server));
        await cache.client.set("text", "x");
        const error: unknown = await cache.client.lpush("text", "a-secret-value").catch((problem: unknown) => problem);
        expect(error).toMatchObject({ message: expect.stringContaining("WRONGTYPE") as string });
        log.log.error({ err: error }, "as a handler would log it");
        expect(log.text()).not.toContain("a-secret-value");
    });
});

describe("a certificate", () => {
    let server: ValkeyServer;
    beforeAll(async () => {
        server = await startValkey({ tls: true });
    });
    afterAll(() => server.stop());

    test("that nobody vouches for is refused", async () => {
        const { cache, log } = await open(settingsFor(server, { caFile: "", connectTimeoutMs: 500 }));
        expect(await cache.ready()).toBe(false);
        expect(log.text()).toMatch(/self-signed certificate|unable to verify/);
    });
});

describe("tokens that change", () => {
    let server: ValkeyServer;
    beforeAll(async () => {
        server = await startValkey();
    });
    afterAll(() => server.stop());

    /** What ElastiCache does with tokens: only the newest is taken for a new connection. */
    async function accept(token: string): Promise<void> {
        await server.administer((client) =>
            client.call("ACL", "SETUSER", String(server.env.CACHE_USER), "resetpass", `>${token}`),
        );
    }

    const clients = async (): Promise<string[]> =>
        String(await server.administer((client) => client.call("CLIENT", "LIST")))
            .split("\n")
            .filter((line) => line.includes(`user=${String(server.env.CACHE_USER)}`));

    test("are used for the connections that are open, and for new ones", async () => {
        let made = 0;
        const password = async (): Promise<string> => {
            const token = `token-${++made}-of-the-test`;
            await accept(token);
            return token;
        };
        const { cache, log } = await open(settingsFor(server), { password, renewMs: 50 });
        await cache.getOrLoad(newKey(), load, OPTIONS);
        const before = made;
        await eventually("there were three more tokens", () => made >= before + 3);
        expect(await cache.ready()).toBe(true);

        // Every connection is cut: the new ones need a token that was not there when the first were opened.
        await server.administer((client) => client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
        await eventually("the cache is back", () => cache.ready());
        await eventually("it listens again", async () => (await clients()).length >= 2);
        expect(log.text()).not.toContain("-of-the-test");
    });

    test("that cannot be made are tried again, and the process goes on", async () => {
        await accept("the-one-that-works");
        let fails = true;
        const password = (): Promise<string> =>
            fails ? Promise.reject(new Error("no credentials")) : Promise.resolve("the-one-that-works");
        const { cache, log } = await open(settingsFor(server, { connectTimeoutMs: 200 }), { password, renewMs: 50 });
        expect(await cache.ready()).toBe(false);
        await eventually("it was tried again", () => log.messages().includes("cache token was not renewed"));
        fails = false;
        await eventually("the cache is there", () => cache.ready());
    });
});
