/**
 * `make chaos`: breaks every part in turn under a constant load, and shows what becomes of it. Everything happens on the
 * loopback interface, and to processes that this command has started.
 *
 *     node -r ./offline/register.js twin/chaos.ts [--stack dev] [--seed N] [--runs N] [--rate N] [--config KEY=VALUE …]
 */
import { randomInt } from "node:crypto";
import { type ExperimentReport, type FaultReport, runExperiment } from "./chaos/experiment";
import { readArguments } from "./command-line";
import { INTERRUPTED, runCommand } from "./run-command";
import { loadTopology } from "./topology";
import { Twin } from "./twin";

/** Seconds: a message that a killed worker had in hand is not waited for as long as in the stack. */
const VISIBILITY_SECONDS = 10;

/** Jobs that take a while: a worker can be killed in the middle of one. */
const PAYMENT_MS = 150;

const LARGEST_SEED = 2 ** 31 - 1;

async function main(stopped: AbortSignal): Promise<number> {
    const { stack, config, numbers } = readArguments(process.argv.slice(2), {
        seed: { fallback: undefined, least: 0, most: LARGEST_SEED, whole: true },
        runs: { fallback: 1, least: 1, most: 1_000, whole: true },
        rate: { fallback: 40, least: 1, most: 10_000, whole: false },
    });
    const topology = loadTopology(stack, {
        config: { "jobs.visibilityTimeoutSeconds": VISIBILITY_SECONDS, ...config },
        leastReplicas: 1,
    });
    for (const difference of topology.differences) say(difference);
    say(`visibility time-out of messages: ${topology.visibilitySeconds} s`);

    let failed = 0;
    for (let run = 0; run < (numbers.runs ?? 1) && !stopped.aborted; run++) {
        const seed = numbers.seed === undefined ? randomInt(LARGEST_SEED) : (numbers.seed + run) % LARGEST_SEED;
        say(`seed ${seed}`);
        const twin = await Twin.start({
            topology,
            signal: stopped,
            // The numbers of processes stay: what is missing is missed.
            autoscale: false,
            environment: { RATE_LIMIT_PER_MINUTE: "0", PAYMENT_STUB_LATENCY_MS: String(PAYMENT_MS) },
        });
        stopped.addEventListener("abort", announceEnd);
        try {
            const report = await runExperiment({
                twin,
                seed,
                ratePerSecond: numbers.rate ?? 40,
                onFault: (fault) => {
                    say(describeFault(fault));
                },
                stopped,
            });
            for (const line of describeEnd(report)) say(line);
            if (report.violations.length > 0) failed++;
        } finally {
            stopped.removeEventListener("abort", announceEnd);
            await twin.stop();
        }
    }
    if (failed > 0) return 1;
    return stopped.aborted ? INTERRUPTED : 0;
}

function announceEnd(): void {
    say("stopping after this fault, and judging then; Ctrl+C again stops at once");
}

function describeFault({ name, requests, failures, statuses, lastFailureSeconds, wholeSeconds }: FaultReport): string {
    const share = requests === 0 ? 0 : (100 * failures) / requests;
    const kinds = Object.entries(statuses).map(
        ([status, count]) => `${status === "0" ? "no answer" : status}: ${count}`,
    );
    const recovery = failures === 0 ? "no request failed" : `last failure after ${lastFailureSeconds.toFixed(1)} s`;
    return [
        name.padEnd(55),
        `errors ${share.toFixed(2)} % (${failures} of ${requests}${kinds.length > 0 ? `; ${kinds.join(", ")}` : ""})`,
        recovery,
        `whole again after ${wholeSeconds.toFixed(1)} s`,
    ].join("  ");
}

function describeEnd({ seed, orders, images, lostSessions, violations }: ExperimentReport): string[] {
    const summary =
        `${orders.acknowledged} of ${orders.tried} orders were acknowledged (${orders.cancelled} are cancelled), and ${images} images; ${lostSessions} sessions were lost with the cache; ` +
        `${violations.length} invariants were violated`;
    if (violations.length === 0) return [summary];
    return [summary, ...violations.map((violation) => `  - ${violation}`), `again: make chaos SEED=${seed}`];
}

function say(line: string): void {
    process.stdout.write(`${line}\n`);
}

runCommand(main);
