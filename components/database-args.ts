import type { DatabaseArgs } from "./database";
import { InstanceClass, instanceClass, stripedFromGib } from "./database-sizing";
import { logRetentions } from "./log-retention";
import { Problems } from "./problems";
import { checkWindows } from "./service-windows";

/** In the quiet hours of Europe and Africa; other continents choose their own. */
export const defaultBackupWindow = "02:00-03:00";
export const defaultMaintenanceWindow = "sun:03:30-sun:04:30";

/** Oldest major version that is offered, since older ones lack features that the defaults rely on. */
const oldestVersion = 17;

/** RDS takes identifiers of up to 63 characters; this leaves room for `-replica-az1-2-` and eight random ones. */
const longestName = 38;

const isWhole = (value: number, from: number, to: number): boolean =>
    Number.isInteger(value) && value >= from && value <= to;

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
    problems.require(
        logRetentions.includes(logRetentionDays),
        "logRetentionDays",
        logRetentionDays,
        `one of ${logRetentions.join(", ")}`,
        "30",
    );
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
