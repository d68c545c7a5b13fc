import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { currentAccount } from "./account";
import { Permission, SecretReference, ServiceBinding, statementPrefix, variablePrefix } from "./binding";
import { CacheArgs, defaultMaintenanceWindow, defaultSnapshotWindow, refuseBadCacheArgs } from "./cache-args";
import { CacheShardMetrics } from "./cache-metrics";
import { shardSignals } from "./cache-signals";
import { Component } from "./component";
import { FailureDomain, FailureTier } from "./failure-domain";
import { Signal, SignalSource } from "./signal";

export type { CacheArgs } from "./cache-args";

const port = 6379;
const defaultVersion = "8.2";

/**
 * All data commands, on all keys and channels, and none that endanger the server or list its keys. `INFO` is one of the
 * dangerous ones, and what clients ask before they call a connection ready.
 */
const applicationAccess = "on ~* &* +@all -@dangerous +info";

/** The `default` user is who every client without a name is: switched off, and allowed nothing if it were not. */
const defaultUserAccess = "off ~* -@all";

/** Where each kind of log goes. */
const logTypes = ["slow-log", "engine-log"] as const;

/**
 * A cache on ElastiCache with the Valkey engine: cluster mode, TLS, users with permissions of their own, replicas in other
 * zones that take over by themselves.
 *
 * It creates a subnet group over the isolated subnets, a parameter group, a security group without rules (bindings open the
 * port), two log groups, two users in a group, the password's secret, and the replication group. Data on disk, snapshots,
 * logs and the secret are encrypted with the customer keys that are given; connections without TLS are refused.
 *
 * With a replica in each shard, the loss of a node or a zone costs seconds of failover and no data but the last writes.
 * Without replicas, a lost node means an empty shard: the application must bear an empty cache in any case.
 *
 * What changes in place: node type, shards, replicas, snapshots, parameters, engine version upwards. What replaces the cache,
 * and empties it: `key`, the VPC, the region. The way of authentication replaces the user: running containers are refused
 * until they are restarted.
 *
 * ```ts
 * import { Cache } from "./cache";
 * import { KeyReference } from "./key-reference";
 * import { NetworkReference } from "./network-reference";
 *
 * declare const network: NetworkReference;
 * declare const key: KeyReference;
 * declare const secretsKey: KeyReference;
 * declare const logsKey: KeyReference;
 *
 * const cache = new Cache("cache", { network, key, secretsKey, logsKey, nodeType: "cache.r8g.large" });
 * export const uses = [cache];
 * ```
 */
export class Cache extends Component implements SignalSource, FailureTier {
    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly failureDomain: FailureDomain;
    readonly binding: ServiceBinding;
    /** Metrics of each shard, in order. */
    readonly shardMetrics: readonly CacheShardMetrics[];
    readonly securityGroupId: pulumi.Output<string>;
    /** The group's id, as the AWS console shows it. */
    readonly replicationGroupId: pulumi.Output<string>;

    private readonly region: string;

    constructor(name: string, args: CacheArgs, opts?: pulumi.ComponentResourceOptions) {
        super("Cache", name, args, opts);
        refuseBadCacheArgs(name, args);
        this.tier = name;
        this.region = args.network.region;

        const subnetGroup = this.createSubnetGroup(args);
        const parameterGroup = this.createParameterGroup(args);
        const securityGroup = this.createSecurityGroup(args);
        const logGroups = logTypes.map((type) => ({ type, group: this.createLogGroup(type, args) }));
        const user = this.createApplicationUser(args);
        const userGroup = this.createUserGroup(args, user.resource);
        const id = this.createGroupId(args);
        const group = this.createReplicationGroup(args, {
            id,
            subnetGroup,
            parameterGroup,
            securityGroup,
            userGroup,
            logGroups,
        });

        this.securityGroupId = securityGroup.id;
        this.replicationGroupId = group.replicationGroupId;
        this.binding = this.bind(args, group, user);
        this.shardMetrics = this.measure(args);
        this.signals = this.declareSignals(args);
        this.failureDomain = failureDomain(name, args);
        this.registerOutputs({ replicationGroupId: this.replicationGroupId, securityGroupId: this.securityGroupId });
    }

