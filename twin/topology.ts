import { availableParallelism } from "node:os";
import { backlogTarget } from "../components/backlog-target";
import { leastPerProcess } from "../components/connection-budget";
import { receiveEnvironment } from "../components/receive-environment";
import { resolveSettings as resolveArchitecture, type Settings } from "../components/settings";
import { readProject, resolveSettings as readStackFile } from "../offline/runner/project";
import type { ConfigValue } from "../offline/runner/types";
import type { TrackedMetric } from "./target-tracking";

/** One of the two kinds of process, as the stack sizes and scales it. */
export interface ServiceTopology {
    /** Processes at the start, and the fewest that scaling leaves. */
    readonly minimum: number;
    readonly maximum: number;
    /** vCPUs of a task: 100 % of CPU is that much of one core. */
    readonly cpu: number;
    /** MiB of a task. */
    readonly memory: number;
    /**
     * What the stack tells the task of its vCPUs and its messages. Its connections to the database are the application's default, or
     * the least that its processes need: in the stack they are a share of an instance that is not the server here.
     */
    readonly environment: Readonly<Record<string, string>>;
    /** What scaling keeps where it is; the names are those of the measurements. */
    readonly metrics: readonly TrackedMetric[];
}

/** What runs, with the numbers of a stack's settings. */
export interface Topology {
    readonly stack: string;
    readonly environment: Settings["environment"];
    readonly region: string;
    /** The zones that processes are spread over. */
    readonly zones: readonly string[];
    readonly web: ServiceTopology;
    readonly worker: ServiceTopology;
    /** Streaming replicas of the database; with none, reads go to the writer, as in the stack. */
    readonly replicas: number;
    readonly visibilitySeconds: number;
    readonly maxReceives: number;
    /** What is different here than in the stack, one sentence each, for people. */
    readonly differences: readonly string[];
}

/** The most that one machine carries. */
export interface MachineLimits {
    readonly web: number;
    readonly worker: number;
    readonly replicas: number;
}

export interface TopologyOptions {
    /** The folder of Pulumi.yaml; default: this repository. */
    readonly folder?: string;
    /** Settings on top of the stack file: `database.replicas` and so on. */
    readonly config?: Readonly<Record<string, ConfigValue>>;
    /** Default: what the machine's cores carry. */
    readonly limits?: MachineLimits;
    /** Replicas where the stack has fewer, for what needs one to break. Default 0. */
    readonly leastReplicas?: number;
}

/**
 * Two web processes and two workers for each core: they wait for the servers, on the same cores, more than they compute. Four
 * of each at least, since two that cannot become more show no scaling; and two replicas, since a third shows nothing new.
 */
export function machineLimits(cores = availableParallelism()): MachineLimits {
    const processes = Math.max(4, 2 * cores);
    return { web: processes, worker: processes, replicas: 2 };
}

/**
 * Reads a stack file and says what its settings mean on this machine.
 *
 * @throws UserError or InvalidSettingsError that names every problem of the stack file
 */
export function loadTopology(stack: string, options: TopologyOptions = {}): Topology {
    const project = readProject(options.folder ?? `${__dirname}/..`);
    const { config, secretKeys } = readStackFile(project, stack, { ...options.config });
    const configuration = Object.fromEntries(
        // As the engine hands them over: everything is text.
        Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    );
    const settings = resolveArchitecture({ project: project.name, stack, configuration, secretKeys });
    return describeTopology(stack, settings, options.limits ?? machineLimits(), options.leastReplicas ?? 0);
}

/** The topology of settings, cut down to what the machine carries. */
export function describeTopology(
    stack: string,
    settings: Settings,
    limits: MachineLimits,
    leastReplicas: number,
): Topology {
    const differences: string[] = [];
    const cut = (what: string, wanted: number, limit: number): number => {
        if (wanted <= limit) return wanted;
        differences.push(`${what}: ${limit} instead of ${wanted}, since this is one machine`);
        return limit;
    };
    const { web, worker, database, cache, jobs } = settings;
    // Where the stack begins with as many as the machine carries, with half of them here: scaling out needs room.
    const fewest = (what: string, service: { minimum: number; maximum: number }, limit: number) => {
        const isTight = service.minimum >= limit && service.maximum > service.minimum;
        return cut(`${what} processes at the start`, service.minimum, isTight ? Math.ceil(limit / 2) : limit);
    };

    const topology = {
        stack,
        environment: settings.environment,
        region: settings.region,
        zones: ["a", "b", "c"].map((letter) => `${settings.region}${letter}`),
        web: {
            minimum: fewest("web", web, limits.web),
            maximum: cut("web processes at most", web.maximum, limits.web),
            cpu: web.cpu,
            memory: web.memory,
            environment: {
                WEB_CONCURRENCY: String(web.processes),
                DATABASE_POOL_SIZE: String(Math.max(10, leastPerProcess * web.processes)),
            },
            metrics: [
                { name: "cpu", target: web.cpuTarget },
                { name: "requests", target: web.requestsPerTarget },
            ],
        },
        worker: {
            // A worker that scales to nothing is woken by an alarm in the stack; here one waits.
            minimum: Math.max(1, fewest("worker", worker, limits.worker)),
            maximum: cut("worker processes at most", worker.maximum, limits.worker),
            cpu: worker.cpu,
            memory: worker.memory,
            environment: receiveEnvironment("JOBS", worker.concurrency),
            metrics: [{ name: "backlog", target: backlogTarget(worker) }],
        },
        replicas: cut("database replicas", database.replicas, limits.replicas),
        visibilitySeconds: jobs.visibilityTimeoutSeconds,
        maxReceives: jobs.maxReceives,
    };
    if (topology.replicas < leastReplicas) {
        differences.push(`database replicas: ${leastReplicas} instead of ${topology.replicas}, to have one to break`);
        topology.replicas = leastReplicas;
    }
    if (worker.minimum === 0)
        differences.push("worker processes at the start: 1 instead of 0, since no alarm wakes them here");
    const nodes = cache.shards * (1 + cache.replicasPerShard);
    if (nodes > 1) differences.push(`cache nodes: 1 instead of ${nodes}, all slots on it`);
    return { ...topology, differences };
}
