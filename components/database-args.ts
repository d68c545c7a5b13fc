import { ComponentArgs } from "./component";
import { InstanceClass, instanceClass, stripedFromGib } from "./database-sizing";
import { KeyReference } from "./key-reference";
import { requireLogRetention } from "./log-retention";
import { NetworkReference } from "./network-reference";
import { isWhole, Problems } from "./problems";
import { checkWindows } from "./service-windows";

export interface DatabaseArgs extends ComponentArgs {
    /** Where the database lives: in the isolated subnets, which must lie in two zones or more. */
    network: NetworkReference;
    /** Encrypts storage, backups and Performance Insights. Another key means another database. */
    key: KeyReference;
    /** Encrypts the master password in Secrets Manager. */
    secretsKey: KeyReference;
    /** Encrypts the log groups. */
    logsKey: KeyReference;
    /**
     * Major version of PostgreSQL, 17 or newer. A plain string, since the parameter group depends on it. Minor versions are
     * applied in the maintenance window. Default `17`.
     */
    engineVersion?: string;
    /** Whether a new `engineVersion` may upgrade the database, which cannot be undone. Default false. */
    allowMajorVersionUpgrade?: boolean;
    /** Such as `db.m8g.large`. A plain string, since alarm thresholds depend on its memory. */
    instanceClass: string;
    /** The class of read replicas. A smaller one than the primary's falls behind. Default: `instanceClass`. */
    replicaInstanceClass?: string;
    /**
     * GiB of storage at the start, 20 to 65536. From 400 on, the volume has four times the IOPS. A plain number, since alarm
     * thresholds depend on it. Once storage has grown by itself, raising this number changes nothing.
     */
    storageGib: number;
    /** GiB up to which storage grows by itself; the same as `storageGib` switches that off. */
    maxStorageGib: number;
    /** Provisioned IOPS, 12000 to 64000, only with 400 GiB or more. Default: 3000, or 12000 from 400 GiB on. */
    storageIops?: number;
    /** Provisioned MiB a second, 500 to 4000, only with 400 GiB or more. Default: 125, or 500 from 400 GiB on. */
    storageThroughput?: number;
    /** Whether a standby in another zone takes over when the primary fails. Default true. */
    multiAz?: boolean;
    /**
     * Read replicas, 0 to 15, one zone after the other. Adding one leaves the others alone. They need backups, which an earlier update
     * must have turned on: until its maintenance window, the source has none. A plain number.
     * Default 0.
     */
    replicas?: number;
    /**
     * Days that automated backups are kept, 0 (off) to 35. Default 7: a mistake of Friday can still be undone on the Monday
     * after next.
     */
    backupRetentionDays?: number;
    /** Daily time of the backup in UTC. Default `02:00-03:00`. */
    backupWindow?: string;
    /** Weekly time of maintenance in UTC, apart from the backup. Default `sun:03:30-sun:04:30`. */
    maintenanceWindow?: string;
    /** Whether AWS refuses to delete the database. Default true. */
    deletionProtection?: boolean;
    /** Whether a last snapshot is taken, and automated backups outlive the database, when it is deleted. Default true. */
    finalSnapshot?: boolean;
    /**
     * `standard`: seven days of Performance Insights, without cost. `advanced`: 15 months of Database Insights, billed for
     * each virtual CPU. Default `standard`.
     */
    insights?: "standard" | "advanced";
    /** Seconds between two looks at the operating system, 0 (off), 1, 5, 10, 15, 30 or 60. Default 60. */
    enhancedMonitoringSeconds?: 0 | 1 | 5 | 10 | 15 | 30 | 60;
    /** Days that logs are kept. Default 30. */
    logRetentionDays?: number;
    /** Statements that take longer, in milliseconds, are logged. Default 1000. */
    slowQueryMilliseconds?: number;
    /** PostgreSQL parameters besides or instead of the component's own, applied at the next reboot. Default: none. */
    parameters?: Readonly<Record<string, string>>;
    /** Name of the database inside the server. Never changes. Default `app`. */
    databaseName?: string;
    /**
     * The master user, who owns the schema: migrations are run by it (the `owner` binding), and the application never is it.
     * Never changes. Default `postgres`.
     */
    masterUser?: string;
    /**
     * The application's user, who authenticates by IAM, reads and writes rows and cannot change the schema. The first
     * migration makes it, see app/migrations/README.md. Default `app`.
     */
    applicationUser?: string;
    /** Raise it by one to give the master user a new password. Default 1. */
    passwordVersion?: number;
    /** How many replicas carry the reads that the stage was sized for, for the failure-domain arithmetic. Default 1. */
    neededReplicas?: number;
}

/** In the quiet hours of Europe and Africa; other continents choose their own. */
export const defaultBackupWindow = "02:00-03:00";
export const defaultMaintenanceWindow = "sun:03:30-sun:04:30";

/** Oldest major version that is offered, since older ones lack features that the defaults rely on. */
const oldestVersion = 17;

/** RDS takes identifiers of up to 63 characters; this leaves room for `-replica-az1-2-` and eight random ones. */
const longestName = 38;

/**
 * Refuses arguments that AWS would refuse later, or that contradict each other: all of them at once.
 *
 * @returns what is known about the instance classes
 * @throws InvalidSettingsError
 */
export function refuseBadDatabaseArgs(
    name: string,
    args: DatabaseArgs,
): { primary: InstanceClass; replica: InstanceClass } {
    const problems = new Problems();
    checkName(problems, name);
    checkStorage(problems, args);
    checkReplicas(problems, args);
    checkServer(problems, args);
    checkWindows(
        problems,
        { setting: "backupWindow", value: args.backupWindow ?? defaultBackupWindow },
        { setting: "maintenanceWindow", value: args.maintenanceWindow ?? defaultMaintenanceWindow },
        30,
    );
    const primary = checkClass(problems, "instanceClass", args.instanceClass);
    const replica =
        args.replicaInstanceClass === undefined
            ? primary
            : checkClass(problems, "replicaInstanceClass", args.replicaInstanceClass);
    problems.throwIfAny(`Database "${name}"`);
    return { primary, replica };
}

