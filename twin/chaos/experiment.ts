import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../random";
import { ShopClient } from "../shop-client";
import type { Twin } from "../twin";
import { type Fault, FAULTS } from "./faults";
import { count, drain, findViolations, judgeSessions, type Period } from "./invariants";
import { type Outcome, Traffic } from "./traffic";

/** What a fault did to the customers. */
export interface FaultReport {
    readonly name: string;
    readonly requests: number;
    readonly failures: number;
    /** Of the answers with an error, by status; 0 is no answer. */
    readonly statuses: Readonly<Record<number, number>>;
    /** From the fault's beginning to the end of the last request that failed; 0 where none did. */
    readonly lastFailureSeconds: number;
    /** From the fault's beginning until everything was as before. */
    readonly wholeSeconds: number;
}

export interface ExperimentReport {
    readonly seed: number;
    readonly faults: readonly FaultReport[];
    readonly orders: { readonly tried: number; readonly acknowledged: number; readonly cancelled: number };
    /** Products that got an image. */
    readonly images: number;
    readonly lostSessions: number;
    /** What should be true and is not. */
    readonly violations: readonly string[];
}

export interface ExperimentOptions {
    readonly twin: Twin;
    readonly seed: number;
    readonly ratePerSecond: number;
    /** Default: all of them, in the order of the seed. */
    readonly faults?: readonly Fault[];
    readonly onFault?: (report: FaultReport) => void;
    readonly stopped?: AbortSignal;
}

const CUSTOMERS = 20;
/** Traffic before the first fault and after each one. */
const CALM_MS = 3_000;
/** The longest that anything may take until it is whole again. */
const WHOLE_MS = 60_000;
const LOOK_MS = 50;
/** A message that a killed worker had in hand comes back after the queue's visibility time-out, thrice at most. */
const DRAIN_MS = 180_000;

/** Breaks one thing after another under a constant load, and judges at the end what became of the customers' orders. */
export async function runExperiment(options: ExperimentOptions): Promise<ExperimentReport> {
    const { twin, seed, ratePerSecond } = options;
    const random = seededRandom(seed);
    const client = new ShopClient(twin.url);
    const traffic = new Traffic({
        client,
        products: twin.products,
        // Its own: how many requests there are between two faults depends on the machine.
        random: seededRandom(seed + 1),
        ratePerSecond,
        customers: CUSTOMERS,
        run: `seed-${seed}`,
    });
    const reports: FaultReport[] = [];
    const deaths: Period[] = [];
    const violations: string[] = [];
    let cancelled: number;
    try {
        await traffic.start();
        await sleep(CALM_MS);
        for (const fault of random.shuffle(options.faults ?? FAULTS)) {
            if (options.stopped?.aborted) break;
            const from = performance.now();
            await fault.run(twin, random);
            const whole = await untilWhole(twin, fault, violations);
            if (fault.losesSessions) deaths.push({ from, to: whole });
            await sleep(CALM_MS);
            violations.push(...judgeRecovery(fault.name, traffic.outcomes, performance.now()));
            const report = describeFault(fault.name, traffic.outcomes, from, whole);
            reports.push(report);
            options.onFault?.(report);
        }
        await traffic.stop();
        await traffic.checkSessions();
        violations.push(...(await drain(twin, DRAIN_MS)), ...(await findViolations(twin, traffic)));
        violations.push(...judgeSessions(traffic.lostSessions, deaths));
        cancelled = await count(twin, "FROM orders WHERE state = 'cancelled'");
    } finally {
        await traffic.stop();
        await client.close();
    }
    return {
        seed,
        faults: reports,
        orders: {
            tried: traffic.orders.length,
            acknowledged: traffic.orders.filter(({ orderId }) => orderId !== undefined).length,
            cancelled,
        },
        images: traffic.images.size,
        lostSessions: traffic.lostSessions.length,
        violations,
    };
}

async function untilWhole(twin: Twin, fault: Fault, violations: string[]): Promise<number> {
    const deadline = performance.now() + WHOLE_MS;
    // While it is broken the question itself may fail.
    while (!(await fault.isWhole(twin).catch(() => false))) {
        if (performance.now() > deadline) {
            violations.push(`after "${fault.name}" not everything was as before within ${WHOLE_MS / 1_000} s`);
            break;
        }
        await sleep(LOOK_MS);
    }
    return performance.now();
}

/** When everything is as before, customers are served as before: most requests of the last second, at least. */
export function judgeRecovery(name: string, outcomes: readonly Outcome[], now: number): string[] {
    const recent = outcomes.filter(({ endedAt }) => endedAt > now - 1_000 && endedAt <= now);
    const failed = recent.filter(({ ok }) => !ok).length;
    if (recent.length > 0 && failed <= recent.length / 2) return [];
    return [`after "${name}", ${failed} of ${recent.length} requests of a second failed still`];
}

/** What happened from a fault's beginning to now. */
export function describeFault(name: string, outcomes: readonly Outcome[], from: number, whole: number): FaultReport {
    const during = outcomes.filter(({ endedAt }) => endedAt >= from);
    const failed = during.filter(({ ok }) => !ok);
    const statuses: Record<number, number> = {};
    for (const { status } of failed) statuses[status] = (statuses[status] ?? 0) + 1;
    return {
        name,
        requests: during.length,
        failures: failed.length,
        statuses,
        lastFailureSeconds:
            failed.length === 0 ? 0 : (Math.max(...failed.map(({ endedAt }) => endedAt)) - from) / 1_000,
        wholeSeconds: (whole - from) / 1_000,
    };
}