    private createSubnetGroup(args: CacheArgs): aws.elasticache.SubnetGroup {
        const name = `${this.componentName}-subnets`;
        return new aws.elasticache.SubnetGroup(
            name,
            {
                region: this.region,
                description: `Isolated subnets of ${this.componentName}`,
                subnetIds: args.network.isolatedSubnets.map((subnet) => subnet.id),
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    /** Its name is chosen by the engine: for a new major version the new group exists before the old one goes. */
    private createParameterGroup(args: CacheArgs): aws.elasticache.ParameterGroup {
        const name = `${this.componentName}-parameters`;
        return new aws.elasticache.ParameterGroup(
            name,
            {
                region: this.region,
                family: `valkey${(args.engineVersion ?? defaultVersion).split(".")[0] ?? ""}`,
                description: `Parameters of ${this.componentName}`,
                parameters: [
                    { name: "cluster-enabled", value: "yes" },
                    { name: "maxmemory-policy", value: args.evictionPolicy ?? "allkeys-lru" },
                ],
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    private createSecurityGroup(args: CacheArgs): aws.ec2.SecurityGroup {
        const name = `${this.componentName}-access`;
        return new aws.ec2.SecurityGroup(
            name,
            {
                region: this.region,
                vpcId: args.network.vpcId,
                description: `Clients of ${this.componentName}`,
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    private createLogGroup(type: string, args: CacheArgs): aws.cloudwatch.LogGroup {
        const name = `${this.componentName}-${type}`;
        const id = new random.RandomId(`${name}-id`, { byteLength: 4 }, this.child());
        return new aws.cloudwatch.LogGroup(
            name,
            {
                region: this.region,
                name: pulumi.interpolate`/aws/elasticache/${this.componentName}-${id.hex}/${type}`,
                retentionInDays: args.logRetentionDays ?? 30,
                kmsKeyId: args.logsKey.arn,
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    /** An IAM user's name and id are the same, as ElastiCache demands; a user with a password is made the same way. */
    private createApplicationUser(args: CacheArgs): ApplicationUser {
        const authentication = args.authentication ?? "password";
        const name = `${this.componentName}-app`;
        const id = new random.RandomId(`${name}-id`, { byteLength: 4, keepers: { authentication } }, this.child());
        const userId = pulumi.interpolate`${name}-${id.hex}`;
        const password = authentication === "password" ? this.createPassword(name, args) : undefined;
        const resource = new aws.elasticache.User(
            name,
            {
                region: this.region,
                engine: "valkey",
                userId,
                userName: userId,
                accessString: applicationAccess,
                ...(password === undefined
                    ? { authenticationMode: { type: "iam" } }
                    : { passwordsWo: password.result, passwordsWoVersion: args.passwordVersion ?? 1 }),
                tags: this.tags(name),
            },
            this.child(),
        );
        return { resource, userId, secret: password && this.createSecret(name, userId, password, args) };
    }

    /** Letters and digits, 64 of them: ElastiCache takes 16 to 128 characters and refuses some others. */
    private createPassword(name: string, args: CacheArgs): random.RandomPassword {
        return new random.RandomPassword(
            `${name}-password`,
            { length: 64, special: false, keepers: { version: String(args.passwordVersion ?? 1) } },
            this.child(),
        );
    }

    private createSecret(
        name: string,
        username: pulumi.Output<string>,
        password: random.RandomPassword,
        args: CacheArgs,
    ): aws.secretsmanager.Secret {
        const secret = new aws.secretsmanager.Secret(
            name,
            {
                region: this.region,
                description: `User of ${this.componentName}`,
                kmsKeyId: args.secretsKey.arn,
                recoveryWindowInDays: 30,
                tags: this.tags(name),
            },
            this.child(),
        );
        new aws.secretsmanager.SecretVersion(
            name,
            {
                region: this.region,
                secretId: secret.id,
                secretStringWo: pulumi.jsonStringify({ username, password: password.result }),
                secretStringWoVersion: args.passwordVersion ?? 1,
            },
            this.child(),
        );
        return secret;
    }

    /** A group needs a user called `default`. Nobody knows its password, and it may do nothing. */
    private createUserGroup(args: CacheArgs, application: aws.elasticache.User): aws.elasticache.UserGroup {
        const name = `${this.componentName}-default`;
        const id = new random.RandomId(`${name}-id`, { byteLength: 4 }, this.child());
        const defaultUser = new aws.elasticache.User(
            name,
            {
                region: this.region,
                engine: "valkey",
                userId: pulumi.interpolate`${name}-${id.hex}`,
                userName: "default",
                accessString: defaultUserAccess,
                passwordsWo: this.createPassword(name, args).result,
                passwordsWoVersion: args.passwordVersion ?? 1,
                tags: this.tags(name),
            },
            this.child(),
        );
        const groupName = `${this.componentName}-users`;
        return new aws.elasticache.UserGroup(
            groupName,
            {
                region: this.region,
                engine: "valkey",
                userGroupId: pulumi.interpolate`${groupName}-${id.hex}`,
                userIds: [defaultUser.userId, application.userId],
                tags: this.tags(groupName),
            },
            this.child(),
        );
    }

    /**
     * The id is ours, since the names of the nodes, and so the dimensions of their metrics, follow from it. It changes with
     * whatever replaces the group, so that the new one can exist beside the old one.
     */
    private createGroupId(args: CacheArgs): pulumi.Output<string> {
        const keepers = { key: args.key.arn, vpc: args.network.vpcId };
        const id = new random.RandomId(`${this.componentName}-id`, { byteLength: 4, keepers }, this.child());
        return pulumi.interpolate`${this.componentName}-${id.hex}`;
    }

    private createReplicationGroup(args: CacheArgs, parts: GroupParts): aws.elasticache.ReplicationGroup {
        const replicas = args.replicasPerShard ?? 1;
        const retention = args.snapshotRetentionDays ?? 7;
        const finalSnapshot = args.finalSnapshot ?? retention > 0;
        return new aws.elasticache.ReplicationGroup(
            this.componentName,
            {
                region: this.region,
                replicationGroupId: parts.id,
                description: `Cache ${this.componentName}`,
                engine: "valkey",
                engineVersion: args.engineVersion ?? defaultVersion,
                autoMinorVersionUpgrade: true,
                nodeType: args.nodeType,
                port,
                clusterMode: "enabled",
                numNodeGroups: args.shards ?? 1,
                replicasPerNodeGroup: replicas,
                // Cluster mode demands failover even where there is nothing to fail over to.
                automaticFailoverEnabled: true,
                multiAzEnabled: replicas > 0,
                atRestEncryptionEnabled: true,
                kmsKeyId: args.key.arn,
                transitEncryptionEnabled: true,
                transitEncryptionMode: "required",
                userGroupIds: [parts.userGroup.userGroupId],
                parameterGroupName: parts.parameterGroup.name,
                subnetGroupName: parts.subnetGroup.name,
                securityGroupIds: [parts.securityGroup.id],
                snapshotRetentionLimit: retention,
                snapshotWindow: args.snapshotWindow ?? defaultSnapshotWindow,
                ...(finalSnapshot ? { finalSnapshotIdentifier: pulumi.interpolate`${parts.id}-final` } : {}),
                maintenanceWindow: args.maintenanceWindow ?? defaultMaintenanceWindow,
                applyImmediately: false,
                logDeliveryConfigurations: parts.logGroups.map(({ type, group }) => ({
                    logType: type,
                    logFormat: "json",
                    destinationType: "cloudwatch-logs",
                    destination: group.name,
                })),
                tags: this.tags(this.componentName),
            },
            this.child(),
        );
    }

    private bind(args: CacheArgs, group: aws.elasticache.ReplicationGroup, user: ApplicationUser): ServiceBinding {
        const prefix = variablePrefix(this.componentName);
        const authentication = args.authentication ?? "password";
        const secret: SecretReference[] =
            user.secret === undefined
                ? []
                : [
                      {
                          variable: `${prefix}_PASSWORD`,
                          secretArn: user.secret.arn,
                          field: "password",
                          keyArn: args.secretsKey.arn,
                      },
                  ];
        return {
            name: this.componentName,
            environment: {
                [`${prefix}_ENDPOINT`]: pulumi.interpolate`${group.configurationEndpointAddress}:${port}`,
                [`${prefix}_TLS`]: "on",
                [`${prefix}_MODE`]: "cluster",
                [`${prefix}_USER`]: user.userId,
                [`${prefix}_AUTH`]: authentication,
                // An IAM token is signed for a region and for the group's id.
                ...(authentication === "iam"
                    ? { [`${prefix}_REGION`]: this.region, [`${prefix}_GROUP`]: group.replicationGroupId }
                    : {}),
            },
            secrets: secret,
            connections: [{ peer: this.componentName, securityGroupId: this.securityGroupId, port }],
            permissions: authentication === "iam" ? [this.connectPermission(group, user)] : [],
        };
    }

    private connectPermission(group: aws.elasticache.ReplicationGroup, user: ApplicationUser): Permission {
        const account = currentAccount(this);
        const prefix = pulumi.interpolate`arn:${account.partition}:elasticache:${this.region}:${account.id}`;
        return {
            sid: `${statementPrefix(this.componentName)}Connect`,
            actions: ["elasticache:Connect"],
            resources: [
                pulumi.interpolate`${prefix}:replicationgroup:${group.replicationGroupId}`,
                pulumi.interpolate`${prefix}:user:${user.userId}`,
            ],
        };
    }

    private measure(args: CacheArgs): CacheShardMetrics[] {
        return Array.from(
            { length: args.shards ?? 1 },
            (_, index) =>
                new CacheShardMetrics(
                    this.replicationGroupId,
                    index + 1,
                    args.replicasPerShard ?? 1,
                    `${this.componentName} shard ${String(index + 1)}`,
                ),
        );
    }

    private declareSignals(args: CacheArgs): Signal[] {
        const evicting = args.evictionPolicy !== "noeviction";
        return this.shardMetrics.flatMap((metrics, index) =>
            shardSignals(
                `${this.componentName}-shard-${String(index + 1)}`,
                metrics,
                args.replicasPerShard ?? 1,
                evicting,
            ),
        );
    }
}

interface ApplicationUser {
    readonly resource: aws.elasticache.User;
    readonly userId: pulumi.Output<string>;
    readonly secret: aws.secretsmanager.Secret | undefined;
}

/** What the replication group is put together from. */
interface GroupParts {
    readonly id: pulumi.Output<string>;
    readonly subnetGroup: aws.elasticache.SubnetGroup;
    readonly parameterGroup: aws.elasticache.ParameterGroup;
    readonly securityGroup: aws.ec2.SecurityGroup;
    readonly userGroup: aws.elasticache.UserGroup;
    readonly logGroups: readonly { readonly type: string; readonly group: aws.cloudwatch.LogGroup }[];
}

/** Each shard needs one of its nodes: ElastiCache puts a shard's nodes into different zones. */
function failureDomain(name: string, args: CacheArgs): FailureDomain {
    const shards = args.shards ?? 1;
    const nodes = shards * (1 + (args.replicasPerShard ?? 1));
    const zones = new Set(args.network.isolatedSubnets.map((subnet) => subnet.zone.id)).size;
    return { tier: name, unit: "node", units: nodes, zones: Math.min(zones, nodes), needed: shards };
}
