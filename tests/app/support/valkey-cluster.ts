import { randomBytes } from "node:crypto";
import type { Valkey } from "iovalkey";
import { startValkey, type ValkeyServer } from "../../../twin/servers/valkey";
import { eventually } from "./eventually";

/** The slots of each shard, as ElastiCache shares them out among three. */
const SHARDS = [
    [0, 5_460],
    [5_461, 10_922],
    [10_923, 16_383],
] as const;

/** How long a node may be silent before the others take it for dead; the default is 15 s. */
const NODE_TIMEOUT_MS = 1_000;

/** Three shards of one node each, and a replica of the last one. */
export interface ValkeyCluster {
    readonly primaries: readonly [ValkeyServer, ValkeyServer, ValkeyServer];
    readonly replica: ValkeyServer;
    stop(): Promise<void>;
}

/** Starts the nodes, which know nothing of each other, and makes a cluster of them, with one user and password for all. */
export async function startValkeyCluster(): Promise<ValkeyCluster> {
    const servers = await Promise.all(Array.from({ length: SHARDS.length + 1 }, () => startValkey()));
    const stop = async (): Promise<void> => {
        await Promise.all(servers.map((server) => server.stop()));
    };
    try {
        const [first, second, third, replica] = servers as [ValkeyServer, ValkeyServer, ValkeyServer, ValkeyServer];
        const primaries = [first, second, third] as const;
        await prepare(servers, String(first.env.CACHE_PASSWORD));
        await Promise.all(
            primaries.map((server, shard) =>
                server.administer((client) => client.call("CLUSTER", "ADDSLOTSRANGE", ...(SHARDS[shard] ?? []))),
            ),
        );
        await introduce(first, servers.slice(1));
        await allSee(servers, "cluster_slots_ok:16384");
        const id = await third.administer((client) => client.call("CLUSTER", "MYID"));
        await replica.administer((client) => client.call("CLUSTER", "REPLICATE", String(id)));
        await eventually("the replica follows its primary", async () =>
            (await replica.administer((client) => client.info("replication"))).includes("master_link_status:up"),
        );
        return { primaries, replica, stop };
    } catch (error) {
        await stop();
        throw error;
    }
}

/** Takes the slots away that each node has given itself; the nodes let the replica in, and the application is one user. */
async function prepare(servers: readonly ValkeyServer[], password: string): Promise<void> {
    const replication = randomBytes(24).toString("hex");
    const commands = [
        ["CLUSTER", "FLUSHSLOTS"],
        ["CONFIG", "SET", "cluster-node-timeout", String(NODE_TIMEOUT_MS)],
        ["ACL", "SETUSER", "replicator", "on", `>${replication}`, "+psync", "+replconf", "+ping"],
        ["CONFIG", "SET", "masteruser", "replicator", "masterauth", replication],
    ] as const;
    for (const server of servers) {
        await server.administer(async (client) => {
            for (const [command, ...words] of commands) await client.call(command, ...words);
            const user = String(server.env.CACHE_USER);
            await client.call("ACL", "SETUSER", user, "resetpass", `>${password}`);
        });
    }
}

async function introduce(one: ValkeyServer, others: readonly ValkeyServer[]): Promise<void> {
    for (const other of others) {
        const busPort = await other.administer(async (client) => (await configuration(client, "cluster-port")) ?? "");
        await one.administer((client) => client.call("CLUSTER", "MEET", other.host, other.port, busPort));
    }
    await allSee([one, ...others], `cluster_known_nodes:${others.length + 1}`);
    await allSee([one, ...others], "cluster_state:ok");
}

async function configuration(client: Valkey, name: string): Promise<string | undefined> {
    return ((await client.call("CONFIG", "GET", name)) as string[])[1];
}

/** Waits until every node says so. */
async function allSee(servers: readonly ValkeyServer[], what: string): Promise<void> {
    await eventually(`every node says ${what}`, async () => {
        const all = await Promise.all(servers.map((server) => server.administer((client) => client.cluster("INFO"))));
        return all.every((info) => info.includes(what));
    });
}
