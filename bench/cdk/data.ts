import { Duration, RemovalPolicy, SecretValue } from "aws-cdk-lib";
import {
    ISecurityGroup,
    InstanceClass,
    InstanceSize,
    InstanceType,
    SecurityGroup,
    SubnetType,
    Vpc,
} from "aws-cdk-lib/aws-ec2";
import {
    CfnReplicationGroup,
    CfnSubnetGroup,
    CfnParameterGroup,
    CfnUser,
    CfnUserGroup,
} from "aws-cdk-lib/aws-elasticache";
import { ManagedPolicy, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import {
    CaCertificate,
    Credentials,
    DatabaseInstance,
    DatabaseInstanceEngine,
    DatabaseInstanceReadReplica,
    ParameterGroup,
    PerformanceInsightRetention,
    PostgresEngineVersion,
    StorageType,
    SubnetGroup,
} from "aws-cdk-lib/aws-rds";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { EncryptionKeys } from "./keys";

export interface DataProps {
    vpc: Vpc;
    keys: EncryptionKeys;
}

/** PostgreSQL over two zones, with two read replicas. */
export class Database extends Construct {
    readonly primary: DatabaseInstance;
    readonly replicas: DatabaseInstanceReadReplica[];
    readonly securityGroup: SecurityGroup;

    constructor(scope: Construct, id: string, { vpc, keys }: DataProps) {
        super(scope, id);
        const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_17 });
        const instanceType = InstanceType.of(InstanceClass.R7G, InstanceSize.XLARGE);
        this.securityGroup = new SecurityGroup(this, "access", {
            vpc,
            description: "Clients of the database",
            allowAllOutbound: false,
        });
        const monitoringRole = new Role(this, "monitoring", {
            assumedBy: new ServicePrincipal("monitoring.rds.amazonaws.com"),
            managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName("service-role/AmazonRDSEnhancedMonitoringRole")],
        });
        const parameterGroup = new ParameterGroup(this, "parameters", {
            engine,
            parameters: { "rds.force_ssl": "1", log_min_duration_statement: "1000", "rds.logical_replication": "0" },
        });
        const subnetGroup = new SubnetGroup(this, "subnets", {
            vpc,
            vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
            description: "Isolated subnets",
        });
        const shared = {
            vpc,
            vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
            instanceType,
            parameterGroup,
            subnetGroup,
            securityGroups: [this.securityGroup],
            storageEncryptionKey: keys.database,
            storageType: StorageType.GP3,
            caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
            port: 5432,
            iamAuthentication: true,
            deletionProtection: true,
            autoMinorVersionUpgrade: true,
            copyTagsToSnapshot: true,
            enablePerformanceInsights: true,
            performanceInsightEncryptionKey: keys.database,
            performanceInsightRetention: PerformanceInsightRetention.DEFAULT,
            monitoringInterval: Duration.minutes(1),
            monitoringRole,
            maxAllocatedStorage: 2000,
            removalPolicy: RemovalPolicy.SNAPSHOT,
        };
        const credentials = new Secret(this, "master", {
            description: "Master user of the database",
            encryptionKey: keys.secrets,
            generateSecretString: {
                secretStringTemplate: JSON.stringify({ username: "postgres" }),
                generateStringKey: "password",
                excludePunctuation: true,
                passwordLength: 48,
            },
        });
        this.primary = new DatabaseInstance(this, "primary", {
            ...shared,
            engine,
            databaseName: "headroom",
            credentials: Credentials.fromSecret(credentials),
            multiAz: true,
            storageEncrypted: true,
            allocatedStorage: 200,
            backupRetention: Duration.days(28),
            preferredBackupWindow: "02:00-03:00",
            preferredMaintenanceWindow: "sun:03:30-sun:04:30",
        });
        this.replicas = ["az1", "az2"].map((zone, place) => {
            // A replica takes the key of its source.
            const { removalPolicy: _policy, storageEncryptionKey: _key, ...replicaArgs } = shared;
            return new DatabaseInstanceReadReplica(this, `replica-${zone}`, {
                ...replicaArgs,
                sourceDatabaseInstance: this.primary,
                availabilityZone: vpc.availabilityZones[place],
                removalPolicy: RemovalPolicy.DESTROY,
            });
        });
        for (const [place, instance] of ["primary", "replica-az1", "replica-az2"].entries()) {
            for (const kind of ["postgresql", "upgrade"]) {
                new LogGroup(this, `${instance}-${kind}-log`, {
                    logGroupName: `/aws/rds/instance/headroom-${place}/${kind}`,
                    encryptionKey: keys.logs,
                    retention: RetentionDays.THREE_MONTHS,
                    removalPolicy: RemovalPolicy.RETAIN,
                });
            }
        }
    }

    allow(client: ISecurityGroup): void {
        this.primary.connections.allowDefaultPortFrom(client);
    }
}

