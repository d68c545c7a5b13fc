import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { runExperiment } from "../../twin/chaos/experiment";
import { FAULTS } from "../../twin/chaos/faults";
import { drain, findViolations } from "../../twin/chaos/invariants";
import { ShopClient } from "../../twin/shop-client";
import { Observer } from "../../twin/snapshot";
import { renderLine, renderScreen } from "../../twin/status";
import { loadTopology } from "../../twin/topology";
import { Twin } from "../../twin/twin";
import { isAlive } from "../app/support/is-alive";

// Dozens of processes start, and the first run on a machine may have to fetch some of the servers.
jest.setTimeout(600_000);

const REPOSITORY = path.resolve(__dirname, "../..");

/** Below a test's own time-out: a loop that goes on after its test would keep the run from ending. */
const PATIENCE_MS = 180_000;

/** A minute of scaling lasts a quarter of a second. */
const SPEED = 240;

const topology = loadTopology("dev", {
    limits: { web: 3, worker: 3, replicas: 1 },
    leastReplicas: 1,
    config: {
        // A whole vCPU: what a busy machine adds to the CPU of a process is not taken for load.
        "web.cpu": 1,
        "web.memory": 2048,
        // Five requests a second for each process: any machine brings more.
        "web.requestsPerTarget": 300,
        "jobs.visibilityTimeoutSeconds": 5,
    },
});

let twin: Twin;
let client: ShopClient;
const events: string[] = [];

beforeAll(async () => {
    twin = await Twin.start({
        topology,
        speed: SPEED,
        environment: {
            RATE_LIMIT_PER_MINUTE: "0",
            PAYMENT_STUB_LATENCY_MS: "50",
            // No request is to fail here, however busy the machine is with other tests.
            MAX_EVENT_LOOP_DELAY_MS: "60000",
        },
        onEvent: (text) => events.push(text),
    });
    client = new ShopClient(twin.url);
});

afterAll(async () => {
    await client.close();
    await twin.stop();
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await condition())) {
        if (Date.now() > deadline) throw new Error(`did not happen: ${condition.toString()}\n${events.join("\n")}`);
        await sleep(20);
    }
}

test("it starts with the stack's numbers of processes, each in a zone of its own", () => {
    expect(twin.web.running).toHaveLength(2);
    expect(twin.worker.running).toHaveLength(2);
    expect(new Set(twin.web.running.map(({ zone }) => zone)).size).toBe(2);
    expect(twin.postgres.replicas).toHaveLength(1);
});

test("a customer signs in, looks around, fills the cart, orders, and gets a mail", async () => {
    const customer = client.customer("ada@example.com");
    expect((await customer.signIn()).status).toBe(201);
    const page = (await client.request("GET", "/v1/products?limit=5")).body as { items: { id: string }[] };
    expect(page.items).toHaveLength(5);
    const items = page.items.slice(0, 2).map(({ id }) => ({ productId: id, quantity: 1 }));
    expect((await customer.putCart(0, items)).status).toBe(200);
    expect((await customer.cart()).body).toMatchObject({ items });
    const placed = await customer.order("journey-1", items);
    expect(placed.status).toBe(201);
    const { id } = placed.body as { id: string };
    await until(async () => ((await customer.getOrder(id)).body as { state: string }).state === "confirmed");
    await until(() => readdirSync(twin.mailFolder).some((file) => file.endsWith(".eml")));
});

test("the status tells every process, the queue and the replica's lag, on as many lines as there is room for", async () => {
    const observer = new Observer(twin);
    await observer.snapshot();
    await client.request("GET", "/v1/info");
    const snapshot = await observer.snapshot();
    expect(snapshot.replicas).toEqual([{ name: "replica-1", lagBytes: expect.any(Number) as number }]);
    expect(snapshot.queue).toEqual({
        waiting: expect.any(Number) as number,
        inFlight: expect.any(Number) as number,
        deadLetters: 0,
    });
    const screen = renderScreen(snapshot, events, { columns: 100, rows: 30 });
    for (const { id } of [...twin.web.tasks, ...twin.worker.tasks]) expect(screen.join("\n")).toContain(id);
    expect(screen.length).toBeLessThan(30);
    for (const line of screen) expect(line.length).toBeLessThanOrEqual(100);
    // What came before may have called for a third one already.
    expect(renderLine(snapshot)).toMatch(/^web [23]\/[23] · worker [12]\/[12] · .* requests\/s/);
});

