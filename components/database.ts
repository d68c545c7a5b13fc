import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { currentAccount } from "./account";
import { Connection, Permission, ServiceBinding, statementPrefix, variablePrefix } from "./binding";
import { Component } from "./component";
import { DatabaseArgs, defaultBackupWindow, defaultMaintenanceWindow, refuseBadDatabaseArgs } from "./database-args";
import { DatabaseMetrics } from "./database-metrics";
import { databaseParameters, parameterFamily } from "./database-parameters";
import { placeReplicas, ReplicaPlacement } from "./database-replicas";
import { primarySignals, replicaSignals } from "./database-signals";
import { gp3Baseline, InstanceClass, stripedFromGib } from "./database-sizing";
import { FailureDomain, FailureTier } from "./failure-domain";
import { Zone } from "./network-reference";
import { policyDocument } from "./policy-document";
import { Signal, SignalSource } from "./signal";

export type { DatabaseArgs } from "./database-args";

const port = 5432;

/** One instance, ready to be bound and watched. */
interface DatabaseInstance {
    readonly resource: aws.rds.Instance;
    readonly name: string;
    readonly metrics: DatabaseMetrics;
}

/** The secret with the master user's name and password. */
interface MasterSecret {
    readonly secretArn: pulumi.Output<string>;
    /** The same, known when there is a value in it: for what reads it. */
    readonly filledArn: pulumi.Output<string>;
}

/** An instance's identifier, chosen before the instance, since its log groups must exist first. */
interface InstanceIdentity {
    readonly identifier: pulumi.Output<string>;
    readonly suffix: pulumi.Output<string>;
    readonly logGroups: aws.cloudwatch.LogGroup[];
}

/**
 * PostgreSQL on RDS: a primary, with a standby in another zone if asked, and read replicas as instances of their own.
 *
 * It creates a subnet group over the isolated subnets, a parameter group that refuses connections without TLS, a security
 * group without rules (bindings open the port, see `ServiceBinding`), log groups, the master password in Secrets Manager,
 * a role for enhanced monitoring, and the instances. Storage, backups, Performance Insights, logs and the secret are
 * encrypted with the customer keys that are given.
 *
 * What users get: `writer` and `reader` bindings for the application, and `owner` for the migrations that make its schema and
 * its user. The application authenticates by IAM as `applicationUser` and checks
 * the server's certificate against the RDS bundle (https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem), which
 * belongs into its image. RDS has no reader endpoint, so the reader binding carries the list of replicas, or the writer
 * where there are none: clients keep a pool for each.
 *
 * What changes in place: class, storage, Multi-AZ, the number of replicas, backups, protection, parameters, and the major
 * version upwards (with `allowMajorVersionUpgrade`, which also applies what waits for the maintenance window; take replicas away
 * before and give them back after, since they cannot be upgraded by themselves). What replaces the database, with the loss of its data: `key`, `databaseName`, `masterUser`, and the region. What replaces a replica: its zone.
 *
 * ```ts
 * import { Database } from "./database";
 * import { KeyReference } from "./key-reference";
 * import { NetworkReference } from "./network-reference";
 *
 * declare const network: NetworkReference;
 * declare const key: KeyReference;
 * declare const secretsKey: KeyReference;
 * declare const logsKey: KeyReference;
 *
 * const database = new Database("database", {
 *     network,
 *     key,
 *     secretsKey,
 *     logsKey,
 *     instanceClass: "db.m8g.large",
 *     storageGib: 100,
 *     maxStorageGib: 1000,
 *     replicas: 2,
 * });
 * export const uses = [database.writer, database.reader];
 * ```
 */
export class Database extends Component implements SignalSource, FailureTier {
    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly failureDomain: FailureDomain;
    /** How the replicas are spread; absent where there are none, and reads go to the primary. */
    readonly readerFailureDomain?: FailureDomain;
    /** The primary, and the replicas where there are any, for `Monitoring`. */
    readonly failureTiers: readonly FailureTier[];
    /** Reads and writes, on the primary. */
    readonly writer: ServiceBinding;
    /** Reads, on every replica; on the primary where there are none. */
    readonly reader: ServiceBinding;
    /**
     * The schema, on the primary: for migrations, which also make the application's user and give it rights to the tables. A
     * container that answers requests never gets it: whoever takes that over could drop the tables.
     */
    readonly owner: ServiceBinding;
    /** Metrics of the primary. */
    readonly metrics: DatabaseMetrics;
    /** Metrics of the replicas, by key (`az1`). */
    readonly replicaMetrics: Readonly<Record<string, DatabaseMetrics>>;
    readonly securityGroupId: pulumi.Output<string>;
    /** ARN of the secret that holds the master user's name and password. */
    readonly masterSecretArn: pulumi.Output<string>;
    /** Identifier of the primary, as the AWS console shows it. */
    readonly identifier: pulumi.Output<string>;

