import * as pulumi from "@pulumi/pulumi";
import { Metric, MetricMath, Statistic } from "./signal";

/**
 * The CloudWatch metrics of one RDS instance.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
 */
export class DatabaseMetrics {
    /**
     * @param identifier the instance's identifier
     * @param label how dashboards name the instance
     */
    constructor(
        private readonly identifier: pulumi.Input<string>,
        private readonly label: string,
    ) {}

    /** Percent of the instance's virtual CPUs. */
    cpu(): Metric {
        return this.metric("CPUUtilization", "Average");
    }

    /** Minutes of one CPU at full speed that a burstable class has saved. Only these classes publish it. */
    cpuCredits(): Metric {
        return { ...this.metric("CPUCreditBalance", "Minimum"), period: 300 };
    }

    /** Client connections to the instance. */
    connections(): Metric {
        return this.metric("DatabaseConnections", "Maximum");
    }

    /** Bytes of memory that can be had without swapping. */
    freeableMemory(): Metric {
        return this.metric("FreeableMemory", "Minimum");
    }

    /** Bytes of free storage. */
    freeStorage(period = 60): Metric {
        return { ...this.metric("FreeStorageSpace", "Minimum"), period };
    }

    /** Reads and writes a second. */
    iops(): MetricMath {
        return {
            expression: "reads + writes",
            metrics: { reads: this.metric("ReadIOPS", "Average"), writes: this.metric("WriteIOPS", "Average") },
            label: `${this.label} IOPS`,
        };
    }

    /** Reads and writes that wait for the disk. */
    diskQueueDepth(): Metric {
        return this.metric("DiskQueueDepth", "Average");
    }

    /** Seconds that a write takes. */
    writeLatency(): Metric {
        return this.metric("WriteLatency", "Average");
    }

    /** Seconds by which a replica is behind its source; -1 where replication is broken. Only replicas publish it. */
    replicaLag(): Metric {
        return this.metric("ReplicaLag", "Maximum");
    }

    /** The lowest lag of each minute, which is what shows that replication is broken. */
    lowestReplicaLag(): Metric {
        return this.metric("ReplicaLag", "Minimum");
    }

    /** Bytes of write-ahead log that the slowest replica holds back on its source's disk. */
    oldestReplicationSlotLag(): Metric {
        return this.metric("OldestReplicationSlotLag", "Maximum");
    }

    /** Transaction ids in use: at 2.1 thousand million PostgreSQL stops writing to prevent a wraparound. */
    usedTransactionIds(): Metric {
        return this.metric("MaximumUsedTransactionIDs", "Maximum");
    }

    private metric(metricName: string, statistic: Statistic): Metric {
        return {
            namespace: "AWS/RDS",
            metricName,
            dimensions: { DBInstanceIdentifier: this.identifier },
            statistic,
            label: `${this.label} ${metricName}`,
        };
    }
}
