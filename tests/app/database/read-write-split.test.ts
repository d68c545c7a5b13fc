import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { createConnector } from "../../../app/src/database/connection";
import type { Database, Queryable, Statement } from "../../../app/src/database/database";
import { databaseSettingsFrom, openTestDatabase, startTestDatabase, type TestDatabase } from "../support/database";

jest.setTimeout(120_000);

const addMail: Statement = { name: "test-add-mail", text: "INSERT INTO mails (message_id) VALUES ($1)" };
const findMail: Statement = { name: "test-find-mail", text: "SELECT 1 FROM mails WHERE message_id = $1" };
const whoAmI: Statement = {
    name: "test-who-am-i",
    text: "SELECT current_setting('cluster_name') AS name, pg_backend_pid() AS pid",
};
const setStock: Statement = { name: "test-set-stock", text: "UPDATE stock SET available = $2 WHERE product_id = $1" };
const sumStock: Statement = { name: "test-sum-stock", text: "SELECT sum(available)::int AS sum FROM stock" };

let running: TestDatabase;
let database: Database;

beforeAll(async () => {
    running = await startTestDatabase({ replicas: 2 }, { replicaMaxLagSeconds: 1 });
    ({ database } = running);
});

afterAll(async () => {
    await running.stop();
});

function replica(index: number): TestDatabase["cluster"]["replicas"][number] {
    const found = running.cluster.replicas[index];
    if (found === undefined) throw new Error(`there is no replica ${index}`);
    return found;
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let look = 0; look < 600; look++) {
        if (await condition()) return;
        await sleep(50);
    }
    throw new Error(`waited in vain for: ${what}. ${JSON.stringify(database.status())}`);
}

function states(): string[] {
    return database.status().replicas.map(({ state }) => state);
}

async function allInUse(): Promise<void> {
    await until(() => states().every((state) => state === "in use"), "both replicas in use");
}

async function add(id: string): Promise<string> {
    return (await database.write((tx) => tx.query({ ...addMail, values: [id] }))).lsn;
}

async function has(q: Queryable, id: string): Promise<boolean> {
    return (await q.query({ ...findMail, values: [id] })).length === 1;
}

async function server(q: Queryable): Promise<string> {
    return (await q.query<{ name: string }>(whoAmI))[0]?.name ?? "";
}

/** The servers that answer forty reads: that one of two is left out by chance is as good as impossible. */
async function servers(options?: Parameters<Database["read"]>[1]): Promise<string[]> {
    const names = await Promise.all(Array.from({ length: 40 }, () => database.read(server, options)));
    return [...new Set(names)].sort();
}

