import { ComponentArgs } from "./component";
import { KeyReference } from "./key-reference";
import { requireLogRetention } from "./log-retention";
import { NetworkReference } from "./network-reference";
import { isWhole, Problems } from "./problems";
import { checkWindows } from "./service-windows";

export interface CacheArgs extends ComponentArgs {
    /** Where the cache lives: in the isolated subnets, in two zones or more where there are replicas. */
    network: NetworkReference;
    /** Encrypts data on disk and snapshots. Another key means another, empty cache. */
    key: KeyReference;
    /** Encrypts the password in Secrets Manager. */
    secretsKey: KeyReference;
    /** Encrypts the log groups. */
    logsKey: KeyReference;
    /** Such as `cache.r8g.large`. */
    nodeType: string;
    /**
     * Shards that share the keys, 1 to 500. A plain number, since alarms are made for each. Changing it moves keys while the
     * cache goes on. Default 1: cluster mode is on from the start, since turning it on later takes two irreversible steps and
     * another protocol.
     */
    shards?: number;
    /** Copies of each shard in other zones, 0 to 5. A plain number for the same reason. Default 1. */
    replicasPerShard?: number;
    /** Valkey version, major and minor. A plain string, since the parameter group depends on it. Default `8.2`. */
    engineVersion?: string;
    /**
     * How the application proves who it is. `password`: a long random one from Secrets Manager. `iam`: a token for 15
     * minutes, which the client has to renew. A plain string, since the user depends on it. Default `password`.
     */
    authentication?: "password" | "iam";
    /** Raise it by one to give the application's user a new password; running containers have to be restarted. Default 1. */
    passwordVersion?: number;
    /**
     * What happens when memory is full. `noeviction` refuses writes, which is right only where entries must not be lost.
     * Default `allkeys-lru`: a cache forgets what was not used for longest.
     */
    evictionPolicy?: string;
    /** Days that daily snapshots are kept, 0 (none) to 35. Default 7. */
    snapshotRetentionDays?: number;
    /** Daily time of the snapshot in UTC. Default `02:00-03:00`. */
    snapshotWindow?: string;
    /** Weekly time of maintenance in UTC, apart from the snapshot. Default `sun:04:30-sun:05:30`. */
    maintenanceWindow?: string;
    /** Whether a last snapshot is taken when the cache is deleted. Default: where snapshots are taken at all. */
    finalSnapshot?: boolean;
    /** Days that logs are kept. Default 30. */
    logRetentionDays?: number;
}

/** In the quiet hours of Europe and Africa, and the maintenance after the database's, not with it. */
export const defaultSnapshotWindow = "02:00-03:00";
export const defaultMaintenanceWindow = "sun:04:30-sun:05:30";

/** Ids are limited to 40 characters, of which the random part and `-default-` take 17, and names of shards the rest. */
const longestName = 20;

const evictionPolicies = [
    "volatile-lru",
    "allkeys-lru",
    "volatile-lfu",
    "allkeys-lfu",
    "volatile-random",
    "allkeys-random",
    "volatile-ttl",
    "noeviction",
];

/**
 * Refuses arguments that AWS would refuse later: all of them at once.
 *
 * @throws InvalidSettingsError
 */
export function refuseBadCacheArgs(name: string, args: CacheArgs): void {
    const problems = new Problems();
    const { shards = 1, replicasPerShard = 1, snapshotRetentionDays = 7, passwordVersion = 1 } = args;
    problems.require(
        /^[a-z](-?[a-z0-9])*$/.test(name) && name.length <= longestName,
        "name",
        name,
        `lower-case letters, digits and single dashes, from a letter on, up to ${String(longestName)} characters`,
        "cache",
    );
    problems.require(
        /^cache\.[a-z][a-z0-9]*\.(micro|small|medium|\d*x?large)$/.test(args.nodeType),
        "nodeType",
        args.nodeType,
        "an ElastiCache node type",
        "cache.r8g.large",
    );
    problems.require(isWhole(shards, 1, 500), "shards", shards, "a whole number from 1 to 500", "1");
    problems.require(
        isWhole(replicasPerShard, 0, 5),
        "replicasPerShard",
        replicasPerShard,
        "a whole number from 0 to 5",
        "1",
    );
    problems.require(
        shards * (1 + replicasPerShard) <= 500,
        "shards and replicasPerShard",
        shards * (1 + replicasPerShard),
        "500 nodes at the most",
        "shards 100, replicasPerShard 2",
    );
    const version = args.engineVersion ?? "8.2";
    problems.require(
        /^([89]|\d{2})\.\d$/.test(version),
        "engineVersion",
        version,
        "a Valkey version from 8.0 on, major and minor",
        '"8.2"',
    );
    problems.require(
        isWhole(snapshotRetentionDays, 0, 35),
        "snapshotRetentionDays",
        snapshotRetentionDays,
        "a whole number of days from 0 (none) to 35",
        "7",
    );
    problems.require(
        isWhole(passwordVersion, 1, 2 ** 31),
        "passwordVersion",
        passwordVersion,
        "a whole number from 1",
        "2",
    );
    requireLogRetention(problems, args.logRetentionDays ?? 30);
    const policy = args.evictionPolicy ?? "allkeys-lru";
    problems.require(
        evictionPolicies.includes(policy),
        "evictionPolicy",
        policy,
        `one of ${evictionPolicies.join(", ")}`,
        "allkeys-lru",
    );
    checkNetwork(problems, args, replicasPerShard);
    checkWindows(
        problems,
        { setting: "snapshotWindow", value: args.snapshotWindow ?? defaultSnapshotWindow },
        { setting: "maintenanceWindow", value: args.maintenanceWindow ?? defaultMaintenanceWindow },
        60,
    );
    problems.throwIfAny(`Cache "${name}"`);
}

function checkNetwork(problems: Problems, args: CacheArgs, replicasPerShard: number): void {
    const zones = [...new Set(args.network.isolatedSubnets.map((subnet) => subnet.zone.id))];
    const needed = replicasPerShard > 0 ? 2 : 1;
    problems.require(
        zones.length >= needed,
        "network.isolatedSubnets",
        zones,
        replicasPerShard > 0 ? "subnets in two zones or more, since replicas go to other zones" : "a subnet at least",
        "a network over three zones",
    );
}
