import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { cacheKey, type CacheKey, type CacheOptions } from "../../../app/src/cache/cache";
import { startValkey, type ValkeyServer } from "../../../twin/servers/valkey";
import { openProcessCache, type ProcessCache, QUICK_RESILIENCE, settingsFor } from "../support/cache";
import { measure } from "../support/measure";
import { eventually } from "../support/eventually";

jest.setTimeout(120_000);

const Product = z.object({ id: z.string(), price: z.number() });
type Product = z.infer<typeof Product>;
const OPTIONS: CacheOptions<Product> = { schema: Product, ttlSeconds: 300 };

function product(price = 100): Product {
    return { id: "p1", price };
}

/** Counts how often it loads; a load can be held back until the test lets it go on. */
class Loader {
    count = 0;
    value = product();
    problem: Error | undefined;
    #gate: Promise<void> = Promise.resolve();

    hold(): () => void {
        let open = (): void => undefined;
        this.#gate = new Promise((resolve) => (open = resolve));
        return () => {
            open();
        };
    }

    load = async (): Promise<Product> => {
        this.count++;
        const { value, problem } = this;
        await this.#gate;
        if (problem) throw problem;
        return value;
    };
}

describe("the cache", () => {
    let server: ValkeyServer;
    const opened: ProcessCache[] = [];
    let key: CacheKey;
    let loader: Loader;

    beforeAll(async () => {
        server = await startValkey();
    });
    afterAll(() => server.stop());
    beforeEach(() => {
        key = cacheKey("product", randomUUID());
        loader = new Loader();
    });
    afterEach(async () => {
        await Promise.all(opened.splice(0).map(({ cache }) => cache.close()));
    });

    async function open(): Promise<ProcessCache> {
        const process = await openProcessCache(settingsFor(server));
        opened.push(process);
        return process;
    }

    /** What is kept for the key, as the server has it. */
    const rawKey = (): string => `shop:1:{${key}}`;
    const raw = (text: string): Promise<unknown> => server.administer((client) => client.set(rawKey(), text));

    test("loads what it does not have, and has it from then on", async () => {
        const { cache } = await open();
        expect(await cache.getOrLoad(key, loader.load, OPTIONS)).toEqual({ value: product(), source: "miss" });
        expect(await cache.getOrLoad(key, loader.load, OPTIONS)).toEqual({ value: product(), source: "hit" });
        expect(loader.count).toBe(1);
        expect(cache.status()).toEqual({ connected: true, lookups: 2, hits: 1, hitRatio: 0.5 });
    });

    test("is the same for all processes", async () => {
        const [one, other] = [await open(), await open()];
        await one.cache.getOrLoad(key, loader.load, OPTIONS);
        expect(await other.cache.getOrLoad(key, loader.load, OPTIONS)).toMatchObject({ source: "hit" });
    });

    test("gives each entry up to a tenth less than its time, and the stale time on top", async () => {
        const { cache } = await open();
        const times: number[] = [];
        for (let index = 0; index < 20; index++) {
            key = cacheKey("product", randomUUID());
            await cache.getOrLoad(key, loader.load, { ...OPTIONS, ttlSeconds: 100, staleSeconds: 1_000 });
            times.push(await server.administer((client) => client.pttl(rawKey())));
        }
        expect(Math.max(...times)).toBeLessThanOrEqual(1_100_000);
        expect(Math.min(...times)).toBeGreaterThan(1_080_000);
        expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(1_000);
    });

    test("can keep for a short time that there is nothing", async () => {
        const { cache } = await open();
        const options = { schema: Product.nullable(), ttlSeconds: (value: Product | null) => (value ? 300 : 10) };
        expect(await cache.getOrLoad(key, () => Promise.resolve(null), options)).toEqual({
            value: null,
            source: "miss",
        });
        expect(await cache.getOrLoad(key, loader.load, options)).toEqual({ value: null, source: "hit" });
        expect(await server.administer((client) => client.ttl(rawKey()))).toBeLessThanOrEqual(10);
    });

    describe("with a hundred callers at once", () => {
        test("loads once in a process", async () => {
            const { cache } = await open();
            const release = loader.hold();
            const answers = Array.from({ length: 100 }, () => cache.getOrLoad(key, loader.load, OPTIONS));
            await eventually("the load has begun", () => loader.count > 0);
            release();
            expect(new Set((await Promise.all(answers)).map(({ value }) => value.price))).toEqual(new Set([100]));
            expect(loader.count).toBe(1);
        });

        test("loads once in all processes", async () => {
            const processes = await Promise.all(Array.from({ length: 4 }, open));
            const release = loader.hold();
            const answers = processes.flatMap(({ cache }) =>
                Array.from({ length: 25 }, () => cache.getOrLoad(key, loader.load, OPTIONS)),
            );
            await eventually("the load has begun", () => loader.count > 0);
            release();
            await Promise.all(answers);
            expect(loader.count).toBe(1);
        });

        test("loads in another process when the first one gives up", async () => {
            const [one, other] = [await open(), await open()];
            loader.problem = new Error("lost");
            const release = loader.hold();
            const first = one.cache.getOrLoad(key, loader.load, OPTIONS);
            await eventually("the load has begun", () => loader.count === 1);
            loader.problem = undefined;
            const second = other.cache.getOrLoad(key, loader.load, OPTIONS);
            release();
            await expect(first).rejects.toThrow("lost");
            expect(await second).toEqual({ value: product(), source: "miss" });
        });

        test("does not wait for ever for a process that has died while it loaded", async () => {
            const { cache } = await open();
            await server.administer((client) => client.set(`${rawKey()}:lease`, "of-a-dead-process", "PX", 60_000));
            expect(await cache.getOrLoad(key, loader.load, OPTIONS)).toEqual({ value: product(), source: "miss" });
        });
    });

    describe("with values past their time", () => {
        const stale = { ...OPTIONS, ttlSeconds: 0.05, staleSeconds: 300 };

        test("loads a new one", async () => {
            const { cache } = await open();
            await cache.getOrLoad(key, loader.load, stale);
            await wait(60);
            loader.value = product(200);
            expect(await cache.getOrLoad(key, loader.load, stale)).toEqual({ value: product(200), source: "miss" });
        });

        test("gives out the old one when loading fails", async () => {
            const { cache } = await open();
            await cache.getOrLoad(key, loader.load, stale);
            await wait(60);
            loader.problem = new Error("the database is down");
            expect(await cache.getOrLoad(key, loader.load, stale)).toEqual({ value: product(), source: "stale" });
        });

        test("gives out the old one while another process loads", async () => {
            const [one, other] = [await open(), await open()];
            await one.cache.getOrLoad(key, loader.load, stale);
            await wait(60);
            const release = loader.hold();
            const slow = one.cache.getOrLoad(key, loader.load, stale);
            await eventually("the load has begun", () => loader.count === 2);
            expect(await other.cache.getOrLoad(key, loader.load, stale)).toEqual({ value: product(), source: "stale" });
            release();
            expect(await slow).toMatchObject({ source: "miss" });
        });

        test("fails as the load does where nothing stale is wanted", async () => {
            const { cache } = await open();
            await cache.getOrLoad(key, loader.load, stale);
            await wait(60);
            loader.problem = new Error("the database is down");
            await expect(cache.getOrLoad(key, loader.load, OPTIONS)).rejects.toThrow("the database is down");
        });
    });

    test.each([
        ["no JSON", "{"],
        ["JSON of another form", '{"price":1}'],
        ["a value of another shape", '{"v":{"id":"p1","price":"1"},"f":99999999999999}'],
        ["an empty text", ""],
    ])("takes %s for missing, and replaces it", async (_what, text) => {
        const { cache } = await open();
        await raw(text);
        expect(await cache.getOrLoad(key, loader.load, OPTIONS)).toEqual({ value: product(), source: "miss" });
        expect(await cache.getOrLoad(key, loader.load, OPTIONS)).toMatchObject({ source: "hit" });
    });

    test("loads without the cache where a key is taken by something else", async () => {
        const { cache, log } = await open();
        await server.administer((client) => client.lpush(rawKey(), "a list"));
        expect(await cache.getOrLoad(key, loader.load, OPTIONS)).toMatchObject({ source: "loaded-without-cache" });
        expect(log.messages()).toContain("cache command failed");
    });

    test("measures lookups by kind and how they ended, loads, and the ratio of hits", async () => {
        const meters = measure();
        const process = await openProcessCache(settingsFor(server), {}, QUICK_RESILIENCE, meters.meter);
        opened.push(process);
        for (let lookup = 0; lookup < 4; lookup++) await process.cache.getOrLoad(key, loader.load, OPTIONS);
        await process.cache.invalidate(key);
        const found = await meters.collect();
        expect(found.value("cache.lookups", { kind: "product", result: "miss" })).toBe(1);
        expect(found.value("cache.lookups", { kind: "product", result: "hit" })).toBe(3);
        expect(found.value("cache.hit.ratio")).toBe(0.75);
        expect(found.value("cache.connected")).toBe(1);
        expect(found.count("cache.load.duration", { kind: "product" })).toBe(1);
        expect(found.value("cache.invalidations", { result: "done" })).toBe(1);
    });

    describe("after an invalidation", () => {
        test("loads again, in every process", async () => {
            const [one, other] = [await open(), await open()];
            await one.cache.getOrLoad(key, loader.load, OPTIONS);
            await other.cache.getOrLoad(key, loader.load, OPTIONS);
            loader.value = product(200);
            await one.cache.invalidate(key);
            expect((await other.cache.getOrLoad(key, loader.load, OPTIONS)).value).toEqual(product(200));
            expect((await one.cache.getOrLoad(key, loader.load, OPTIONS)).value).toEqual(product(200));
        });

        test("does not store what another process had begun to load before", async () => {
            const [reader, writer] = [await open(), await open()];
            const release = loader.hold();
            const old = reader.cache.getOrLoad(key, loader.load, OPTIONS);
            await eventually("the load has begun", () => loader.count === 1);

            loader.value = product(200);
            await writer.cache.invalidate(key);
            release();
            expect((await old).value).toEqual(product(100));
            expect((await reader.cache.getOrLoad(key, loader.load, OPTIONS)).value).toEqual(product(200));
        });

        test("lets nobody share a load that another process had begun before", async () => {
            const [reader, writer] = [await open(), await open()];
            const release = loader.hold();
            const old = reader.cache.getOrLoad(key, loader.load, OPTIONS);
            await eventually("the load has begun", () => loader.count === 1);
            loader.value = product(200);
            await writer.cache.invalidate(key);
            const ask = (): Promise<unknown> => reader.cache.getOrLoad(key, loader.load, OPTIONS);
            const asked: Promise<unknown>[] = [];
            // The event is under way; until it is there the flight is shared.
            await eventually("the reader loads again", async () => {
                asked.push(ask());
                await wait(5);
                return loader.count > 1;
            });
            release();
            await old;
            expect(await asked.at(-1)).toMatchObject({ value: product(200) });
        });

        test("keeps for a moment only what is loaded soon after, since a replica may lag", async () => {
            const { cache } = await open();
            await cache.invalidate(key);
            await cache.getOrLoad(key, loader.load, OPTIONS);
            expect(await server.administer((client) => client.pttl(rawKey()))).toBeLessThanOrEqual(1_000);
            expect(await cache.getOrLoad(key, loader.load, OPTIONS)).toMatchObject({ source: "hit" });
        });

        test("takes keys of any slots at once", async () => {
            const { cache } = await open();
            const keys = Array.from({ length: 50 }, () => cacheKey("product", randomUUID()));
            await Promise.all(keys.map((each) => cache.getOrLoad(each, loader.load, OPTIONS)));
            await cache.invalidate(...keys);
            loader.value = product(200);
            const values = await Promise.all(keys.map((each) => cache.getOrLoad(each, loader.load, OPTIONS)));
            expect(new Set(values.map(({ value }) => value.price))).toEqual(new Set([200]));
        });

        test("forgets thousands at once, and leaves the cache to others meanwhile", async () => {
            const { cache, policies, log } = await open();
            const keys = Array.from({ length: 2_000 }, () => cacheKey("product", randomUUID()));
            let most = 0;
            const watching = setInterval(() => (most = Math.max(most, policies.for("cache").load.running)), 1);
            await cache.invalidate(...keys);
            clearInterval(watching);
            expect(log.messages()).not.toContain("cache was not invalidated: trying again");
            expect(most).toBeLessThanOrEqual(100);
        });

        test("tells who loads that the value has just changed: what may lag must not be asked", async () => {
            const [one, other] = [await open(), await open()];
            const hints: boolean[] = [];
            const load = ({ justChanged }: { justChanged: boolean }): Promise<Product> => {
                hints.push(justChanged);
                return Promise.resolve(product());
            };
            await one.cache.getOrLoad(key, load, OPTIONS);
            await one.cache.invalidate(key);
            await other.cache.getOrLoad(key, load, OPTIONS);
            expect(hints).toEqual([false, true]);
        });

        test("counts as just changed for as long as a replica may be behind", async () => {
            const process = await openProcessCache(settingsFor(server), {}, undefined, undefined, 60_000);
            opened.push(process);
            await process.cache.invalidate(key);
            const left = await server.administer((client) => client.pttl(`${rawKey()}:lease`));
            expect(left).toBeGreaterThan(50_000);
        });
    });
});

describe("cache keys", () => {
    test("tell apart what only looks the same", () => {
        const keys = [cacheKey("a", "b:c"), cacheKey("a", "b", "c"), cacheKey("a:b", "c"), cacheKey("a", "b%3Ac")];
        expect(new Set(keys).size).toBe(4);
    });

    test("hold nothing that chooses a slot or ends a line", () => {
        expect(cacheKey("a", "{x}\r\nFLUSHALL")).toMatch(/^[\w.%:-]+$/);
    });

    test("are refused when they are too long", () => {
        expect(() => cacheKey("search", "x".repeat(600))).toThrow(/too long; allowed: 512/);
    });
});