function checkName(problems: Problems, name: string): void {
    problems.require(
        /^[a-z](-?[a-z0-9])*$/.test(name) && name.length <= longestName,
        "name",
        name,
        `lower-case letters, digits and single dashes, from a letter on, up to ${String(longestName)} characters`,
        "database",
    );
}

function checkClass(problems: Problems, setting: string, value: string): InstanceClass {
    const found = instanceClass(value);
    problems.require(found !== undefined, setting, value, "an RDS instance class that runs PostgreSQL", "db.m8g.large");
    return found ?? { virtualCpus: 0, memoryBytes: 0, burstable: false };
}

function checkStorage(problems: Problems, args: DatabaseArgs): void {
    const { storageGib, maxStorageGib, storageIops, storageThroughput } = args;
    problems.require(
        isWhole(storageGib, 20, 65_536),
        "storageGib",
        storageGib,
        "a whole number of GiB from 20 to 65536",
        "100",
    );
    // RDS refuses a ceiling that is less than a tenth above what is allocated.
    const ceilingIsFit = maxStorageGib === storageGib || maxStorageGib >= storageGib * 1.1;
    problems.require(
        isWhole(maxStorageGib, 20, 65_536) && ceilingIsFit,
        "maxStorageGib",
        maxStorageGib,
        "the same as storageGib (no growth), or at least a tenth more, up to 65536",
        String(Math.min(storageGib * 10, 65_536)),
    );
    const checkProvisioned = (setting: string, value: number | undefined, from: number, to: number): void => {
        if (value !== undefined) {
            const allowed = `a whole number from ${String(from)} to ${String(to)}, with storageGib of ${String(stripedFromGib)} or more`;
            problems.require(
                storageGib >= stripedFromGib && isWhole(value, from, to),
                setting,
                value,
                allowed,
                String(from),
            );
        }
    };
    checkProvisioned("storageIops", storageIops, 12_000, 64_000);
    checkProvisioned("storageThroughput", storageThroughput, 500, 4_000);
}

function checkReplicas(problems: Problems, args: DatabaseArgs): void {
    const { replicas = 0, backupRetentionDays = 7, neededReplicas } = args;
    problems.require(isWhole(replicas, 0, 15), "replicas", replicas, "a whole number from 0 to 15", "2");
    problems.require(
        isWhole(backupRetentionDays, 0, 35),
        "backupRetentionDays",
        backupRetentionDays,
        "a whole number of days from 0 to 35",
        "7",
    );
    problems.require(
        replicas === 0 || backupRetentionDays > 0,
        "backupRetentionDays",
        backupRetentionDays,
        "at least 1 with replicas: a read replica starts from a backup of its source",
        "7",
    );
    problems.require(
        replicas === 0 || args.allowMajorVersionUpgrade !== true,
        "allowMajorVersionUpgrade",
        args.allowMajorVersionUpgrade,
        "false with replicas: they cannot be upgraded, so take them away first and give them back after the upgrade",
        "replicas: 0, then allowMajorVersionUpgrade: true",
    );
    if (neededReplicas !== undefined && replicas > 0) {
        problems.require(
            isWhole(neededReplicas, 1, replicas),
            "neededReplicas",
            neededReplicas,
            `a whole number from 1 to replicas (${String(replicas)})`,
            "1",
        );
    }
    const zones = [...new Set(args.network.isolatedSubnets.map((subnet) => subnet.zone.id))];
    problems.require(
        zones.length >= 2,
        "network.isolatedSubnets",
        zones,
        "subnets in two zones or more: RDS demands it of a subnet group",
        "a network over three zones",
    );
}

function checkServer(problems: Problems, args: DatabaseArgs): void {
    const { engineVersion = "17", databaseName = "app", masterUser = "postgres", applicationUser = "app" } = args;
    problems.require(
        /^\d+$/.test(engineVersion) && Number(engineVersion) >= oldestVersion,
        "engineVersion",
        engineVersion,
        `a major version of PostgreSQL from ${String(oldestVersion)} on, without the minor one`,
        '"17"',
    );
    const word = "a letter or underscore, then letters, digits and underscores, up to 63 characters";
    for (const [setting, value] of Object.entries({ databaseName, masterUser, applicationUser })) {
        problems.require(/^[a-z_][a-z0-9_]{0,62}$/.test(value), setting, value, `lower-case: ${word}`, "app");
    }
    problems.require(
        applicationUser !== masterUser,
        "applicationUser",
        applicationUser,
        "another user than masterUser: with rds_iam granted, the master user could not use its password any more",
        "app",
    );
    const { logRetentionDays = 30, passwordVersion = 1, slowQueryMilliseconds = 1000 } = args;
    requireLogRetention(problems, logRetentionDays);
    problems.require(
        isWhole(passwordVersion, 1, 2 ** 31),
        "passwordVersion",
        passwordVersion,
        "a whole number from 1",
        "2",
    );
    problems.require(
        isWhole(slowQueryMilliseconds, -1, 2 ** 31 - 1),
        "slowQueryMilliseconds",
        slowQueryMilliseconds,
        "a whole number from 0, or -1 for none",
        "1000",
    );
    const forced = args.parameters?.["rds.force_ssl"];
    problems.require(
        forced === undefined || forced === "1",
        "parameters.rds.force_ssl",
        forced,
        "1: connections without TLS are refused",
        "leave it out",
    );
}