test("processes are added under load and taken away after it, without a failed request", async () => {
    const state = { loading: true };
    const statuses = new Map<number, number>();
    const ask = async (): Promise<void> => {
        while (state.loading) {
            const { status } = await client.request("GET", "/v1/info");
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
    };
    const clients = Array.from({ length: 4 }, ask);
    await until(() => twin.web.running.length === 3);
    state.loading = false;
    await Promise.all(clients);
    // A trickle, so that what a leaving process refuses would be seen.
    state.loading = true;
    const trickle = (async () => {
        while (state.loading) {
            const { status } = await client.request("GET", "/v1/info");
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            await sleep(500);
        }
    })();
    await until(() => twin.web.running.length === 2 && twin.web.tasks.length === 2);
    state.loading = false;
    await trickle;
    expect([...statuses.keys()]).toEqual([200]);
    expect(events).toContainEqual(expect.stringMatching(/^web: 2 → 3 processes, since /));
    expect(events).toContainEqual(expect.stringMatching(/^web: 3 → 2 processes, since /));
});

test("a rolling restart loses no request", async () => {
    const state = { rolling: true };
    const rolled = twin.web.roll().finally(() => (state.rolling = false));
    const statuses = new Set<number>();
    while (state.rolling) statuses.add((await client.request("GET", "/v1/products?limit=5")).status);
    await rolled;
    expect([...statuses]).toEqual([200]);
});

test("a worker and a web process die under load, and every acknowledged order is there exactly once", async () => {
    await drain(twin, 60_000);
    await twin.withDatabase(async (database) => {
        // The journey's order is not one of the experiment's.
        await database.query("UPDATE orders SET idempotency_key = 'elsewhere' WHERE idempotency_key = 'journey-1'");
    });
    const report = await runExperiment({ twin, seed: 1, ratePerSecond: 20, faults: FAULTS.slice(0, 2) });
    // That one is found, which shows that the judges look.
    expect(report.violations).toEqual([expect.stringMatching(/is there, but nobody ordered it$/)]);
    expect(report.orders.acknowledged).toBeGreaterThan(0);
    expect(report.faults).toHaveLength(2);
    expect(report.images).toBeGreaterThan(0);
    expect(report.lostSessions).toBe(0);

    // What would be wrong is told: an order that went away, one that was charged for nothing, stock that was sold twice.
    await twin.withDatabase(async (database) => {
        await database.query("DELETE FROM orders WHERE idempotency_key = 'elsewhere'");
        await database.query("UPDATE stock SET available = available - 1 WHERE product_id = $1", [
            twin.products[0]?.id,
        ]);
        await database.query(
            "UPDATE orders SET state = 'cancelled' WHERE id = (SELECT id FROM orders WHERE state = 'confirmed' LIMIT 1)",
        );
    });
    const violations = (await findViolations(twin, { orders: [], images: new Set() })).join("\n");
    expect(violations).toMatch(/stock of .* are gone/);
    expect(violations).toMatch(/order .* is cancelled, but its payment is (authorized|captured)/);
    expect(violations).toMatch(/mails were sent for/);
});

test("kill -9 of the command leaves no process and no folder behind", async () => {
    const child = spawn(process.execPath, ["-r", "./offline/register.js", "twin/main.ts"], {
        cwd: REPOSITORY,
        stdio: ["ignore", "pipe", "ignore"],
    });
    let mails = "";
    const pids = new Set<number>();
    for await (const line of createInterface(child.stdout)) {
        mails ||= /mails: (\S+)/.exec(line)?.[1] ?? "";
        if (mails !== "") break;
    }
    for (const pid of descendantsOf(child.pid ?? 0)) pids.add(pid);
    expect(pids.size).toBeGreaterThan(8);
    child.kill("SIGKILL");
    await until(() => [...pids].every((pid) => !isAlive(pid)));
    await until(() => !existsSync(path.dirname(mails)));
});

test("Ctrl+C while it starts stops what has started, and is told as what it is", async () => {
    const child = spawn(process.execPath, ["-r", "./offline/register.js", "twin/main.ts"], {
        cwd: REPOSITORY,
        // A process group of its own: Ctrl+C in a terminal reaches all of it, as here.
        detached: true,
        // As scripts/local.sh has it: nothing else is to be said on standard error.
        env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
        stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = once(child, "exit");
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    const started = new Set<number>();
    let last = "";
    for await (const line of createInterface(child.stdout)) {
        last = line;
        if (!line.includes("migrating")) continue;
        for (const pid of descendantsOf(child.pid ?? 0)) started.add(pid);
        process.kill(-(child.pid ?? 0), "SIGINT");
    }
    expect([await ended, last, errors]).toEqual([[130, null], "stopped", ""]);
    expect(started.size).toBeGreaterThan(3);
    await until(() => [...started].every((pid) => !isAlive(pid)));
});

test("nothing that was started runs on after the stop", async () => {
    const { pids } = twin;
    expect(pids.length).toBeGreaterThanOrEqual(8);
    const folder = path.dirname(twin.mailFolder);
    await twin.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
});

function descendantsOf(parent: number): number[] {
    const rows = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
        .trim()
        .split("\n")
        .map((line) => line.trim().split(/\s+/).map(Number));
    const children = (of: number): number[] =>
        rows.flatMap(([pid = 0, ppid]) => (ppid === of ? [pid, ...children(pid)] : []));
    return children(parent);
}
