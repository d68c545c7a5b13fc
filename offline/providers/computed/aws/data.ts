import { zonesOf } from "../../aws/regions";
import type { Facts, Makers, Value, ValueMap } from "./facts";

/** Hosted zones of the RDS end points. */
const rdsZones: Readonly<Record<string, string>> = {
    "us-east-1": "Z2R2ITUGPM61AM",
    "us-east-2": "Z2XHWR1WZ565X2",
    "us-west-2": "Z1PVIF0B656C1W",
    "eu-central-1": "Z1RLNUO7B9Q6NB",
    "eu-west-1": "Z29XKXDKYMONMX",
    "eu-west-2": "ZTHS4DP3PO7O",
    "eu-north-1": "Z2D0XDWNPYHPAZ",
    "ap-northeast-1": "Z24O6O9L7SGTNB",
    "ap-southeast-1": "Z2G0U3KFCY8NZ5",
    "ap-southeast-2": "Z32T0VRHXEXS0V",
};

const ports: Readonly<Record<string, number>> = {
    postgres: 5432,
    "aurora-postgresql": 5432,
    mysql: 3306,
    mariadb: 3306,
    "aurora-mysql": 3306,
    "sqlserver-ex": 1433,
    "oracle-se2": 1521,
    docdb: 27017,
    neptune: 8182,
};

/** The version that a service runs where none, or only its major part, is asked for. */
const versions: Readonly<Record<string, string>> = {
    postgres: "17.6",
    "aurora-postgresql": "17.5",
    mysql: "8.4.6",
    mariadb: "11.8.3",
    "aurora-mysql": "8.0.mysql_aurora.3.10.0",
};

function actualVersion(engine: string, asked: string | undefined): string {
    const latest = versions[engine] ?? "1.0";
    if (asked === undefined) {
        return latest;
    }
    // A major version alone is completed with some minor one.
    return /^\d+$/.test(asked) ? (latest.startsWith(`${asked}.`) ? latest : `${asked}.4`) : asked;
}

function windows(): ValueMap {
    return { backupWindow: "03:00-03:30", maintenanceWindow: "sun:04:00-sun:04:30" };
}

function resourceId(f: Facts, prefix: string): string {
    return `${prefix}-${f.generator.upper(26, "resource")}`;
}

const database = (f: Facts): ValueMap & { id: string } => {
    const source = f.lookup("aws:rds/instance:Instance", f.text("replicateSourceDb"));
    const inherited = (name: string): string | undefined => {
        const value = source?.outputs[name];
        return typeof value === "string" ? value : undefined;
    };
    const engine = f.text("engine") ?? inherited("engine") ?? "postgres";
    const port = f.number("port") ?? ports[engine] ?? 3306;
    const address = f.host(`${f.name}.${f.accountHash}`).replace(`.${f.region}.`, `.${f.region}.rds.`);
    const id = resourceId(f, "db");
    const zones = zonesOf(f.region);
    return {
        id: f.knownId ?? id,
        resourceId: f.knownId?.startsWith("db-") ? f.knownId : id,
        identifier: f.name,
        identifierPrefix: "",
        arn: f.arn("rds", `db:${f.name}`),
        address,
        endpoint: `${address}:${port}`,
        port,
        hostedZoneId: rdsZones[f.region] ?? `Z${f.generator.upper(13, "zone")}`,
        engine,
        engineVersion: f.text("engineVersion") ?? inherited("engineVersion") ?? actualVersion(engine, undefined),
        engineVersionActual: actualVersion(engine, f.text("engineVersion") ?? inherited("engineVersion")),
        status: "available",
        username: inherited("username") ?? "",
        dbName: "",
        allocatedStorage:
            typeof source?.outputs["allocatedStorage"] === "number" ? source.outputs["allocatedStorage"] : 20,
        availabilityZone: zones[f.generator.integer(0, zones.length - 1, "zone")]?.name ?? `${f.region}a`,
        caCertIdentifier: "rds-ca-rsa2048-g1",
        licenseModel: engine.includes("postgres") ? "postgresql-license" : "general-public-license",
        parameterGroupName: `default.${engine}${actualVersion(engine, f.text("engineVersion")).split(".")[0] ?? ""}`,
        optionGroupName: `default:${engine}-${actualVersion(engine, f.text("engineVersion")).split(".")[0] ?? ""}`,
        dbSubnetGroupName: inherited("dbSubnetGroupName") ?? "default",
        kmsKeyId: inherited("kmsKeyId") ?? "",
        vpcSecurityGroupIds: [f.other("sg")],
        storageType: "gp3",
        storageThroughput: 125,
        iops: 3000,
        networkType: "IPV4",
        multiAz: false,
        backupTarget: "region",
        databaseInsightsMode: "standard",
        engineLifecycleSupport: "open-source-rds-extended-support",
        listenerEndpoints: [],
        latestRestorableTime: "2024-01-01T00:00:00Z",
        masterUserSecrets: f.flag("manageMasterUserPassword") ? [masterSecret(f, "db")] : [],
        replicas: [],
        ...windows(),
    };
};

