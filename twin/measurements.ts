import type { LoadBalancer } from "./balancer/balancer";
import type { QueueDepth } from "./queue-depth";
import type { Service } from "./service";
import type { Sample } from "./target-tracking";
import { cpuSecondsSince, measureUsage, type Usage } from "./usage";

const MINUTE_MS = 60_000;

/** CPU of a service's processes between two looks, as percent of what the stack gives a task. */
export class CpuMeter {
    #before: ReadonlyMap<number, Usage> = new Map();

    constructor(
        private readonly service: Service,
        private readonly cpu: number,
    ) {}

    /** The mean of the processes that ran all the time; undefined where none did. */
    async measure(elapsedMs: number): Promise<number | undefined> {
        const before = this.#before;
        this.#before = await measureUsage(this.service.running.map(({ pid }) => pid));
        if (elapsedMs <= 0) return undefined;
        const shares = [...this.#before].flatMap(([pid, now]) => {
            const earlier = before.get(pid);
            return earlier === undefined ? [] : [cpuSecondsSince(earlier, now) / (elapsedMs / 1_000)];
        });
        if (shares.length === 0) return undefined;
        const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
        return (100 * mean) / this.cpu;
    }
}

/** The metrics of the stack's web service: CPU, and requests a minute for each target. */
export function webMeasurements(
    service: Service,
    balancer: LoadBalancer,
    cpu: number,
): (elapsedMs: number) => Promise<Sample["values"]> {
    const meter = new CpuMeter(service, cpu);
    let before = 0;
    return async (elapsedMs) => {
        const { requests } = await balancer.status();
        const added = requests - before;
        before = requests;
        const tasks = Math.max(1, service.running.length);
        return {
            cpu: await meter.measure(elapsedMs),
            requests: elapsedMs > 0 ? (added / elapsedMs) * (MINUTE_MS / tasks) : undefined,
        };
    };
}

/** The metric of the stack's worker: messages that wait, for each process. No process counts as one. */
export function workerMeasurements(
    service: Service,
    depth: () => Promise<QueueDepth>,
): (elapsedMs: number) => Promise<Sample["values"]> {
    return async () => ({ backlog: (await depth()).waiting / Math.max(1, service.running.length) });
}
