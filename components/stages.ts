/**
 * Stages of growth, as presets of plain settings. Each number has its arithmetic beside it; any of them can be
 * overridden in the stack file. Moving up a stage changes counts and sizes only and never replaces a stateful resource.
 *
 * What all stages assume, and where to change it when measurements say otherwise:
 * - a day has 86,400 s and its peak is 3 times its average (business-to-consumer traffic in a few time zones);
 * - a request costs 5 ms of CPU, so one vCPU serves 200 requests a second flat out and 120 at the 60 % that scaling
 *   aims at: 7,200 a minute;
 * - 90 % of requests read, 80 % of the reads are answered by the cache;
 * - a web task runs a process for each of its vCPUs (`WEB_CONCURRENCY`), a worker one;
 * - each process keeps up to 10 database connections per endpoint, fewer where many share an instance: all tasks, twice
 *   during a deployment, stay below what its class accepts (`connection-budget.ts` computes it, `settings.ts` checks it);
 * - one request in ten enqueues a job, a job takes 2 s, a task works on 5 at a time: 2.5 jobs a second and task.
 */
import { StageName, StagePreset } from "./settings-schema";

/** What no stage changes. */
const constant = {
    network: {
        // 65,536 addresses: a private /20 holds 4,091 tasks, 10 times a zone's share of the largest preset's in a deployment.
        cidr: "10.0.0.0/16",
        reservedCidrs: [] as string[],
        // A zone's tasks must reach AWS APIs when another zone is gone.
        natGateways: "per-zone",
        // What tasks call all the time: image pulls, logs, queue, secrets, keys. Traffic stays off the NAT gateways.
        interfaceEndpoints: ["ecr.api", "ecr.dkr", "logs", "sqs", "secretsmanager", "kms"] as string[],
    },
    web: { architecture: "arm64", cpuTarget: 60 },
    worker: {
        architecture: "arm64",
        // A confirmation mail or a thumbnail may be half a minute late without anybody noticing.
        acceptableLatencySeconds: 30,
        processingSeconds: 2,
        concurrency: 5,
    },
    database: {
        name: "headroom",
        engineVersion: "17",
        allowMajorVersionUpgrade: false,
        multiAz: true,
        // RDS keeps up to 35 days; 7 is the least that covers a fault introduced before a weekend and found after it.
        backupRetentionDays: 7,
        passwordVersion: 1,
    },
    cache: { engineVersion: "8.2", authentication: "password", snapshotRetentionDays: 1 },
    jobs: {
        // 30 times the average job: a slow one is not handed out a second time.
        visibilityTimeoutSeconds: 60,
        // Two retries cover a restart and a failover; a job that fails three times will fail again.
        maxReceives: 3,
        // A failed Friday deployment can wait until Monday: 4 days is the SQS default too.
        retentionDays: 4,
    },
} as const;