    private readonly region: string;

    constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
        super("Database", name, args, opts);
        const classes = refuseBadDatabaseArgs(name, args);
        this.tier = name;
        this.region = args.network.region;

        const subnetGroup = this.createSubnetGroup(args);
        const parameterGroup = this.createParameterGroup(args);
        const securityGroup = this.createSecurityGroup(args);
        const monitoringRole = this.createMonitoringRole(args);
        const password = this.createMasterPassword(args);
        const secret = this.createMasterSecret(args, password);
        const shared = this.sharedArgs(args, parameterGroup, securityGroup, monitoringRole);
        const primary = this.createPrimary(args, shared, subnetGroup, password);
        const replicas = this.createReplicas(args, shared, primary);

        this.securityGroupId = securityGroup.id;
        this.masterSecretArn = secret.secretArn;
        this.identifier = primary.resource.identifier;
        this.metrics = primary.metrics;
        this.replicaMetrics = Object.fromEntries(replicas.map(({ placement, metrics }) => [placement.key, metrics]));
        this.writer = this.bindWriter(args, primary);
        this.reader = this.bindReader(args, primary, replicas);
        this.owner = this.bindOwner(args, primary, secret);
        this.signals = this.declareSignals(args, classes, primary, replicas);
        this.failureDomain = primaryFailureDomain(name, args);
        this.readerFailureDomain = replicaFailureDomain(name, args, replicas);
        this.failureTiers = [this.failureDomain, this.readerFailureDomain].flatMap((domain) =>
            domain === undefined ? [] : [{ failureDomain: domain }],
        );
        this.registerOutputs({
            identifier: this.identifier,
            masterSecretArn: this.masterSecretArn,
            securityGroupId: this.securityGroupId,
        });
    }

    private createSubnetGroup(args: DatabaseArgs): aws.rds.SubnetGroup {
        const name = `${this.componentName}-subnets`;
        return new aws.rds.SubnetGroup(
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
    private createParameterGroup(args: DatabaseArgs): aws.rds.ParameterGroup {
        const name = `${this.componentName}-parameters`;
        return new aws.rds.ParameterGroup(
            name,
            {
                region: this.region,
                family: parameterFamily(args.engineVersion ?? defaultEngineVersion),
                description: `Parameters of ${this.componentName}`,
                parameters: databaseParameters(args.slowQueryMilliseconds ?? 1000, args.parameters),
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    private createSecurityGroup(args: DatabaseArgs): aws.ec2.SecurityGroup {
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

    private createMonitoringRole(args: DatabaseArgs): aws.iam.Role | undefined {
        if (args.enhancedMonitoringSeconds === 0) {
            return undefined;
        }
        const name = `${this.componentName}-monitoring`;
        const account = currentAccount(this);
        const trust = policyDocument([
            {
                Effect: "Allow",
                Principal: { Service: "monitoring.rds.amazonaws.com" },
                Action: "sts:AssumeRole",
                Condition: { StringEquals: { "aws:SourceAccount": account.id } },
            },
        ]);
        const role = new aws.iam.Role(
            name,
            {
                description: `Lets RDS write what it sees of the operating system of ${this.componentName}`,
                assumeRolePolicy: trust,
                tags: this.tags(name),
            },
            this.child(),
        );
        new aws.iam.RolePolicyAttachment(
            name,
            {
                role: role.name,
                policyArn: pulumi.interpolate`arn:${account.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole`,
            },
            this.child(),
        );
        return role;
    }

    /** Letters and digits only: RDS refuses some others, and a password goes through shells and connection strings. */
    private createMasterPassword(args: DatabaseArgs): random.RandomPassword {
        return new random.RandomPassword(
            `${this.componentName}-master`,
            { length: 48, special: false, keepers: { version: String(args.passwordVersion ?? 1) } },
            this.child(),
        );
    }

    private createMasterSecret(args: DatabaseArgs, password: random.RandomPassword): MasterSecret {
        const name = `${this.componentName}-master`;
        const secret = new aws.secretsmanager.Secret(
            name,
            {
                region: this.region,
                description: `Master user of ${this.componentName}`,
                kmsKeyId: args.secretsKey.arn,
                recoveryWindowInDays: 30,
                tags: this.tags(name),
            },
            this.child(),
        );
        const version = new aws.secretsmanager.SecretVersion(
            name,
            {
                region: this.region,
                secretId: secret.id,
                secretStringWo: pulumi.jsonStringify({
                    username: args.masterUser ?? defaultMasterUser,
                    password: password.result,
                }),
                secretStringWoVersion: args.passwordVersion ?? 1,
            },
            this.child(),
        );
        return { secretArn: secret.arn, filledArn: version.secretArn };
    }

    /**
     * RDS writes to log groups whose names follow from the identifier, and creates them, unencrypted and kept for ever,
     * where they are missing. So the identifier is ours: the instance's name and a random part, which changes with
     * whatever replaces the instance, so that the new one can exist beside the old one.
     */
    private createIdentity(
        name: string,
        logTypes: readonly string[],
        replacedWith: Record<string, pulumi.Input<string>>,
        args: DatabaseArgs,
    ): InstanceIdentity {
        const id = new random.RandomId(`${name}-id`, { byteLength: 4, keepers: replacedWith }, this.child());
        const identifier = pulumi.interpolate`${name}-${id.hex}`;
        const logGroups = logTypes.map((type) => {
            const logName = `${name}-${type}-log`;
            return new aws.cloudwatch.LogGroup(
                logName,
                {
                    region: this.region,
                    name: pulumi.interpolate`/aws/rds/instance/${identifier}/${type}`,
                    retentionInDays: args.logRetentionDays ?? 30,
                    kmsKeyId: args.logsKey.arn,
                    tags: this.tags(logName),
                },
                this.child(),
            );
        });
        return { identifier, suffix: id.hex, logGroups };
    }

    /** What the primary and its replicas have in common. */
    private sharedArgs(
        args: DatabaseArgs,
        parameterGroup: aws.rds.ParameterGroup,
        securityGroup: aws.ec2.SecurityGroup,
        monitoringRole: aws.iam.Role | undefined,
    ): Omit<aws.rds.InstanceArgs, "instanceClass"> {
        const growing = args.maxStorageGib > args.storageGib;
        const advanced = args.insights === "advanced";
        return {
            region: this.region,
            port,
            parameterGroupName: parameterGroup.name,
            vpcSecurityGroupIds: [securityGroup.id],
            publiclyAccessible: false,
            storageEncrypted: true,
            storageType: "gp3",
            ...(growing ? { maxAllocatedStorage: args.maxStorageGib } : {}),
            iamDatabaseAuthenticationEnabled: true,
            performanceInsightsEnabled: true,
            performanceInsightsKmsKeyId: args.key.arn,
            // 465 days is what the advanced mode demands; seven are free.
            performanceInsightsRetentionPeriod: advanced ? 465 : 7,
            databaseInsightsMode: advanced ? "advanced" : "standard",
            monitoringInterval: args.enhancedMonitoringSeconds ?? 60,
            ...(monitoringRole === undefined ? {} : { monitoringRoleArn: monitoringRole.arn }),
            autoMinorVersionUpgrade: true,
            maintenanceWindow: args.maintenanceWindow ?? defaultMaintenanceWindow,
            // A major upgrade is asked for on purpose; waiting for the window, its old parameter group could not be deleted.
            applyImmediately: args.allowMajorVersionUpgrade ?? false,
            copyTagsToSnapshot: true,
            deletionProtection: args.deletionProtection ?? true,
        };
    }

    private createPrimary(
        args: DatabaseArgs,
        shared: Omit<aws.rds.InstanceArgs, "instanceClass">,
        subnetGroup: aws.rds.SubnetGroup,
        password: random.RandomPassword,
    ): DatabaseInstance {
        const name = `${this.componentName}-primary`;
        const dbName = args.databaseName ?? defaultDatabaseName;
        const username = args.masterUser ?? defaultMasterUser;
        const logTypes = ["postgresql", "upgrade", "iam-db-auth-error"];
        const identity = this.createIdentity(name, logTypes, { key: args.key.arn, dbName, username }, args);
        const finalSnapshot = args.finalSnapshot ?? true;
        const resource = new aws.rds.Instance(
            name,
            {
                ...shared,
                identifier: identity.identifier,
                engine: "postgres",
                engineVersion: args.engineVersion ?? defaultEngineVersion,
                allowMajorVersionUpgrade: args.allowMajorVersionUpgrade ?? false,
                instanceClass: args.instanceClass,
                allocatedStorage: args.storageGib,
                ...provisionedPerformance(args),
                kmsKeyId: args.key.arn,
                multiAz: args.multiAz ?? true,
                dbSubnetGroupName: subnetGroup.name,
                dbName,
                username,
                // Write-only: neither AWS nor the state gives it back.
                passwordWo: password.result,
                passwordWoVersion: args.passwordVersion ?? 1,
                backupRetentionPeriod: args.backupRetentionDays ?? 7,
                backupWindow: args.backupWindow ?? defaultBackupWindow,
                deleteAutomatedBackups: !finalSnapshot,
                skipFinalSnapshot: !finalSnapshot,
                ...(finalSnapshot
                    ? { finalSnapshotIdentifier: pulumi.interpolate`${this.componentName}-final-${identity.suffix}` }
                    : {}),
                enabledCloudwatchLogsExports: logTypes,
                tags: this.tags(name),
            },
            this.child({ dependsOn: identity.logGroups }),
        );
        return { resource, name, metrics: new DatabaseMetrics(resource.identifier, this.componentName) };
    }

    private createReplicas(
        args: DatabaseArgs,
        shared: Omit<aws.rds.InstanceArgs, "instanceClass">,
        primary: DatabaseInstance,
    ): (DatabaseInstance & { placement: ReplicaPlacement<Zone> })[] {
        const zones = args.network.isolatedSubnets.map((subnet) => subnet.zone);
        return placeReplicas(zones, args.replicas ?? 0).map((placement) => ({
            ...this.createReplica(args, shared, primary, placement),
            placement,
        }));
    }

    /**
     * A replica takes the source's engine, key, user and password. It has no backups of its own: the primary's are the
     * same data, and a replica that is promoted gets them with the promotion.
     */
    private createReplica(
        args: DatabaseArgs,
        shared: Omit<aws.rds.InstanceArgs, "instanceClass">,
        primary: DatabaseInstance,
        placement: ReplicaPlacement<Zone>,
    ): DatabaseInstance {
        const name = `${this.componentName}-replica-${placement.key}`;
        const logTypes = ["postgresql", "iam-db-auth-error"];
        const source = primary.resource.identifier;
        const identity = this.createIdentity(name, logTypes, { source, zone: placement.zone.name }, args);
        const resource = new aws.rds.Instance(
            name,
            {
                ...shared,
                identifier: identity.identifier,
                replicateSourceDb: source,
                instanceClass: args.replicaInstanceClass ?? args.instanceClass,
                // Always explicit, also for the only one: a replica without a zone would be replaced when a second one comes.
                availabilityZone: placement.zone.name,
                multiAz: false,
                backupRetentionPeriod: 0,
                // It can be made anew at any time, and taking one away must not need two steps.
                deletionProtection: false,
                skipFinalSnapshot: true,
                enabledCloudwatchLogsExports: logTypes,
                tags: this.tags(name),
            },
            // Another source is another replica; the provider would only leave this one as it is.
            this.child({ dependsOn: identity.logGroups, replaceOnChanges: ["replicateSourceDb"] }),
        );
        return { resource, name, metrics: new DatabaseMetrics(resource.identifier, name) };
    }

    private bindWriter(args: DatabaseArgs, primary: DatabaseInstance): ServiceBinding {
        const prefix = variablePrefix(this.componentName);
        return {
            name: `${this.componentName}.writer`,
            environment: { [`${prefix}_WRITER_HOST`]: primary.resource.address, ...this.commonEnvironment(args) },
            secrets: [],
            connections: this.connections(),
            permissions: [this.permission("ConnectWriter", args, [primary])],
        };
    }

    /** The primary may be connected to as well: the application falls back to it when no replica is fit to be asked. */
    private bindReader(
        args: DatabaseArgs,
        primary: DatabaseInstance,
        replicas: readonly DatabaseInstance[],
    ): ServiceBinding {
        const prefix = variablePrefix(this.componentName);
        const readers = replicas.length > 0 ? replicas : [primary];
        const hosts = pulumi
            .all(readers.map((reader) => reader.resource.endpoint))
            .apply((endpoints) => endpoints.join(","));
        return {
            name: `${this.componentName}.reader`,
            environment: { [`${prefix}_READER_HOSTS`]: hosts, ...this.commonEnvironment(args) },
            secrets: [],
            connections: this.connections(),
            permissions: [this.permission("ConnectReader", args, [primary, ...replicas])],
        };
    }

    /**
     * The master user, by its password: with rds_iam granted it could not use that any more, and on a new database nobody is
     * there yet who could grant anything.
     */
    private bindOwner(args: DatabaseArgs, primary: DatabaseInstance, secret: MasterSecret): ServiceBinding {
        const prefix = variablePrefix(this.componentName);
        return {
            name: `${this.componentName}.owner`,
            environment: {
                ...this.commonEnvironment(args),
                [`${prefix}_WRITER_HOST`]: primary.resource.address,
                [`${prefix}_USER`]: args.masterUser ?? defaultMasterUser,
                [`${prefix}_AUTH`]: "password",
                [`${prefix}_APPLICATION_USER`]: args.applicationUser ?? defaultApplicationUser,
            },
            secrets: [
                {
                    variable: `${prefix}_PASSWORD`,
                    secretArn: secret.filledArn,
                    field: "password",
                    keyArn: args.secretsKey.arn,
                },
            ],
            connections: this.connections(),
            permissions: [],
        };
    }

    private commonEnvironment(args: DatabaseArgs): Record<string, string> {
        const prefix = variablePrefix(this.componentName);
        return {
            [`${prefix}_PORT`]: String(port),
            [`${prefix}_NAME`]: args.databaseName ?? defaultDatabaseName,
            [`${prefix}_USER`]: args.applicationUser ?? defaultApplicationUser,
            [`${prefix}_AUTH`]: "iam",
            [`${prefix}_REGION`]: this.region,
            [`${prefix}_TLS`]: "verify-full",
        };
    }

    private connections(): Connection[] {
        return [{ peer: this.componentName, securityGroupId: this.securityGroupId, port }];
    }

    /** Names each instance by its resource id: a permission on `*` would reach every database of the account. */
    private permission(what: string, args: DatabaseArgs, instances: readonly DatabaseInstance[]): Permission {
        const account = currentAccount(this);
        const user = args.applicationUser ?? defaultApplicationUser;
        return {
            sid: `${statementPrefix(this.componentName)}${what}`,
            actions: ["rds-db:connect"],
            resources: instances.map(
                ({ resource }) =>
                    pulumi.interpolate`arn:${account.partition}:rds-db:${this.region}:${account.id}:dbuser:${resource.resourceId}/${user}`,
            ),
        };
    }

    private declareSignals(
        args: DatabaseArgs,
        classes: { primary: InstanceClass; replica: InstanceClass },
        primary: DatabaseInstance,
        replicas: readonly DatabaseInstance[],
    ): Signal[] {
        const capacity = {
            instance: classes.primary,
            storageGib: args.storageGib,
            hasReplicas: replicas.length > 0,
            ...(args.storageIops === undefined ? {} : { iops: args.storageIops }),
        };
        return [
            ...primarySignals(this.componentName, primary.metrics, capacity),
            ...replicas.flatMap((replica) => replicaSignals(replica.name, replica.metrics, classes.replica)),
        ];
    }
}

/**
 * IOPS and throughput of the volume, spelled out where RDS stripes it: growing past that size, the provider would send the
 * smaller volume's figures along, which RDS refuses. Below it, RDS refuses any. A replica's volume is as large as its source
 * was when the replica was made, so it keeps the figures that RDS gave it.
 */
function provisionedPerformance(args: DatabaseArgs): Pick<aws.rds.InstanceArgs, "iops" | "storageThroughput"> {
    if (args.storageGib < stripedFromGib) {
        return {};
    }
    const baseline = gp3Baseline(args.storageGib);
    return {
        iops: args.storageIops ?? baseline.iops,
        storageThroughput: args.storageThroughput ?? baseline.throughput,
    };
}

const defaultEngineVersion = "17";
const defaultDatabaseName = "app";
const defaultMasterUser = "postgres";
const defaultApplicationUser = "app";

function primaryFailureDomain(name: string, args: DatabaseArgs): FailureDomain {
    const units = (args.multiAz ?? true) ? 2 : 1;
    return { tier: name, unit: "instance", units, zones: units };
}

function replicaFailureDomain(
    name: string,
    args: DatabaseArgs,
    replicas: readonly { placement: ReplicaPlacement<Zone> }[],
): FailureDomain | undefined {
    if (replicas.length === 0) {
        return undefined;
    }
    const zones = new Set(replicas.map(({ placement }) => placement.zone.id)).size;
    return {
        tier: `${name}-replicas`,
        unit: "replica",
        units: replicas.length,
        zones,
        needed: args.neededReplicas ?? 1,
    };
}