function masterSecret(f: Facts, kind: string): Value {
    const name = `rds!${kind}-${f.generator.uuid("secret")}-${f.generator.mixed(6, "secret")}`;
    return {
        kmsKeyId: f.arn("kms", `key/${f.generator.uuid("aws/secretsmanager")}`),
        secretArn: f.arn("secretsmanager", `secret:${name}`),
        secretStatus: "active",
    };
}

const cluster =
    (service: string, fallbackEngine: string) =>
    (f: Facts): ValueMap & { id: string } => {
        const engine = f.text("engine") ?? fallbackEngine;
        const host = (kind: string): string =>
            `${f.name}.${kind}-${f.accountHash}.${f.region}.${service === "docdb" ? "docdb" : service === "neptune" ? "neptune" : "rds"}.${f.dnsSuffix}`;
        return {
            id: f.id(() => f.name),
            clusterIdentifier: f.name,
            arn: f.arn("rds", `cluster:${f.name}`),
            endpoint: host("cluster"),
            readerEndpoint: host("cluster-ro"),
            clusterResourceId: resourceId(f, "cluster"),
            hostedZoneId: rdsZones[f.region] ?? `Z${f.generator.upper(13, "zone")}`,
            port: ports[engine] ?? 3306,
            engine,
            engineVersion: actualVersion(engine, undefined),
            engineVersionActual: actualVersion(engine, f.text("engineVersion")),
            availabilityZones: zonesOf(f.region)
                .slice(0, 3)
                .map((zone) => zone.name),
            clusterMembers: [],
            clusterIdentifierPrefix: "",
            masterUsername: "",
            databaseName: "",
            dbSubnetGroupName: "default",
            dbClusterParameterGroupName: `default.${engine}${actualVersion(engine, f.text("engineVersion")).split(".")[0] ?? ""}`,
            masterUserSecrets: f.flag("manageMasterUserPassword") ? [masterSecret(f, "cluster")] : [],
            vpcSecurityGroupIds: [f.other("sg")],
            preferredBackupWindow: "03:00-03:30",
            preferredMaintenanceWindow: "sun:04:00-sun:04:30",
            networkType: "IPV4",
            caCertificateIdentifier: "rds-ca-rsa2048-g1",
            backupRetentionPeriod: 1,
        };
    };

