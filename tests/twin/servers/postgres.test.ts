import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { type PostgresCluster, startPostgres } from "../../../twin/servers/postgres";
import { createServerCertificate } from "../../../twin/servers/server-certificate";
import { isAlive } from "../../app/support/is-alive";

jest.setTimeout(120_000);

const REPOSITORY = path.resolve(__dirname, "../../..");

describe("PostgreSQL on one machine", () => {
    let cluster: PostgresCluster;

    beforeAll(async () => {
        cluster = await startPostgres({ replicas: 2 });
        await cluster.primary.query("CREATE TABLE seen (number int)");
    });

    afterAll(async () => {
        await cluster.stop();
    });

    function replica(index = 0): PostgresCluster["replicas"][number] {
        const found = cluster.replicas[index];
        if (found === undefined) throw new Error(`there is no replica ${index}`);
        return found;
    }

    async function write(number: number): Promise<void> {
        await cluster.primary.query("INSERT INTO seen VALUES ($1)", [number]);
    }

    async function seenBy(index: number, number: number): Promise<boolean> {
        return (await replica(index).query("SELECT 1 FROM seen WHERE number = $1", [number])).length > 0;
    }

    it("shows a write on every replica", async () => {
        await write(1);
        for (const index of [0, 1]) {
            await replica(index).catchUp(cluster.primary);
            expect(await seenBy(index, 1)).toBe(true);
        }
    });

    it("holds one replica back while its replay is paused, and not the other", async () => {
        await replica().pauseReplay();
        await write(2);
        await replica(1).catchUp(cluster.primary);
        expect([await seenBy(0, 2), await seenBy(1, 2)]).toEqual([false, true]);

        await replica().resumeReplay();
        await replica().catchUp(cluster.primary);
        expect(await seenBy(0, 2)).toBe(true);
    });

    it("keeps what was committed when the primary is killed, and the replicas find it again", async () => {
        await write(3);
        cluster.primary.kill();
        await cluster.primary.exited();
        await expect(write(4)).rejects.toThrow("ECONNREFUSED");

        await cluster.primary.start();
        await write(5);
        await replica().catchUp(cluster.primary);
        expect([await seenBy(0, 3), await seenBy(0, 4), await seenBy(0, 5)]).toEqual([true, false, true]);
    });

    it("ends every client's connection on demand", async () => {
        const client = new Client(clientConfig());
        await client.connect();
        const errors: unknown[] = [];
        client.on("error", (error) => errors.push(error));
        const ended = new Promise((resolve) => client.once("end", resolve));
        expect(await cluster.primary.terminateConnections()).toBeGreaterThanOrEqual(1);
        await ended;
        expect(String(errors[0])).toMatch(/terminating connection due to administrator command/);
    });

    it("stops a replica from writing when its disk is full, and it catches up when there is room again", async () => {
        await replica().fillDisk();
        await write(6);
        // A write-ahead log larger than the limit, so that the replica has to write.
        await cluster.primary.query("INSERT INTO seen SELECT generate_series(1000, 50000)");
        await expect(
            (async () => {
                for (let look = 0; look < 200 && !(await seenBy(0, 6)); look++) await sleep(50);
            })(),
        ).rejects.toThrow();

        await replica().freeDisk();
        await replica().start();
        await replica().catchUp(cluster.primary);
        expect(await seenBy(0, 6)).toBe(true);
    });

    it("gives a client what it needs to verify the server, and a client refuses another authority", async () => {
        const client = new Client(clientConfig());
        await client.connect();
        await client.end();

        const { ca } = await createServerCertificate();
        await expect(new Client({ ...clientConfig(), ssl: { ca } }).connect()).rejects.toThrow(/certificate/);
    });

    it("refuses a connection without TLS", async () => {
        await expect(new Client({ ...clientConfig(), ssl: false }).connect()).rejects.toThrow(/no encryption/);
    });

    function clientConfig(): ConstructorParameters<typeof Client>[0] & object {
        const { env } = cluster;
        return {
            host: env.DATABASE_WRITER_HOST,
            port: Number(env.DATABASE_PORT),
            user: env.DATABASE_USER,
            password: env.DATABASE_PASSWORD,
            database: env.DATABASE_NAME,
            ssl: { ca: execFileSync("cat", [env.DATABASE_CA_FILE ?? ""]).toString() },
        };
    }
});

it("leaves no server and no file behind when the process that started it is killed", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "headroom-test-"));
    try {
        const bundle = path.join(REPOSITORY, "twin/servers", `.${path.basename(folder)}.cjs`);
        const source = `import { startPostgres } from "./postgres";
            void startPostgres({ replicas: 1 }).then((cluster) => {
                console.log(JSON.stringify({ pids: cluster.pids(), ca: cluster.env.DATABASE_CA_FILE }));
                setInterval(() => undefined, 1_000);
            });`;
        execFileSync(
            path.join(REPOSITORY, "node_modules/.bin/esbuild"),
            ["--bundle", "--packages=external", "--platform=node", "--format=cjs", `--outfile=${bundle}`],
            { input: source, cwd: path.join(REPOSITORY, "twin/servers"), stdio: ["pipe", "ignore", "pipe"] },
        );
        try {
            const parent = spawn(process.execPath, [bundle], { stdio: ["ignore", "pipe", "inherit"] });
            const [line] = (await once(createInterface(parent.stdout), "line")) as [string];
            const { pids, ca } = JSON.parse(line) as { pids: number[]; ca: string };
            expect(pids.map(isAlive)).toEqual([true, true]);

            parent.kill("SIGKILL");
            const gone = (): boolean => !pids.some(isAlive) && !existsSync(path.dirname(ca));
            for (let look = 0; look < 400 && !gone(); look++) await sleep(50);
            expect(gone()).toBe(true);
        } finally {
            rmSync(bundle, { force: true });
        }
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
});
