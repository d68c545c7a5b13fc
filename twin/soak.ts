/**
 * `make soak MINUTES=…`: a constant load for a long time, after which memory, handles and pools must be as large as they were
 * after the first quarter.
 *
 *     node -r ./offline/register.js twin/soak.ts [--stack dev] [--minutes N] [--rate N] [--seed N] [--config KEY=VALUE …]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { drain, findViolations, judgeSessions } from "./chaos/invariants";
import { type Outcome, Traffic } from "./chaos/traffic";
import { readArguments } from "./command-line";
import { type Allowance, FEWEST_READINGS, type Flatness, judgeFlatness, type Reading } from "./flatness";
import { seededRandom } from "./random";
import { runCommand } from "./run-command";
import { ShopClient } from "./shop-client";
import { loadTopology } from "./topology";
import { Twin } from "./twin";
import { measureUsage } from "./usage";

const READINGS = 60;
const CUSTOMERS = 50;
const DRAIN_MS = 180_000;
const MEBIBYTE = 1_048_576;

/** Memory goes up and down with garbage; handles and connections with the moment's requests. */
const ALLOWANCES: Readonly<Record<string, Allowance>> = {
    MiB: { share: 0.15, amount: 15 },
    handles: { share: 0.2, amount: 10 },
    connections: { share: 0.2, amount: 5 },
};

async function main(stopped: AbortSignal): Promise<number> {
    const { stack, config, numbers } = readArguments(process.argv.slice(2), {
        minutes: { fallback: 10, least: 0.1, most: 10_080, whole: false },
        rate: { fallback: 40, least: 1, most: 10_000, whole: false },
        seed: { fallback: 1, least: 0, most: 2 ** 31 - 1, whole: true },
    });
    const minutes = numbers.minutes ?? 10;
    const topology = loadTopology(stack, { config });
    const twin = await Twin.start({
        topology,
        signal: stopped,
        autoscale: false,
        environment: { RATE_LIMIT_PER_MINUTE: "0" },
    });
    const client = new ShopClient(twin.url);
    const traffic = new Traffic({
        client,
        products: twin.products,
        random: seededRandom(numbers.seed ?? 1),
        ratePerSecond: numbers.rate ?? 40,
        customers: CUSTOMERS,
        run: "soak",
    });
    const readings: Reading[] = [];
    try {
        await traffic.start();
        const interval = (minutes * 60_000) / READINGS;
        const end = performance.now() + minutes * 60_000;
        while (performance.now() < end && !stopped.aborted) {
            await sleep(interval, undefined, { signal: stopped }).catch(() => undefined);
            const reading = await read(twin).catch(() => undefined);
            if (reading === undefined) {
                // A server that does not answer in time once is no reason to throw hours away.
                say("nothing could be read this time");
                continue;
            }
            readings.push(reading);
            say(
                Object.entries(reading)
                    .map(([name, value]) => `${name} ${Math.round(value)}`)
                    .join(", "),
            );
        }
        await traffic.stop();
        await traffic.checkSessions();
        const violations = [
            ...(await drain(twin, DRAIN_MS)),
            ...(await findViolations(twin, traffic)),
            ...judgeSessions(traffic.lostSessions, []),
        ];
        violations.push(...describeFailures(traffic.outcomes));
        if (readings.length < FEWEST_READINGS) {
            say("It was ended too early to judge whether anything grows.");
            return 1;
        }
        const judged = judgeFlatness(
            readings,
            (name) => ALLOWANCES[name.split(" ").at(-1) ?? ""] ?? { share: 0.2, amount: 5 },
        );
        for (const one of judged) say(describe(one));
        for (const violation of violations) say(violation);
        return violations.length === 0 && judged.every(({ flat }) => flat) ? 0 : 1;
    } finally {
        await traffic.stop();
        await client.close();
        await twin.stop();
    }
}

/** Memory and handles of the application's processes, and the connections that the servers count. */
async function read(twin: Twin): Promise<Reading> {
    const tasks = [...twin.web.tasks, ...twin.worker.tasks];
    const usage = await measureUsage(tasks.map(({ pid }) => pid));
    const reading: Record<string, number> = {};
    for (const { id, pid } of tasks) {
        const used = usage.get(pid);
        if (used === undefined) continue;
        reading[`${id} MiB`] = used.residentBytes / MEBIBYTE;
        if (used.handles !== undefined) reading[`${id} handles`] = used.handles;
    }
    for (const [index, server] of [twin.postgres.primary, ...twin.postgres.replicas].entries()) {
        const text = "SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename = $1";
        const [row] = await server.query<{ count: number }>(text, [twin.postgres.env.DATABASE_USER]);
        reading[`${index === 0 ? "primary" : `replica-${index}`} connections`] = row?.count ?? 0;
    }
    const clients = await twin.valkey.administer((valkey) => valkey.info("clients"));
    reading["cache connections"] = Number(/connected_clients:(\d+)/.exec(clients)?.[1] ?? 0);
    return reading;
}

/** One sentence for each kind of request and status. */
function describeFailures(outcomes: readonly Outcome[]): string[] {
    const counts = new Map<string, number>();
    for (const { kind, status } of outcomes.filter(({ ok }) => !ok)) {
        const what = `${kind} with ${status === 0 ? "no answer" : String(status)}`;
        counts.set(what, (counts.get(what) ?? 0) + 1);
    }
    return [...counts].map(([what, count]) => `${count} of ${outcomes.length} requests failed: ${what}`);
}

function describe({ name, early, late, flat }: Flatness): string {
    return `${flat ? "flat  " : "GROWS "} ${name.padEnd(22)} ${early.toFixed(0)} → ${late.toFixed(0)}`;
}

function say(line: string): void {
    process.stdout.write(`${line}\n`);
}

runCommand(main);