const clusterInstance = (f: Facts): ValueMap & { id: string } => {
    const engine = f.text("engine") ?? "aurora-postgresql";
    const zones = zonesOf(f.region);
    return {
        id: f.id(() => f.name),
        identifier: f.name,
        identifierPrefix: "",
        arn: f.arn("rds", `db:${f.name}`),
        endpoint: `${f.name}.${f.accountHash}.${f.region}.rds.${f.dnsSuffix}`,
        port: ports[engine] ?? 3306,
        dbiResourceId: resourceId(f, "db"),
        engineVersion: actualVersion(engine, undefined),
        engineVersionActual: actualVersion(engine, f.text("engineVersion")),
        availabilityZone: zones[f.generator.integer(0, zones.length - 1, "zone")]?.name ?? `${f.region}a`,
        writer: false,
        storageEncrypted: true,
        ...windows(),
    };
};

const named =
    (service: string, resource: (name: string) => string) =>
    (f: Facts): ValueMap & { id: string } => ({ id: f.id(() => f.name), arn: f.arn(service, resource(f.name)) });

export const data: Makers = {
    "aws:rds/instance:Instance": database,
    "aws:rds/cluster:Cluster": cluster("rds", "aurora-postgresql"),
    "aws:rds/clusterInstance:ClusterInstance": clusterInstance,
    "aws:rds/subnetGroup:SubnetGroup": (f) => ({
        ...named("rds", (name) => `subgrp:${name}`)(f),
        description: "Managed by Pulumi",
        vpcId: f.other("vpc"),
        supportedNetworkTypes: ["IPV4"],
        namePrefix: "",
    }),
    "aws:rds/parameterGroup:ParameterGroup": (f) => ({
        ...named("rds", (name) => `pg:${name}`)(f),
        description: "Managed by Pulumi",
    }),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": (f) => ({
        ...named("rds", (name) => `cluster-pg:${name}`)(f),
        description: "Managed by Pulumi",
    }),
    "aws:rds/optionGroup:OptionGroup": named("rds", (name) => `og:${name}`),
    "aws:rds/proxy:Proxy": (f) => ({
        id: f.id(() => f.name),
        arn: f.arn("rds", `db-proxy:prx-0${f.generator.hex(16, "proxy")}`),
        endpoint: `${f.name}.proxy-${f.accountHash}.${f.region}.rds.${f.dnsSuffix}`,
    }),
    "aws:rds/eventSubscription:EventSubscription": named("rds", (name) => `es:${name}`),
    "aws:docdb/cluster:Cluster": cluster("docdb", "docdb"),
    "aws:neptune/cluster:Cluster": cluster("neptune", "neptune"),
    "aws:elasticache/replicationGroup:ReplicationGroup": (f) => {
        const shards = f.number("numNodeGroups") ?? 1;
        const nodes = f.number("numCacheClusters") ?? shards * ((f.number("replicasPerNodeGroup") ?? 0) + 1);
        const clustered = f.text("clusterMode") === "enabled" || f.number("numNodeGroups") !== undefined;
        const tls = f.flag("transitEncryptionEnabled");
        const host = (prefix: string): string =>
            `${prefix}.${f.accountHash.slice(1, 7)}.${zoneCode(f)}.cache.${f.dnsSuffix}`;
        return {
            id: f.id(() => f.name),
            replicationGroupId: f.name,
            arn: f.arn("elasticache", `replicationgroup:${f.name}`),
            configurationEndpointAddress: clustered ? host(tls ? `clustercfg.${f.name}` : f.name) : "",
            primaryEndpointAddress: clustered ? "" : host(tls ? `master.${f.name}` : f.name),
            readerEndpointAddress: clustered ? "" : host(tls ? `replica.${f.name}` : `${f.name}-ro`),
            clusterEnabled: clustered,
            clusterMode: clustered ? "enabled" : "disabled",
            numCacheClusters: nodes,
            numNodeGroups: shards,
            replicasPerNodeGroup: Math.max(0, nodes / shards - 1),
            memberClusters: Array.from({ length: nodes }, (_, i) =>
                clustered
                    ? `${f.name}-${String(Math.floor(i / (nodes / shards)) + 1).padStart(4, "0")}-${String((i % (nodes / shards)) + 1).padStart(3, "0")}`
                    : `${f.name}-${String(i + 1).padStart(3, "0")}`,
            ),
            port: 6379,
            engine: "redis",
            engineVersion: f.text("engine") === "valkey" ? "8.2" : "7.1",
            engineVersionActual: completeVersion(
                f.text("engineVersion") ?? (f.text("engine") === "valkey" ? "8.2" : "7.1"),
            ),
            autoMinorVersionUpgrade: true,
            nodeGroupConfigurations: [],
            parameterGroupName: `default.${f.text("engine") === "valkey" ? "valkey8" : "redis7"}${clustered ? ".cluster.on" : ""}`,
            subnetGroupName: "default",
            maintenanceWindow: "sun:04:00-sun:05:00",
            snapshotWindow: "03:00-04:00",
            networkType: "ipv4",
            ipDiscovery: "ipv4",
            transitEncryptionMode: tls ? "required" : "",
            securityGroupIds: [],
            securityGroupNames: [],
            nodeType: "cache.t4g.small",
        };
    },
    "aws:elasticache/cluster:Cluster": (f) => ({
        id: f.id(() => f.name),
        clusterId: f.name,
        arn: f.arn("elasticache", `cluster:${f.name}`),
        clusterAddress: `${f.name}.${f.accountHash.slice(1, 7)}.cfg.${zoneCode(f)}.cache.${f.dnsSuffix}`,
        configurationEndpoint: `${f.name}.${f.accountHash.slice(1, 7)}.cfg.${zoneCode(f)}.cache.${f.dnsSuffix}:11211`,
        cacheNodes: Array.from({ length: f.number("numCacheNodes") ?? 1 }, (_, i) => ({
            id: String(i + 1).padStart(4, "0"),
            address: `${f.name}.${f.accountHash.slice(1, 7)}.${String(i + 1).padStart(4, "0")}.${zoneCode(f)}.cache.${f.dnsSuffix}`,
            port: f.text("engine") === "memcached" ? 11211 : 6379,
            availabilityZone: `${f.region}a`,
            outpostArn: "",
        })),
        port: f.text("engine") === "memcached" ? 11211 : 6379,
        numCacheNodes: 1,
    }),
    "aws:elasticache/serverlessCache:ServerlessCache": (f) => ({
        id: f.id(() => f.name),
        arn: f.arn("elasticache", `serverlesscache:${f.name}`),
        status: "available",
        endpoints: [
            {
                address: `${f.name}-${f.accountHash.slice(1, 7)}.serverless.${zoneCode(f)}.cache.${f.dnsSuffix}`,
                port: 6379,
            },
        ],
        readerEndpoints: [
            {
                address: `${f.name}-${f.accountHash.slice(1, 7)}.serverless.${zoneCode(f)}.cache.${f.dnsSuffix}`,
                port: 6380,
            },
        ],
        fullEngineVersion: "8.2",
        createTime: "2024-01-01T00:00:00Z",
    }),
    "aws:elasticache/subnetGroup:SubnetGroup": (f) => ({
        ...named("elasticache", (name) => `subnetgroup:${name}`)(f),
        description: "Managed by Pulumi",
        vpcId: f.other("vpc"),
    }),
    "aws:elasticache/parameterGroup:ParameterGroup": (f) => ({
        ...named("elasticache", (name) => `parametergroup:${name}`)(f),
        description: "Managed by Pulumi",
    }),
    "aws:elasticache/user:User": (f) => {
        const id = f.text("userId") ?? f.name;
        return { id: f.id(() => id), arn: f.arn("elasticache", `user:${id}`), authenticationMode: {} };
    },
    "aws:elasticache/userGroup:UserGroup": (f) => {
        const id = f.text("userGroupId") ?? f.name;
        return { id: f.id(() => id), arn: f.arn("elasticache", `usergroup:${id}`) };
    },
    "aws:dynamodb/table:Table": (f) => ({
        id: f.id(() => f.name),
        arn: f.arn("dynamodb", `table/${f.name}`),
        streamArn: f.flag("streamEnabled") ? f.arn("dynamodb", `table/${f.name}/stream/2024-01-01T00:00:00.000`) : "",
        streamLabel: f.flag("streamEnabled") ? "2024-01-01T00:00:00.000" : "",
        streamViewType: "",
        readCapacity: 0,
        writeCapacity: 0,
        billingMode: "PROVISIONED",
        serverSideEncryption: { enabled: false, kmsKeyArn: "" },
        ttl: { enabled: false, attributeName: "" },
        pointInTimeRecovery: { enabled: false, recoveryPeriodInDays: 0 },
    }),
    "aws:opensearch/domain:Domain": (f) => {
        const name = f.text("domainName") ?? f.name;
        const host = `search-${name}-${f.generator.lower(26, "host")}.${f.region}.es.${f.dnsSuffix}`;
        return {
            id: f.id(() => f.arn("es", `domain/${name}`)),
            arn: f.arn("es", `domain/${name}`),
            domainId: `${f.account}/${name}`,
            domainName: name,
            endpoint: host,
            dashboardEndpoint: `${host}/_dashboards`,
        };
    },
    "aws:msk/cluster:Cluster": (f) => {
        const name = f.text("clusterName") ?? f.name;
        const arn = f.id(() =>
            f.arn("kafka", `cluster/${name}/${f.generator.uuid("cluster")}-${f.generator.integer(1, 20, "n")}`),
        );
        const code = `${f.generator.lower(6, "host")}.c${f.generator.integer(2, 9, "c")}.kafka.${f.region}.${f.dnsSuffix}`;
        const brokers = (port: number): string =>
            Array.from(
                { length: Math.min(3, f.number("numberOfBrokerNodes") ?? 3) },
                (_, i) => `b-${i + 1}.${name}.${code}:${port}`,
            ).join(",");
        return {
            id: arn,
            arn,
            clusterName: name,
            clusterUuid: arn.split("/").at(-1) ?? "",
            currentVersion: `K${f.generator.upper(13, "version")}`,
            bootstrapBrokers: brokers(9092),
            bootstrapBrokersTls: brokers(9094),
            bootstrapBrokersSaslIam: brokers(9098),
            bootstrapBrokersSaslScram: brokers(9096),
            zookeeperConnectString: brokers(2181),
            zookeeperConnectStringTls: brokers(2182),
            storageMode: "LOCAL",
            enhancedMonitoring: "DEFAULT",
        };
    },
    "aws:msk/configuration:Configuration": (f) => {
        const arn = f.id(() => f.arn("kafka", `configuration/${f.name}/${f.generator.uuid("configuration")}-1`));
        return { id: arn, arn, latestRevision: 1 };
    },
    "aws:redshift/cluster:Cluster": (f) => {
        const name = f.text("clusterIdentifier") ?? f.name;
        const host = `${name}.${f.accountHash}.${f.region}.redshift.${f.dnsSuffix}`;
        return {
            id: f.id(() => name),
            arn: f.arn("redshift", `cluster:${name}`),
            dnsName: host,
            endpoint: `${host}:5439`,
            port: 5439,
        };
    },
    "aws:kinesis/stream:Stream": (f) => ({
        id: f.id(() => f.arn("kinesis", `stream/${f.name}`)),
        arn: f.arn("kinesis", `stream/${f.name}`),
    }),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (f) => {
        const arn = f.id(() => f.arn("firehose", `deliverystream/${f.name}`));
        return { id: arn, arn, versionId: "1", destinationId: "destinationId-000000000001" };
    },
};

function completeVersion(version: string): string {
    return version.split(".").length >= 3 ? version : `${version}.0`;
}

/** `euc1` for eu-central-1, as cache host names abbreviate regions. */
function zoneCode(f: Facts): string {
    return (zonesOf(f.region)[0]?.id ?? "use1-az1").split("-")[0] ?? "use1";
}
