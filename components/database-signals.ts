import { DatabaseMetrics } from "./database-metrics";
import { gp3Baseline, InstanceClass, nominalMaxConnections } from "./database-sizing";
import { Signal } from "./signal";

const gib = 1024 ** 3;

/** What thresholds are computed from. */
export interface DatabaseCapacity {
    readonly instance: InstanceClass;
    /** The storage that the instance starts with, in GiB. */
    readonly storageGib: number;
    /** Provisioned IOPS. Default: what the volume gives without extra cost. */
    readonly iops?: number;
    readonly hasReplicas: boolean;
}

/** Connections at which an alarm is due: 70 % of the nominal limit are 80 to 95 % of the true one, see there. */
export function connectionThreshold(instance: InstanceClass): number {
    return Math.floor(nominalMaxConnections(instance.memoryBytes) * 0.7);
}

/** The vital signs of the instance that takes writes. */
export function primarySignals(name: string, metrics: DatabaseMetrics, capacity: DatabaseCapacity): Signal[] {
    return [
        availabilitySignal(name, metrics),
        ...processorSignals(name, metrics, capacity.instance),
        ...memorySignals(name, metrics, capacity.instance),
        ...storageSignals(name, metrics, capacity),
        ...diskSignals(name, metrics, capacity),
        transactionIdSignal(name, metrics),
        ...(capacity.hasReplicas ? [replicationSlotSignal(name, metrics, capacity)] : []),
    ];
}

/**
 * Never out of bounds as a number: a count of connections is not negative. It fires when the instance sends nothing at
 * all, which RDS does only while it is down. A Multi-AZ failover takes one to two minutes and does not fire.
 */
function availabilitySignal(name: string, metrics: DatabaseMetrics): Signal {
    return {
        name: `${name}-unavailable`,
        title: `${name} sends no metrics: the instance is down`,
        metric: metrics.connections(),
        comparison: "below",
        threshold: 0,
        evaluationPeriods: 5,
        severity: "page",
        missingData: "breaching",
        runbook: "database-unavailable",
    };
}

function processorSignals(name: string, metrics: DatabaseMetrics, instance: InstanceClass): Signal[] {
    const busy: Signal = {
        name: `${name}-cpu`,
        title: `CPU of ${name}`,
        metric: metrics.cpu(),
        comparison: "above",
        // From 70 % on, waiting time grows faster than load (at 70 % of a single queue it is 2.3 times the service time,
        // at 90 % nine times), and half an hour of it is no burst.
        threshold: 70,
        evaluationPeriods: 30,
        severity: "ticket",
        runbook: "database-cpu",
        growthStep: "larger-database",
    };
    const saturated: Signal = {
        name: `${name}-cpu-saturated`,
        title: `CPU of ${name} is used up`,
        metric: metrics.cpu(),
        comparison: "above",
        threshold: 90,
        evaluationPeriods: 10,
        severity: "page",
        runbook: "database-cpu",
        growthStep: "larger-database",
    };
    const credits: Signal = {
        name: `${name}-cpu-credits`,
        title: `CPU credits of ${name}`,
        metric: metrics.cpuCredits(),
        comparison: "below",
        // Half an hour of one CPU at full speed is left; after that each hour above the baseline is billed.
        threshold: 30,
        evaluationPeriods: 3,
        severity: "ticket",
        runbook: "database-cpu-credits",
        growthStep: "larger-database",
    };
    return [busy, saturated, ...(instance.burstable ? [credits] : [])];
}

function memorySignals(name: string, metrics: DatabaseMetrics, instance: InstanceClass): Signal[] {
    return [
        {
            name: `${name}-memory`,
            title: `Freeable memory of ${name}`,
            metric: metrics.freeableMemory(),
            comparison: "below",
            // shared_buffers takes a quarter and the file cache counts as freeable, so a healthy instance shows half of its
            // memory. Below a twentieth the kernel begins to swap, and a failover follows.
            threshold: instance.memoryBytes * 0.05,
            evaluationPeriods: 15,
            severity: "ticket",
            runbook: "database-memory",
            growthStep: "larger-database",
        },
        connectionSignal(name, metrics, instance),
    ];
}

function connectionSignal(name: string, metrics: DatabaseMetrics, instance: InstanceClass): Signal {
    return {
        name: `${name}-connections`,
        title: `Connections to ${name}`,
        metric: metrics.connections(),
        comparison: "above",
        threshold: connectionThreshold(instance),
        evaluationPeriods: 5,
        severity: "page",
        runbook: "database-connections",
        growthStep: "larger-database",
    };
}

/**
 * Storage autoscaling acts when less than a tenth of what is allocated is free for five minutes, and at most every six
 * hours. Less than a tenth of the first size for longer than that means that it does not act any more: the ceiling is
 * reached. A twentieth means that it cannot keep up.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
 */
