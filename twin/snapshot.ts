import type { BalancerStatus } from "./balancer/balancer";
import type { QueueDepth } from "./queue-depth";
import type { Service, TaskState } from "./service";
import type { Sample } from "./target-tracking";
import type { Twin } from "./twin";
import { cpuSecondsSince, measureUsage, type Usage } from "./usage";

/** One process, as the status shows it. */
export interface TaskSnapshot {
    readonly id: string;
    readonly zone: string;
    readonly pid: number;
    /** The balancer's word where there is one. */
    readonly state: TaskState | BalancerStatus["targets"][number]["state"];
    /** Of one core. */
    readonly cpuPercent: number | undefined;
    readonly residentMib: number | undefined;
    readonly open: number | undefined;
    readonly requestsPerSecond: number | undefined;
}

export interface ServiceSnapshot {
    readonly name: string;
    readonly running: number;
    readonly desired: number;
    readonly minimum: number;
    readonly maximum: number;
    /** What scaling measured last, beside its targets. */
    readonly metrics: readonly { readonly name: string; readonly value: number | undefined; readonly target: number }[];
    readonly tasks: readonly TaskSnapshot[];
}

/** Everything that the status shows; what could not be asked is undefined. */
export interface Snapshot {
    readonly stack: string;
    readonly url: string;
    readonly requestsPerSecond: number;
    /** Of the requests since the snapshot before. */
    readonly errorPercent: number;
    readonly latencyMs: BalancerStatus["latencyMs"];
    readonly services: readonly ServiceSnapshot[];
    readonly queue: QueueDepth | undefined;
    readonly primaryRuns: boolean;
    readonly replicas: readonly { readonly name: string; readonly lagBytes: number | undefined }[];
    /** Percent of the keys that were asked for and were there, since the server's start. */
    readonly cacheHitPercent: number | undefined;
    readonly cacheRuns: boolean;
}

/** Takes snapshots; each tells rates since the one before. */
export class Observer {
    #at = performance.now();
    #balancer: BalancerStatus | undefined;
    #usage: ReadonlyMap<number, Usage> = new Map();

    constructor(private readonly twin: Twin) {}

    async snapshot(): Promise<Snapshot> {
        const { twin } = this;
        const services = [twin.web, twin.worker];
        const now = performance.now();
        const seconds = Math.max(0.001, (now - this.#at) / 1_000);
        const [balancer, usage, queue, replicas, cache] = await Promise.all([
            twin.balancer.status(),
            measureUsage(services.flatMap(({ tasks }) => tasks.map(({ pid }) => pid))),
            twin.counter.depth().catch(() => undefined),
            this.#replicas(),
            this.#cacheHits(),
        ]);
        const before = { balancer: this.#balancer ?? balancer, usage: this.#usage };
        this.#at = now;
        this.#balancer = balancer;
        this.#usage = usage;

        const requests = balancer.requests - before.balancer.requests;
        const errors = balancer.errors - before.balancer.errors;
        const tasks = (service: Service) =>
            service.tasks.map((task): TaskSnapshot => {
                const target = balancer.targets.find(({ id }) => id === task.id);
                const earlier = before.balancer.targets.find(({ id }) => id === task.id);
                const used = usage.get(task.pid);
                const usedBefore = before.usage.get(task.pid);
                return {
                    id: task.id,
                    zone: task.zone,
                    pid: task.pid,
                    state: task.state === "running" ? (target?.state ?? task.state) : task.state,
                    cpuPercent: used && usedBefore && (100 * cpuSecondsSince(usedBefore, used)) / seconds,
                    residentMib: used && used.residentBytes / 1_048_576,
                    open: target?.open,
                    requestsPerSecond: target && (target.requests - (earlier?.requests ?? 0)) / seconds,
                };
            });
        return {
            stack: twin.topology.stack,
            url: twin.url,
            requestsPerSecond: requests / seconds,
            errorPercent: requests === 0 ? 0 : (100 * errors) / requests,
            latencyMs: balancer.latencyMs,
            services: services.map((service, index) => this.#service(service, index, tasks(service))),
            queue,
            primaryRuns: twin.postgres.primary.pid !== undefined,
            replicas,
            cacheHitPercent: cache,
            cacheRuns: twin.valkey.pid !== undefined,
        };
    }

    #service(service: Service, index: number, tasks: TaskSnapshot[]): ServiceSnapshot {
        const size = service.name === "web" ? this.twin.topology.web : this.twin.topology.worker;
        const measured: Sample["values"] = this.twin.autoscalers[index]?.last ?? {};
        return {
            name: service.name,
            running: service.running.length,
            desired: service.desired,
            minimum: size.minimum,
            maximum: size.maximum,
            metrics: size.metrics.map(({ name, target }) => ({ name, target, value: measured[name] })),
            tasks,
        };
    }

    /** How far each replica is behind in what it has applied, by the primary's word. */
    async #replicas(): Promise<Snapshot["replicas"]> {
        const { primary, replicas } = this.twin.postgres;
        if (replicas.length === 0) return [];
        const text = `SELECT application_name AS name,
            pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 AS lag FROM pg_stat_replication`;
        const rows = await primary.query<{ name: string; lag: number }>(text).catch(() => []);
        return replicas.map((_replica, index) => {
            const name = `replica_${index + 1}`;
            return { name: name.replace("_", "-"), lagBytes: rows.find((row) => row.name === name)?.lag };
        });
    }

    async #cacheHits(): Promise<number | undefined> {
        try {
            const info = await this.twin.valkey.administer((client) => client.info("stats"));
            const count = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1] ?? 0);
            const asked = count("keyspace_hits") + count("keyspace_misses");
            return asked === 0 ? undefined : (100 * count("keyspace_hits")) / asked;
        } catch {
            return undefined;
        }
    }
}
