import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Database, Queryable, Statement } from "../../../app/src/database/database";
import { openTestDatabase, startTestDatabase, type TestDatabase } from "../support/database";
import { eventually } from "../support/eventually";

jest.setTimeout(120_000);

const slowly: Statement = { name: "test-slowly", text: "SELECT 1 FROM pg_sleep(0.2)" };

/** Between the pool and a server: its connections can be made to fall silent, as those to a machine that has lost its power. */
class Path {
    readonly #server: Server;
    readonly #open = new Set<Socket>();

    constructor(target: number) {
        this.#server = createServer((near) => {
            const far = connect(target, "127.0.0.1");
            for (const [from, to] of [
                [near, far],
                [far, near],
            ] as const) {
                this.#open.add(from);
                from.on("data", (chunk) => to.write(chunk));
                from.on("error", () => to.destroy());
                from.on("close", () => {
                    this.#open.delete(from);
                    to.destroy();
                });
            }
        });
    }

    async listen(): Promise<number> {
        await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
        return (this.#server.address() as AddressInfo).port;
    }

    /** Nothing comes through any more on what is open; new connections are as good as ever, as to the new primary. */
    silence(): void {
        for (const socket of this.#open) socket.pause();
    }

    async close(): Promise<void> {
        for (const socket of this.#open) socket.destroy();
        await new Promise((resolve) => this.#server.close(resolve));
    }
}

let running: TestDatabase;
const opened: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
    running = await startTestDatabase({ replicas: 1, tls: false });
});

afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
});

afterAll(async () => {
    await running.stop();
});

async function pathTo(port: string | number | undefined): Promise<{ path: Path; port: number }> {
    const path = new Path(Number(port));
    opened.push(path);
    return { path, port: await path.listen() };
}

async function open(environment: Record<string, string>): Promise<Database> {
    // A look that is not answered for this long has failed.
    const database = await openTestDatabase({ ...running.cluster.env, ...environment }, { connectTimeoutMs: 500 });
    opened.push(database);
    return database;
}

/** Uses five connections at the same time. */
async function fiveTimes(work: (use: (q: Queryable) => Promise<unknown>) => Promise<unknown>): Promise<void> {
    await Promise.all(Array.from({ length: 5 }, () => work((q) => q.query(slowly))));
}

describe("connections to a server that has gone without a word", () => {
    it("are not used any more when the writer answers again", async () => {
        const { path, port } = await pathTo(running.cluster.env.DATABASE_PORT);
        const database = await open({ DATABASE_WRITER_HOST: `127.0.0.1:${port}`, DATABASE_READER_HOSTS: "" });
        await fiveTimes((use) => database.write(use));
        expect(database.status().writer.pool.idle).toBe(5);

        path.silence();
        await eventually("the silence is noticed", () => !database.status().writer.up);
        await eventually("the writer answers again", () => database.status().writer.up);
        await fiveTimes((use) => database.write(use));
    });

    it("are not used any more when a replica answers again", async () => {
        const [, replicaPort] = (running.cluster.env.DATABASE_READER_HOSTS ?? "").split(":");
        const { path, port } = await pathTo(replicaPort ?? running.cluster.env.DATABASE_PORT);
        const database = await open({ DATABASE_READER_HOSTS: `127.0.0.1:${port}` });
        const replica = (): ReturnType<Database["status"]>["replicas"][number] | undefined =>
            database.status().replicas[0];
        await eventually("the replica is in use", () => replica()?.state === "in use");
        await fiveTimes((use) => database.read(use));
        expect(replica()?.pool.idle).toBe(5);

        path.silence();
        await eventually("the silence is noticed", () => replica()?.state === "down");
        await eventually("the replica answers again", () => replica()?.state === "in use");
        const stale = replica()?.pool.idle;
        await fiveTimes((use) => database.read(use));
        // Nobody has waited for the end of his time and been sent to the writer.
        expect({ stale, writer: database.status().writer.pool.total }).toEqual({ stale: 5, writer: 0 });
    });
});

describe("a server that does not take the token for now", () => {
    it("is unavailable: the next token may be taken", async () => {
        const database = await open({ DATABASE_PASSWORD: "not-the-password", DATABASE_READER_HOSTS: "" });
        await expect(database.write((tx) => tx.query(slowly))).rejects.toMatchObject({
            statusCode: 503,
            reason: "failed",
        });
    });
});
