import { randomUUID } from "node:crypto";
import { z } from "zod";
import { cacheKey, type CacheKey, type CacheOptions } from "../../../app/src/cache/cache";
import type { ValkeyServer } from "../../../twin/servers/valkey";
import { openProcessCache, type ProcessCache, settingsFor } from "../support/cache";
import { eventually } from "../support/eventually";
import { startValkeyCluster, type ValkeyCluster } from "../support/valkey-cluster";

jest.setTimeout(120_000);

const OPTIONS: CacheOptions<string> = { schema: z.string(), ttlSeconds: 300 };
const load = (): Promise<string> => Promise.resolve("loaded");
const newKeys = (count: number): CacheKey[] => Array.from({ length: count }, () => cacheKey("product", randomUUID()));

describe("a cache of several shards", () => {
    let cluster: ValkeyCluster;
    const opened: ProcessCache[] = [];

    beforeAll(async () => {
        cluster = await startValkeyCluster();
    });
    afterAll(() => cluster.stop());
    afterEach(async () => {
        await Promise.all(opened.splice(0).map(({ cache }) => cache.close()));
    });

    /** A process that was told of the first node alone. */
    async function open(): Promise<ProcessCache> {
        const process = await openProcessCache(settingsFor(cluster.primaries[0]));
        opened.push(process);
        return process;
    }

    const sizeOf = (server: ValkeyServer): Promise<number> => server.administer((client) => client.dbsize());

    async function sources({ cache }: ProcessCache, keys: readonly CacheKey[]): Promise<Record<string, number>> {
        const found = await Promise.all(keys.map((key) => cache.getOrLoad(key, load, OPTIONS)));
        const counts: Record<string, number> = {};
        for (const { source } of found) counts[source] = (counts[source] ?? 0) + 1;
        return counts;
    }

    test("is found by one of its nodes, and every shard has its part of the keys", async () => {
        const process = await open();
        const keys = newKeys(90);
        expect(await sources(process, keys)).toEqual({ miss: 90 });
        expect(await sources(await open(), keys)).toEqual({ hit: 90 });
        const sizes = await Promise.all(cluster.primaries.map(sizeOf));
        for (const size of sizes) expect(size).toBeGreaterThan(0);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(90);
        expect(process.log.messages()).toEqual(["cache connected"]);
    });

    test("forgets keys of all shards at once, and tells every process whichever node it listens to", async () => {
        const [reader, writer] = [await open(), await open()];
        const keys = newKeys(60);
        await sources(reader, keys);
        await writer.cache.invalidate(...keys);
        const values = await Promise.all(
            keys.map((key) => reader.cache.getOrLoad(key, () => Promise.resolve("new"), OPTIONS)),
        );
        expect(new Set(values.map(({ value }) => value))).toEqual(new Set(["new"]));
        expect(writer.log.messages()).not.toContain("cache was not invalidated: trying again");
    });

    test("refuses a command over several slots, which is the program's mistake and no failure of the cache", async () => {
        const { cache, policies } = await open();
        const crossing = (): Promise<unknown> => policies.for("cache").run(() => cache.client.mget("{a}", "{b}"));
        for (let call = 0; call < 20; call++) await expect(crossing()).rejects.toThrow(/CROSSSLOT|same (slot|node)/i);
        expect(policies.states().cache).toBe("closed");
    });

    test("is followed when a slot moves to another shard, without a failed lookup", async () => {
        const process = await open();
        const [key = cacheKey("none")] = newKeys(1);
        const [, from, to] = cluster.primaries;
        // A key of the second shard, and the slot that it is in.
        let moved = key;
        let slot = 0;
        await eventually("a key of the second shard is found", async () => {
            [moved = key] = newKeys(1);
            slot = await from.administer((client) => client.cluster("KEYSLOT", `shop:1:{${moved}}`));
            return slot >= 5_461 && slot <= 10_922;
        });
        expect(await sources(process, [moved])).toEqual({ miss: 1 });
        const id = String(await to.administer((client) => client.call("CLUSTER", "MYID")));
        await from.administer((client) => client.unlink(`shop:1:{${moved}}`));
        // Who imports a slot takes a new epoch with it: that is what the other nodes, and its replica, believe.
        const old = String(await from.administer((client) => client.call("CLUSTER", "MYID")));
        await to.administer((client) => client.call("CLUSTER", "SETSLOT", slot, "IMPORTING", old));
        for (const server of [to, from]) {
            await server.administer((client) => client.call("CLUSTER", "SETSLOT", slot, "NODE", id));
        }
        await eventually("every node knows", async () => {
            const nodes = [...cluster.primaries, cluster.replica];
            const views = await Promise.all(nodes.map((node) => node.administer((client) => client.cluster("SLOTS"))));
            const owners = views.map((ranges) => ranges.find(([first, last]) => first <= slot && slot <= last)?.[2]);
            return owners.every((owner) => owner?.[1] === to.port);
        });
        // The process still asks the second shard, and is sent on.
        expect(await sources(process, [moved])).toEqual({ miss: 1 });
        expect(await sources(process, [moved])).toEqual({ hit: 1 });
        expect(process.log.messages()).not.toContain("cache command failed");
    });

    test("does its work without a shard that is gone, and all of it again when a replica has taken its place", async () => {
        const process = await open();
        const keys = newKeys(90);
        await sources(process, keys);
        const [, , lost] = cluster.primaries;
        // What a replica has not got it cannot give back.
        await eventually("the replica has all", async () => (await sizeOf(cluster.replica)) === (await sizeOf(lost)));
        lost.kill();
        await lost.exited();
        const meanwhile = await Promise.all(keys.map((key) => process.cache.getOrLoad(key, load, OPTIONS)));
        expect(meanwhile.map(({ value }) => value)).toEqual(keys.map(() => "loaded"));
        expect(meanwhile.map(({ source }) => source)).toContain("loaded-without-cache");

        await eventually("the replica is the primary", async () =>
            (await cluster.replica.administer((client) => client.info("replication"))).includes("role:master"),
        );
        await eventually("all keys are found again", async () => {
            await sources(process, keys);
            return (await sources(process, keys)).hit === 90;
        });
        expect(await process.cache.ready()).toBe(true);
        // New keys of the shard that was lost are taken too.
        const more = newKeys(60);
        await sources(process, more);
        expect(await sources(process, more)).toEqual({ hit: 60 });
    });
});