function storageSignals(name: string, metrics: DatabaseMetrics, capacity: DatabaseCapacity): Signal[] {
    return [
        {
            name: `${name}-storage`,
            title: `Free storage of ${name} is not growing any more`,
            metric: metrics.freeStorage(3600),
            comparison: "below",
            threshold: capacity.storageGib * gib * 0.1,
            evaluationPeriods: 7,
            severity: "ticket",
            runbook: "database-storage",
            growthStep: "more-database-storage",
        },
        {
            name: `${name}-storage-critical`,
            title: `Free storage of ${name} is running out`,
            metric: metrics.freeStorage(),
            comparison: "below",
            threshold: capacity.storageGib * gib * 0.05,
            evaluationPeriods: 10,
            severity: "page",
            runbook: "database-storage",
            growthStep: "more-database-storage",
        },
    ];
}

function diskSignals(name: string, metrics: DatabaseMetrics, capacity: DatabaseCapacity): Signal[] {
    const iops = capacity.iops ?? gp3Baseline(capacity.storageGib).iops;
    return [
        {
            name: `${name}-iops`,
            title: `Disk operations of ${name}`,
            metric: metrics.iops(),
            comparison: "above",
            // Room for a checkpoint or a backup on top of the ordinary load.
            threshold: iops * 0.8,
            evaluationPeriods: 30,
            severity: "ticket",
            runbook: "database-disk",
            growthStep: "more-database-storage",
        },
        {
            name: `${name}-disk-queue`,
            title: `Disk operations that wait in ${name}`,
            metric: metrics.diskQueueDepth(),
            comparison: "above",
            // A solid state volume is well used with one waiting operation for each 1000 IOPS; five times that is a queue.
            // https://docs.aws.amazon.com/ebs/latest/userguide/ebs-io-characteristics.html
            threshold: (iops / 1000) * 5,
            evaluationPeriods: 15,
            severity: "ticket",
            runbook: "database-disk",
            growthStep: "more-database-storage",
        },
    ];
}

/**
 * Autovacuum keeps the number near autovacuum_freeze_max_age, 200 million by default. 1000 million is half of the way to
 * the stop, and AWS' own recommendation: there are days left, not hours.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
 */
function transactionIdSignal(name: string, metrics: DatabaseMetrics): Signal {
    return {
        name: `${name}-transaction-ids`,
        title: `Transaction ids of ${name}`,
        metric: metrics.usedTransactionIds(),
        comparison: "above",
        threshold: 1_000_000_000,
        evaluationPeriods: 10,
        severity: "ticket",
        runbook: "database-transaction-ids",
    };
}

/** A replica that does not read holds the log back on the primary, until the primary's disk is full. */
function replicationSlotSignal(name: string, metrics: DatabaseMetrics, capacity: DatabaseCapacity): Signal {
    return {
        name: `${name}-replication-slot`,
        title: `Log that replicas hold back in ${name}`,
        metric: metrics.oldestReplicationSlotLag(),
        comparison: "above",
        // As much as storage autoscaling keeps free.
        threshold: capacity.storageGib * gib * 0.1,
        evaluationPeriods: 15,
        severity: "ticket",
        runbook: "database-replication",
    };
}

/** The vital signs of a read replica. */
export function replicaSignals(name: string, metrics: DatabaseMetrics, instance: InstanceClass): Signal[] {
    return [
        {
            name: `${name}-lag`,
            title: `Replica lag of ${name}`,
            metric: metrics.replicaLag(),
            comparison: "above",
            // An idle source writes a log segment every five minutes, and until then the lag grows: below 300 s it says
            // nothing. The application leaves a lagging replica out by itself, long before.
            threshold: 300,
            evaluationPeriods: 5,
            severity: "ticket",
            runbook: "database-replica-lag",
            growthStep: "larger-database",
        },
        {
            name: `${name}-replication`,
            title: `Replication to ${name} is broken, or the replica is down`,
            metric: metrics.lowestReplicaLag(),
            comparison: "below",
            // RDS publishes -1 where replication is broken, and nothing where the replica is down.
            threshold: 0,
            evaluationPeriods: 10,
            // Its reads fall on the others, and the primary's disk fills with the log that it does not read.
            severity: "page",
            missingData: "breaching",
            runbook: "database-replication",
        },
        {
            name: `${name}-cpu`,
            title: `CPU of ${name}`,
            metric: metrics.cpu(),
            comparison: "above",
            // The same reasoning as for the primary; the answer is another one.
            threshold: 70,
            evaluationPeriods: 30,
            severity: "ticket",
            runbook: "database-replica-cpu",
            growthStep: "add-read-replicas",
        },
        { ...connectionSignal(name, metrics, instance), growthStep: "add-read-replicas" },
    ];
}