export const stagePresets: Readonly<Record<StageName, StagePreset>> = {
    /** Up to 10 M requests a day: 116 a second on average, 350 at the peak. */
    start: {
        network: constant.network,
        web: {
            ...constant.web,
            cpu: 1,
            memory: 2048,
            // Average: 116 ÷ 120 → 1 task; 2 so that a deployment and a lost task do not halve the service.
            neededTasks: 2,
            // One a zone: 3 − 1 = 2 are left without a zone.
            minimum: 3,
            // Peak: 350 ÷ 120 → 3 tasks; 3 times that before somebody has to look.
            maximum: 9,
            requestsPerTarget: 7_200,
        },
        worker: {
            ...constant.worker,
            cpu: 0.5,
            memory: 1024,
            neededTasks: 1,
            // Two, so that a lost zone leaves one.
            minimum: 2,
            // Peak: 35 jobs a second ÷ 2.5 → 14 tasks; 20 clears a backlog at 1.4 times its inflow.
            maximum: 20,
        },
        database: {
            ...constant.database,
            // Peak: 35 writes and 63 uncached reads a second, 2 vCPUs and 8 GiB are idle most of the day.
            // Connections: (9 + 20) × 2 × 10 = 580 of 811.
            instanceClass: "db.m7g.large",
            // 20 GiB is a year of 1 M rows a month at 1 KiB with indexes; gp3 gives 3,000 IOPS from the first GiB.
            storageGib: 50,
            maxStorageGib: 500,
            // Uncached reads fit the writer; replicas are the step that its CPU signal asks for.
            replicas: 0,
        },
        cache: {
            ...constant.cache,
            // Peak: 315 reads a second; 3 GiB hold 1 M objects of 2 KiB with a quarter kept free for failover.
            nodeType: "cache.t4g.medium",
            shards: 1,
            // One replica in another zone: Multi-AZ needs it.
            replicasPerShard: 1,
        },
        jobs: constant.jobs,
        // 350 a second at the peak over all clients; 2,000 in 5 minutes from one address is 6.7 a second.
        cdn: { rateLimit: 2_000, edgeCachedPaths: [], priceClass: "PriceClass_100" },
    },
    /** 10 to 100 M requests a day: 1,157 a second on average, 3,472 at the peak. */
    grow: {
        network: constant.network,
        web: {
            ...constant.web,
            // Twice the CPU: half as many tasks to start in a deployment and to look through in a fault.
            cpu: 2,
            memory: 4096,
            // Average: 1,157 ÷ 240 → 5 tasks.
            neededTasks: 5,
            // 9 − 3 = 6 ≥ 5 are left without a zone; 6 − 2 = 4 would not be enough.
            minimum: 9,
            // Peak: 3,472 ÷ 240 → 15 tasks, doubled.
            maximum: 30,
            requestsPerTarget: 14_400,
        },
        worker: {
            ...constant.worker,
            cpu: 0.5,
            memory: 1024,
            neededTasks: 2,
            // 3 − 1 = 2 are left without a zone.
            minimum: 3,
            // Peak: 347 jobs a second ÷ 2.5 → 139 tasks.
            maximum: 160,
        },
        database: {
            ...constant.database,
            // Peak: 347 writes a second: 4 vCPUs, 32 GiB keep the hot rows in memory.
            // Connections: (30 × 2 processes + 160) × 2 × 7 = 3,080 of 3,244.
            instanceClass: "db.r7g.xlarge",
            storageGib: 200,
            maxStorageGib: 2_000,
            // Peak: 625 uncached reads a second; two replicas in two zones, so that one can be lost.
            replicas: 2,
        },
        cache: {
            ...constant.cache,
            // Peak: 3,125 reads a second, 13 GiB a shard: the working set of 5 M objects of 2 KiB in one.
            nodeType: "cache.r7g.large",
            shards: 2,
            replicasPerShard: 1,
        },
        jobs: constant.jobs,
        cdn: { rateLimit: 2_000, edgeCachedPaths: [], priceClass: "PriceClass_100" },
    },
    /** 100 M to 1 B requests a day: 11,574 a second on average, 34,722 at the peak. */
    scale: {
        network: constant.network,
        web: {
            ...constant.web,
            cpu: 4,
            memory: 8192,
            // Average: 11,574 ÷ 480 → 25 tasks.
            neededTasks: 25,
            // 39 − 13 = 26 ≥ 25 are left without a zone.
            minimum: 39,
            // Peak: 34,722 ÷ 480 → 73 tasks, doubled.
            maximum: 146,
            requestsPerTarget: 28_800,
        },
        worker: {
            ...constant.worker,
            // Four times the CPU and concurrency, a quarter of the tasks: each task costs connections to the database.
            cpu: 2,
            memory: 4096,
            concurrency: 20,
            neededTasks: 6,
            // 9 − 3 = 6 are left without a zone.
            minimum: 9,
            // Peak: 3,472 jobs a second ÷ 10 → 348 tasks.
            maximum: 400,
        },
        database: {
            ...constant.database,
            // Peak: 3,472 writes a second; 16 vCPUs, 128 GiB.
            // Connections: (146 × 4 processes × 2 + 400 × 3) × 2 = 4,736 of 5,000. A job of 2 s keeps one for some 10 ms.
            instanceClass: "db.r7g.4xlarge",
            storageGib: 1_000,
            maxStorageGib: 16_000,
            // Peak: 6,250 uncached reads a second; about 1,500 a replica, so that one can be lost.
            replicas: 5,
        },
        cache: {
            ...constant.cache,
            // Peak: 31,250 reads a second; 26 GiB a shard.
            nodeType: "cache.r7g.xlarge",
            shards: 4,
            // A shard keeps a replica while one zone is gone.
            replicasPerShard: 2,
        },
        jobs: constant.jobs,
        cdn: { rateLimit: 2_000, edgeCachedPaths: [], priceClass: "PriceClass_200" },
    },
    /**
     * Over 1 B requests a day, in two or more regions: the numbers are those of one region, which carries half of the
     * average of 2 B a day and must be able to take all of it when the other region is lost.
     */
    global: {
        network: constant.network,
        web: {
            ...constant.web,
            cpu: 4,
            memory: 8192,
            // Half of 23,148 a second ÷ 480 → 25 tasks.
            neededTasks: 25,
            minimum: 39,
            // All of the peak: 69,444 ÷ 480 → 145 tasks. The database has connections for 160: at all of their CPU, not the
            // 60 % of the target, they serve 1.8 times the peak.
            maximum: 160,
            requestsPerTarget: 28_800,
        },
        worker: {
            ...constant.worker,
            // Twice the CPU and concurrency again, for the same number of tasks.
            cpu: 4,
            memory: 8192,
            concurrency: 40,
            neededTasks: 6,
            minimum: 9,
            // All of the peak: 6,944 jobs a second ÷ 20 → 348 tasks.
            maximum: 400,
        },
        database: {
            ...constant.database,
            // Connections: (160 × 4 processes × 2 + 400 × 3) × 2 = 4,960 of 5,000.
            instanceClass: "db.r7g.8xlarge",
            storageGib: 2_000,
            maxStorageGib: 32_000,
            // Peak: 12,500 uncached reads a second; twice the instance, so 3,000 a replica.
            replicas: 5,
        },
        cache: {
            ...constant.cache,
            nodeType: "cache.r7g.xlarge",
            shards: 8,
            replicasPerShard: 2,
        },
        jobs: constant.jobs,
        cdn: { rateLimit: 2_000, edgeCachedPaths: [], priceClass: "PriceClass_All" },
    },
};
