/**
 * What an RDS instance class and a gp3 volume can do, as far as alarms depend on it. Nothing here knows Pulumi.
 */

/** What is known about an instance class. */
export interface InstanceClass {
    readonly virtualCpus: number;
    /** Nominal memory in bytes. */
    readonly memoryBytes: number;
    /** Whether the class earns and spends CPU credits. */
    readonly burstable: boolean;
}

const gib = 1024 ** 3;

/** Memory for each virtual CPU in GiB, by the letter of the family. https://aws.amazon.com/rds/instance-types/ */
const gibPerCpu: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8, z: 8, x: 16 };

/** Burstable sizes break the rule of memory for each CPU. https://aws.amazon.com/rds/instance-types/ */
const burstableSizes: Readonly<Record<string, { cpus: number; gib: number }>> = {
    micro: { cpus: 2, gib: 1 },
    small: { cpus: 2, gib: 2 },
    medium: { cpus: 2, gib: 4 },
    large: { cpus: 2, gib: 8 },
    xlarge: { cpus: 4, gib: 16 },
    "2xlarge": { cpus: 8, gib: 32 },
};

/**
 * Reads CPU and memory from the name of an instance class.
 *
 * @param name such as `db.r8g.2xlarge`
 * @returns undefined where the name is none of a family that runs PostgreSQL
 */
export function instanceClass(name: string): InstanceClass | undefined {
    const match = /^db\.([cmrtxz])(\d+)([a-z]*)\.(micro|small|medium|large|(\d*)xlarge)$/.exec(name);
    if (match === null) {
        return undefined;
    }
    const [, family = "", , variant = "", size = "", times = ""] = match;
    if (family === "t") {
        const found = burstableSizes[size];
        return found && { virtualCpus: found.cpus, memoryBytes: found.gib * gib, burstable: true };
    }
    if (!size.endsWith("large") || (size !== "large" && times === "0")) {
        return undefined;
    }
    const virtualCpus = size === "large" ? 2 : 4 * Number(times === "" ? "1" : times);
    // x2iedn has twice the memory of the other x classes.
    const perCpu = (gibPerCpu[family] ?? 0) * (family === "x" && variant.startsWith("ie") ? 2 : 1);
    return { virtualCpus, memoryBytes: virtualCpus * perCpu * gib, burstable: false };
}

/**
 * The connections that a class accepts by RDS' default, `LEAST(DBInstanceClassMemory / 9531392, 5000)`, computed from
 * the nominal memory. The true number is lower: `DBInstanceClassMemory` is what is left after the operating system and
 * RDS' own processes, nine tenths of the nominal memory on large classes and three quarters on the smallest.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
 */
export function nominalMaxConnections(memoryBytes: number): number {
    return Math.min(Math.floor(memoryBytes / 9531392), 5000);
}

/** What a gp3 volume of PostgreSQL gives. */
export interface VolumePerformance {
    readonly iops: number;
    /** MiB a second. */
    readonly throughput: number;
}

/** From this size on, RDS stripes a PostgreSQL volume over four, and IOPS and throughput can be chosen. */
export const stripedFromGib = 400;

/**
 * What a gp3 volume gives without extra cost.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage
 */
export function gp3Baseline(storageGib: number): VolumePerformance {
    return storageGib < stripedFromGib ? { iops: 3000, throughput: 125 } : { iops: 12000, throughput: 500 };
}