describe("reads and writes", () => {
    beforeEach(allInUse);

    it("writes on the primary and reads on every replica", async () => {
        expect((await database.write(server)).value).toBe("primary");
        expect(await servers()).toEqual(["replica-1", "replica-2"]);
    });

    it("reads on the primary what must not be old", async () => {
        expect(await servers({ consistency: "writer" })).toEqual(["primary"]);
    });

    it("takes no write where it reads", async () => {
        await expect(database.read((q) => q.query({ ...addMail, values: [randomUUID()] }))).rejects.toThrow(
            "a read must not write",
        );
    });

    it("commits all of a transaction or nothing", async () => {
        const id = randomUUID();
        const failing = database.write(async (tx) => {
            await tx.query({ ...addMail, values: [id] });
            throw new Error("changed its mind");
        });
        await expect(failing).rejects.toThrow("changed its mind");
        expect(await database.read((q) => has(q, id), { consistency: "writer" })).toBe(false);
    });

    it("does not call a transaction committed that was rolled back for an error that the work has swallowed", async () => {
        const id = randomUUID();
        const swallowing = database.write(async (tx) => {
            await tx.query({ ...addMail, values: [id] });
            await tx.query({ ...addMail, values: [id] }).catch(() => undefined);
        });
        await expect(swallowing).rejects.toThrow("was rolled back");
    });

    it("lets no statement run after the transaction", async () => {
        let late: Queryable | undefined;
        await database.write((tx) => {
            late = tx;
            return Promise.resolve();
        });
        await expect(late?.query(whoAmI)).rejects.toThrow("given back");
    });

    it("gives the connection back after errors of the work, of a statement and of a commit", async () => {
        for (let time = 0; time < 25; time++) {
            await expect(database.write(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
            const id = randomUUID();
            const twice = database.write(async (tx) => {
                await tx.query({ ...addMail, values: [id] });
                await tx.query({ ...addMail, values: [id] });
            });
            await expect(twice).rejects.toThrow(/duplicate key/);
        }
        const { total, idle } = database.status().writer.pool;
        expect({ used: total - idle }).toEqual({ used: 0 });
    });
});

describe("a client's own writes", () => {
    beforeEach(allInUse);

    it("are seen by the client while every replica is behind, and others go on reading on the replicas", async () => {
        await Promise.all([replica(0).pauseReplay(), replica(1).pauseReplay()]);
        try {
            const id = randomUUID();
            const lsn = await add(id);
            expect(await database.read((q) => has(q, id), { after: lsn })).toBe(true);
            expect(await servers({ after: lsn })).toEqual(["primary"]);
            expect(await database.read((q) => has(q, id))).toBe(false);
        } finally {
            await Promise.all([replica(0).resumeReplay(), replica(1).resumeReplay()]);
        }
    });

    it("are seen on the replica that has them, once it has them", async () => {
        await replica(0).pauseReplay();
        try {
            const id = randomUUID();
            const lsn = await add(id);
            await replica(1).catchUp(running.cluster.primary);
            await until(
                async () => (await servers({ after: lsn })).join() === "replica-2",
                "reads on the second replica",
            );
            expect(await database.read((q) => has(q, id), { after: lsn })).toBe(true);
        } finally {
            await replica(0).resumeReplay();
        }
        await until(async () => (await servers()).length === 2, "reads on both");
    });

    it("are seen at once, whatever the replicas do, in a hundred writes one after the other", async () => {
        for (let time = 0; time < 100; time++) {
            const id = randomUUID();
            const lsn = await add(id);
            expect(await database.read((q) => has(q, id), { after: lsn })).toBe(true);
        }
    });

    it("are not too early in the log: a replica that has replayed the position shows the write", async () => {
        for (let time = 0; time < 20; time++) {
            const id = randomUUID();
            const lsn = await add(id);
            const reached = async (): Promise<boolean> => {
                const text = "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS reached";
                return (await replica(0).query<{ reached: boolean }>(text, [lsn]))[0]?.reached ?? false;
            };
            await until(reached, "the replica to reach the position");
            await until(async () => (await servers({ after: lsn })).includes("replica-1"), "reads on the replica");
            expect(await database.read((q) => has(q, id), { after: lsn })).toBe(true);
        }
    });

    it("are not looked for where a client brings along what is no position", async () => {
        expect(await servers({ after: "nonsense'; DROP TABLE orders" })).toEqual(["replica-1", "replica-2"]);
    });
});

describe("a replica that is not fit", () => {
    beforeEach(allInUse);

    it("is left out when it lags, and comes back by itself", async () => {
        await replica(0).pauseReplay();
        await add(randomUUID());
        await until(() => states()[0] === "lagging", "the first replica to lag");
        const [status] = database.status().replicas;
        expect(status?.lagSeconds).toBeGreaterThan(1);
        expect(status?.lagBytes).toBeGreaterThan(0);
        expect(await servers()).toEqual(["replica-2"]);

        await replica(0).resumeReplay();
        await allInUse();
        expect(await servers()).toEqual(["replica-1", "replica-2"]);
        expect(database.status().replicas[0]).toMatchObject({ lagSeconds: 0, lagBytes: 0 });
    });

    it("does not count as lagging while nobody writes", async () => {
        await replica(0).pauseReplay();
        try {
            await sleep(1_500);
            expect(states()).toEqual(["in use", "in use"]);
        } finally {
            await replica(0).resumeReplay();
        }
    });

    it("is left out without an error for anybody when it is killed, and comes back by itself", async () => {
        const reads: Promise<string>[] = [];
        const reading = setInterval(() => reads.push(database.read(server)), 5);
        try {
            replica(0).kill();
            await replica(0).exited();
            await until(() => states()[0] === "down", "the first replica to be down");
            expect(await servers()).toEqual(["replica-2"]);
            await replica(0).start();
            await allInUse();
            expect(await servers()).toEqual(["replica-1", "replica-2"]);
        } finally {
            clearInterval(reading);
        }
        const outcomes = await Promise.allSettled(reads);
        expect(outcomes.filter(({ status }) => status === "rejected")).toEqual([]);
        expect(outcomes.length).toBeGreaterThan(10);
    });

    it("is replaced by the primary when it was the last one", async () => {
        for (const index of [0, 1]) replica(index).kill();
        await Promise.all([replica(0).exited(), replica(1).exited()]);
        try {
            expect(await servers()).toEqual(["primary"]);
        } finally {
            await Promise.all([replica(0).start(), replica(1).start()]);
        }
        await allInUse();
        expect(await servers()).toEqual(["replica-1", "replica-2"]);
    });
});

describe("a process with too few connections", () => {
    beforeEach(allInUse);

    it("does not take a replica for dead because all connections to it are lent", async () => {
        const busy = await openTestDatabase(running.cluster.env, { poolSize: 2, connectTimeoutMs: 300 });
        try {
            const sleepers = [1, 2].map(() =>
                busy.read((q) => q.query({ name: "test-sleep", text: "SELECT pg_sleep(1.5)" })),
            );
            // Both replicas' only connection is lent: it waits in vain for one, and for the other, and asks the primary.
            expect(await busy.read(server)).toBe("primary");
            expect(busy.status().replicas.map(({ state }) => state)).toEqual(["in use", "in use"]);
            await Promise.all(sleepers);
        } finally {
            await busy.close();
        }
    });
});

describe("a primary that goes away", () => {
    beforeEach(allInUse);

    it("takes writes again without an error after its connections were ended", async () => {
        await Promise.all(Array.from({ length: 8 }, () => add(randomUUID())));
        await running.cluster.primary.terminateConnections();
        await Promise.all(Array.from({ length: 8 }, () => add(randomUUID())));
        await until(() => database.ready(), "the database to be ready");
    });

    it("makes the database unready and writes fail while it is away, and reads go on; all comes back by itself", async () => {
        running.cluster.primary.kill();
        await running.cluster.primary.exited();
        await until(async () => !(await database.ready()), "the database to be unready");
        await expect(add(randomUUID())).rejects.toThrow("database-writer is unavailable");
        expect(await servers()).toEqual(["replica-1", "replica-2"]);

        await running.cluster.primary.start();
        await until(() => database.ready(), "the database to be ready");
        const id = randomUUID();
        await until(
            () =>
                add(id).then(
                    () => true,
                    () => false,
                ),
            "a write to succeed",
        );
    });

    it("is looked for anew after a failover has left the connections on a server that takes no writes", async () => {
        await until(
            () =>
                add(randomUUID()).then(
                    () => true,
                    () => false,
                ),
            "a write to succeed",
        );
        const before = await database.write((tx) => tx.query<{ pid: number }>(whoAmI));
        await running.cluster.primary.query("ALTER ROLE app SET default_transaction_read_only = on");
        await running.cluster.primary.terminateConnections();
        await expect(add(randomUUID())).rejects.toThrow("database-writer is unavailable");

        await running.cluster.primary.query("ALTER ROLE app RESET default_transaction_read_only");
        // Not one connection that was opened before is used: each of them would refuse the write.
        await Promise.all(Array.from({ length: 8 }, () => add(randomUUID())));
        const after = await database.write((tx) => tx.query<{ pid: number }>(whoAmI));
        expect(after.value[0]?.pid).not.toBe(before.value[0]?.pid);
    });
});

describe("a connection that is lost in a transaction", () => {
    beforeEach(async () => {
        await until(() => database.ready(), "the database to be ready");
    });

    it("lets the work run again where it was lost before the commit: it has certainly had no effect", async () => {
        const id = randomUUID();
        let runs = 0;
        await database.write(async (tx) => {
            runs++;
            await tx.query({ ...addMail, values: [id] });
            if (runs === 1) await running.cluster.primary.terminateConnections();
            await tx.query({ ...findMail, values: [id] });
        });
        expect(runs).toBe(2);
    });

    it("does not let the work run again where it was lost in the commit: it may have had its effect", async () => {
        const { primary } = running.cluster;
        // A commit that takes its time, for one row only.
        const id = randomUUID();
        const env = running.cluster.ownerEnv;
        const slow = `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_sleep(30); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON mails DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (NEW.message_id = '${id}') EXECUTE FUNCTION slow()`;
        await asOwner(env, slow);
        try {
            let runs = 0;
            const writing = database.write(async (tx) => {
                runs++;
                await tx.query({ ...addMail, values: [id] });
            });
            const failing = expect(writing).rejects.toThrow("database-writer is unavailable: failed");
            const committing = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'COMMIT%' AND wait_event = 'PgSleep'";
            await until(async () => (await primary.query(committing)).length > 0, "the commit to begin");
            await primary.terminateConnections();
            await failing;
            expect(runs).toBe(1);
        } finally {
            await asOwner(env, "DROP TRIGGER slow ON mails; DROP FUNCTION slow");
        }
    });

    async function asOwner(env: Readonly<Record<string, string>>, text: string): Promise<void> {
        const settings = databaseSettingsFrom(env);
        const client = new Client(createConnector(settings).configFor(settings.writer));
        await client.connect();
        try {
            await client.query(text);
        } finally {
            await client.end();
        }
    }
});

describe("transactions in each other's way", () => {
    const products = Array.from({ length: 2 }, () => randomUUID());

    beforeAll(async () => {
        for (const id of products) {
            await database.write(async (tx) => {
                await tx.query({
                    name: "test-add-product",
                    text: "INSERT INTO products (id, sku, name, price_cents, currency) VALUES ($1, $2, 'Tea', 100, 'EUR')",
                    values: [id, id],
                });
                await tx.query({
                    name: "test-add-stock",
                    text: "INSERT INTO stock (product_id, available) VALUES ($1, 0)",
                    values: [id],
                });
            });
        }
    });

    it("are run again after a serialization failure, so that none is lost", async () => {
        const [id] = products;
        const increment = (): Promise<unknown> =>
            database.write(
                async (tx) => {
                    const [row] = await tx.query<{ sum: number }>(sumStock);
                    await tx.query({ ...setStock, values: [id, (row?.sum ?? 0) + 1] });
                },
                { isolation: "serializable" },
            );
        await Promise.all([increment(), increment(), increment()]);
        const [row] = await database.read((q) => q.query<{ sum: number }>(sumStock), { consistency: "writer" });
        expect(row?.sum).toBe(3);
    });

    it("are run again after a deadlock", async () => {
        const both: (() => void)[] = [];
        let runs = 0;
        const update = (first: number, second: number): Promise<unknown> =>
            database.write(async (tx) => {
                runs++;
                await tx.query({ ...setStock, values: [products[first], 7] });
                // Only the first time: both hold a lock before either wants the other's.
                if (runs <= 2) {
                    await new Promise<void>((resolve) => {
                        both.push(resolve);
                        if (both.length === 2) for (const go of both) go();
                    });
                }
                await tx.query({ ...setStock, values: [products[second], 7] });
            });
        await Promise.all([update(0, 1), update(1, 0)]);
        expect(runs).toBe(3);
    });
});

it("starts while no server can be reached, and is ready when one can", async () => {
    running.cluster.primary.kill();
    await running.cluster.primary.exited();
    const early = await openTestDatabase(running.cluster.env);
    try {
        expect(await early.ready()).toBe(false);
        await running.cluster.primary.start();
        await until(() => early.ready(), "the database to be ready");
    } finally {
        await early.close();
    }
});