/** Valkey in cluster mode: two shards with a replica each, in transit and at rest encrypted, users with passwords. */
export class Cache extends Construct {
    readonly securityGroup: SecurityGroup;
    readonly endpoint: string;
    readonly password: Secret;
    readonly name: string;

    constructor(scope: Construct, id: string, { vpc, keys }: DataProps) {
        super(scope, id);
        this.securityGroup = new SecurityGroup(this, "access", {
            vpc,
            description: "Clients of the cache",
            allowAllOutbound: false,
        });
        const subnets = new CfnSubnetGroup(this, "subnets", {
            description: "Isolated subnets",
            subnetIds: vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_ISOLATED }).subnetIds,
        });
        const parameters = new CfnParameterGroup(this, "parameters", {
            cacheParameterGroupFamily: "valkey8",
            description: "Parameters of the cache",
            properties: { "cluster-enabled": "yes", "maxmemory-policy": "allkeys-lru" },
        });
        this.password = new Secret(this, "password", {
            description: "The application's password of the cache",
            encryptionKey: keys.secrets,
            generateSecretString: { excludePunctuation: true, passwordLength: 64 },
        });
        const nobody = new CfnUser(this, "default-user", {
            engine: "valkey",
            userId: "headroom-default",
            userName: "default",
            accessString: "off -@all",
            noPasswordRequired: true,
        });
        const user = new CfnUser(this, "user", {
            engine: "valkey",
            userId: "headroom-app",
            userName: "app",
            accessString: "on ~* &* +@all -@dangerous",
            passwords: [SecretValue.secretsManager(this.password.secretArn).unsafeUnwrap()],
        });
        const users = new CfnUserGroup(this, "users", {
            engine: "valkey",
            userGroupId: "headroom",
            userIds: [nobody.ref, user.ref],
        });
        const logs = ["slow-log", "engine-log"].map(
            (kind) =>
                new LogGroup(this, kind, {
                    logGroupName: `/headroom/cache/${kind}`,
                    encryptionKey: keys.logs,
                    retention: RetentionDays.THREE_MONTHS,
                    removalPolicy: RemovalPolicy.RETAIN,
                }),
        );
        const group = new CfnReplicationGroup(this, "group", {
            replicationGroupDescription: "headroom",
            engine: "valkey",
            engineVersion: "8.2",
            cacheNodeType: "cache.r7g.large",
            numNodeGroups: 2,
            replicasPerNodeGroup: 1,
            multiAzEnabled: true,
            automaticFailoverEnabled: true,
            atRestEncryptionEnabled: true,
            kmsKeyId: keys.cache.keyArn,
            transitEncryptionEnabled: true,
            transitEncryptionMode: "required",
            cacheSubnetGroupName: subnets.ref,
            cacheParameterGroupName: parameters.ref,
            securityGroupIds: [this.securityGroup.securityGroupId],
            userGroupIds: [users.ref],
            // Not the default port: cdk-nag asks for another one.
            port: 6380,
            snapshotRetentionLimit: 1,
            snapshotWindow: "01:00-02:00",
            preferredMaintenanceWindow: "sun:04:30-sun:05:30",
            logDeliveryConfigurations: logs.map((log, place) => ({
                destinationType: "cloudwatch-logs",
                destinationDetails: { cloudWatchLogsDetails: { logGroup: log.logGroupName } },
                logFormat: "json",
                logType: place === 0 ? "slow-log" : "engine-log",
            })),
        });
        this.endpoint = group.attrConfigurationEndPointAddress;
        this.name = group.ref;
    }
}

/** A queue, and where its failed messages go. */
export class WorkQueue extends Construct {
    readonly queue: Queue;
    readonly deadLetters: Queue;

    constructor(scope: Construct, id: string, keys: EncryptionKeys) {
        super(scope, id);
        const shared = { encryption: QueueEncryption.KMS, encryptionMasterKey: keys.messages, enforceSSL: true };
        this.deadLetters = new Queue(this, "dead-letters", { ...shared, retentionPeriod: Duration.days(14) });
        this.queue = new Queue(this, "queue", {
            ...shared,
            retentionPeriod: Duration.days(4),
            visibilityTimeout: Duration.minutes(1),
            deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 3 },
        });
    }
}
