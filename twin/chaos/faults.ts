import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../random";
import type { Twin } from "../twin";

/** Something that breaks, and how to tell that it is whole again. */
export interface Fault {
    readonly name: string;
    /** Whether sessions may be lost in it. */
    readonly losesSessions?: true;
    /** Breaks it, and mends what does not mend itself. Resolves when nothing is broken on purpose any more. */
    run(twin: Twin, random: Random): Promise<void>;
    /** Whether everything is as it was before. */
    isWhole(twin: Twin): Promise<boolean>;
}

/** How long servers that have to be started again are down. */
const QUEUE_DOWN_MS = 10_000;
const CACHE_DOWN_MS = 2_000;
const REPLICA_DOWN_MS = 3_000;
const DISK_FULL_MS = 5_000;

/** A worker is watched this long for a message in hand. */
const MID_JOB_MS = 5_000;
const LOOK_MS = 20;

/** A replica that is less than this behind follows. */
const FOLLOWS_BYTES = 1_048_576;

/** All faults; each is repaired before the next one comes. */
const EVERYWHERE: readonly Fault[] = [
    {
        name: "kill -9 of a web process",
        async run({ web }, random) {
            const victim = random.pick(web.running);
            web.kill(victim.id);
            await victim.exited;
        },
        isWhole: (twin) => Promise.resolve(isComplete(twin)),
    },
    {
        name: "kill -9 of a worker in mid-job",
        async run({ worker, counter }, random) {
            const deadline = performance.now() + MID_JOB_MS;
            // As many as there are workers: then the victim has most likely one of them.
            const enough = worker.running.length;
            while ((await counter.depth()).inFlight < enough && performance.now() < deadline) await sleep(LOOK_MS);
            const victim = random.pick(worker.running);
            worker.kill(victim.id);
            await victim.exited;
        },
        isWhole: (twin) => Promise.resolve(isComplete(twin)),
    },
    {
        name: "kill -9 of the cache, a new and empty one after 2 s",
        losesSessions: true,
        async run({ valkey }) {
            const exited = valkey.exited();
            valkey.kill();
            await exited;
            await sleep(CACHE_DOWN_MS);
            await valkey.start();
        },
        isWhole: async (twin) => isComplete(twin) && (await isBalanced(twin)),
    },
    {
        name: "kill -9 of a replica, started again after 3 s",
        async run({ postgres }, random) {
            const replica = random.pick(postgres.replicas);
            const exited = replica.exited();
            replica.kill();
            await exited;
            await sleep(REPLICA_DOWN_MS);
            await replica.start();
        },
        isWhole: replicasFollow,
    },
    {
        name: "end of all connections to the primary",
        async run({ postgres }) {
            await postgres.primary.terminateConnections();
        },
        isWhole: async (twin) => isComplete(twin) && (await isBalanced(twin)) && (await replicasFollow(twin)),
    },
    {
        name: "kill -9 of the queue server, started again after 10 s",
        async run(twin) {
            const { queue } = twin;
            queue.kill();
            await queue.exited;
            await sleep(QUEUE_DOWN_MS);
            await twin.restartQueue();
        },
        isWhole: async (twin) => (await waitingInOutbox(twin)) < 10,
    },
];

/** A limit of the kernel stands for the disk's quota, and only Linux can give one to a process that runs. */
const ON_LINUX: readonly Fault[] = [
    {
        name: "no space on a replica's disk for 5 s",
        async run({ postgres }, random) {
            const replica = random.pick(postgres.replicas);
            await replica.fillDisk();
            await sleep(DISK_FULL_MS);
            await replica.freeDisk();
            // It may have given up meanwhile; where it runs, this does nothing.
            await replica.start();
        },
        isWhole: replicasFollow,
    },
];

/** Those that can be played here. */
export const FAULTS: readonly Fault[] = process.platform === "linux" ? [...EVERYWHERE, ...ON_LINUX] : EVERYWHERE;

function isComplete({ web, worker }: Twin): boolean {
    return [web, worker].every(({ running, desired, tasks }) => running.length === desired && tasks.length === desired);
}

async function isBalanced({ balancer, web }: Twin): Promise<boolean> {
    const { targets } = await balancer.status();
    return targets.length === web.desired && targets.every(({ state }) => state === "healthy");
}

async function replicasFollow({ postgres }: Twin): Promise<boolean> {
    const rows = await postgres.primary.query<{ lag: number | null }>(
        "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 AS lag FROM pg_stat_replication",
    );
    return rows.length === postgres.replicas.length && rows.every(({ lag }) => lag !== null && lag < FOLLOWS_BYTES);
}

/** Messages that were not given to the queue yet. */
export function waitingInOutbox(twin: Twin): Promise<number> {
    return twin.withDatabase(async (client) => {
        const text = "SELECT count(*)::int AS count FROM outbox WHERE sent_at IS NULL";
        return (await client.query<{ count: number }>(text)).rows[0]?.count ?? 0;
    });
}
