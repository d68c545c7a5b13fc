import { rdsForceSsl } from "../../../policies/encryption/rules/rds-force-ssl";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const instance = (inputs: object, name = "db"): TestResource => resource("rdsInstance", name, inputs);
const cluster = (inputs: object): TestResource => resource("rdsCluster", "db", inputs);
const parameters = (settings: Record<string, unknown>) =>
    Object.entries(settings).map(([name, value]) => ({ name, value, applyMethod: "pending-reboot" }));
const group = (family: unknown, settings: Record<string, unknown> = {}, kind = "rdsParameterGroup" as const) =>
    resource(kind, "group", { family, parameters: parameters(settings) });
const clusterGroup = (family: string, settings: Record<string, unknown> = {}) =>
    resource("rdsClusterParameterGroup", "group", { family, parameters: parameters(settings) });
const OWN = { parameterGroupName: ref("group", "name") };
const OWN_OF_CLUSTER = { dbClusterParameterGroupName: ref("group", "name") };
const ofEngine = (engine: string, engineVersion: string, family: string, settings: Record<string, unknown> = {}) => [
    instance({ engine, engineVersion, ...OWN }),
    group(family, settings),
];

describeRule(rdsForceSsl, {
    compliant: {
        "an old PostgreSQL that is told to": ofEngine("postgres", "14.12", "postgres14", { "rds.force_ssl": "1" }),
        "PostgreSQL from 15 on, by default": [instance({ engine: "postgres", engineVersion: "15.4" })],
        "PostgreSQL with a group that says nothing of it": ofEngine("postgres", "17", "postgres17", { work_mem: "64" }),
        "PostgreSQL of the usual version": [instance({ engine: "postgres" })],
        "PostgreSQL whose version the group says": [
            instance({ engine: "postgres", engineVersion: UNKNOWN_VALUE, ...OWN }),
            group("postgres16"),
        ],
        "the default group by its name": [
            instance({ engine: "postgres", engineVersion: "16.3", parameterGroupName: "default.postgres16" }),
        ],
        "MySQL that is told to": ofEngine("mysql", "8.0.36", "mysql8.0", { require_secure_transport: "1" }),
        "MySQL that is told to by a word": ofEngine("mysql", "8.4", "mysql8.4", { require_secure_transport: "ON" }),
        "MariaDB from 11.8 on, by default": [instance({ engine: "mariadb", engineVersion: "11.8.3" })],
        "an older MariaDB that is told to": ofEngine("mariadb", "10.11", "mariadb10.11", {
            require_secure_transport: 1,
        }),
        "SQL Server that is told to": ofEngine("sqlserver-se", "15.00", "sqlserver-se-15.0", { "rds.force_ssl": "1" }),
        "Aurora PostgreSQL from 17 on, by default": [cluster({ engine: "aurora-postgresql", engineVersion: "17.4" })],
        "an older Aurora PostgreSQL that is told to": [
            cluster({ engine: "aurora-postgresql", engineVersion: "16.6", ...OWN_OF_CLUSTER }),
            clusterGroup("aurora-postgresql16", { "rds.force_ssl": "1" }),
        ],
        "Aurora MySQL that is told to": [
            cluster({ engine: "aurora-mysql", engineVersion: "8.0.mysql_aurora.3.08.0", ...OWN_OF_CLUSTER }),
            clusterGroup("aurora-mysql8.0", { require_secure_transport: "ON" }),
            resource("rdsClusterInstance", "one", { engine: "aurora-mysql", clusterIdentifier: ref("db") }),
        ],
        "a Multi-AZ cluster of MySQL": [
            cluster({ engine: "mysql", engineVersion: "8.0.36", ...OWN_OF_CLUSTER }),
            clusterGroup("mysql8.0", { require_secure_transport: "1" }),
        ],
        "a replica with its source's group": [
            ...ofEngine("mysql", "8.0", "mysql8.0", { require_secure_transport: "1" }),
            instance({ replicateSourceDb: ref("db", "identifier") }, "replica"),
        ],
        "a replica with a group of its own": [
            ...ofEngine("mysql", "8.0", "mysql8.0", { require_secure_transport: "1" }),
            instance({ replicateSourceDb: ref("db", "identifier"), ...OWN }, "replica"),
        ],
        "a replica in another region, whose version has it on": [
            instance({ engine: "postgres", engineVersion: "17", region: "eu-west-1" }),
            instance({ replicateSourceDb: ref("db", "arn"), region: "eu-central-1" }, "replica"),
        ],
    },
    violating: {
        "PostgreSQL where it is switched off": {
            resources: ofEngine("postgres", "17", "postgres17", { "rds.force_ssl": "0" }),
            at: ["db"],
            says: /parameterGroupName is a group \(group\) that has `rds\.force_ssl` off: .* Fix: give it a parameter group with `{ name: "rds\.force_ssl", value: "1", applyMethod: "pending-reboot" }`/,
        },
        "PostgreSQL before 15": {
            resources: [instance({ engine: "postgres", engineVersion: "14.9" })],
            at: ["db"],
            says: /parameterGroupName is not set, and postgres has `rds\.force_ssl` off by default before version 15/,
        },
        "PostgreSQL before 15 whose group says nothing of it": {
            resources: ofEngine("postgres", "13.4", "postgres13", { work_mem: "64" }),
            at: ["db"],
            says: /parameterGroupName is a group \(group\) without `rds\.force_ssl`, and postgres has/,
        },
        "an old default group by its name": {
            resources: [instance({ engine: "postgres", parameterGroupName: "default.postgres14" })],
            at: ["db"],
            says: /parameterGroupName is the default group, .* before version 15/,
        },
        "MySQL by default": {
            resources: [instance({ engine: "mysql", engineVersion: "8.4.3" })],
            at: ["db"],
            says: /is not set, and mysql has `require_secure_transport` off by default: .* Fix: give it .*`{ name: "require_secure_transport", value: "1" }`/,
        },
        "MySQL where it is switched off by a word": {
            resources: ofEngine("mysql", "8.0", "mysql8.0", { require_secure_transport: "OFF" }),
            at: ["db"],
            says: /has `require_secure_transport` off/,
        },
        "MariaDB before 11.8": {
            resources: [instance({ engine: "mariadb", engineVersion: "11.4.5" })],
            at: ["db"],
            says: /off by default before version 11\.8/,
        },
        "SQL Server by default": {
            resources: [instance({ engine: "sqlserver-web", engineVersion: "16.00" })],
            at: ["db"],
            says: /sqlserver-web has `rds\.force_ssl` off by default/,
        },
        "Aurora PostgreSQL before 17": {
            resources: [cluster({ engine: "aurora-postgresql", engineVersion: "16.6" })],
            at: ["db"],
            says: /dbClusterParameterGroupName is not set, and aurora-postgresql has .* before version 17/,
        },
        "Aurora MySQL whose members have a group that says so, which is not what counts": {
            resources: [
                cluster({ engine: "aurora-mysql", engineVersion: "8.0" }),
                resource("rdsClusterInstance", "one", { dbParameterGroupName: ref("group", "name") }),
                group("aurora-mysql8.0", { require_secure_transport: "1" }),
            ],
            at: ["db"],
            says: /dbClusterParameterGroupName is not set, .* Fix: .*value: "ON"/,
        },
        "a replica with a group of its own that is off": {
            resources: [
                instance({ engine: "postgres", engineVersion: "17" }),
                instance({ replicateSourceDb: ref("db", "identifier"), ...OWN }, "replica"),
                group("postgres17", { "rds.force_ssl": "0" }),
            ],
            at: ["replica"],
            says: /that has `rds\.force_ssl` off/,
        },
        "a replica in another region, which has the default group there": {
            resources: [
                ...ofEngine("mysql", "8.0", "mysql8.0", { require_secure_transport: "1" }).map((each) => ({
                    ...each,
                    inputs: { ...each.inputs, region: "eu-west-1" },
                })),
                instance({ replicateSourceDb: ref("db", "arn"), region: "eu-central-1" }, "replica"),
            ],
            at: ["replica"],
            says: /parameterGroupName is not set, and mysql has/,
        },
    },
    unknown: {
        "a group of another stack": {
            resources: [instance({ engine: "postgres", engineVersion: "17", parameterGroupName: "shared" })],
            at: ["db"],
            says: /parameterGroupName is a group that is not in this stack/,
        },
        "a group that is not known": {
            resources: [instance({ engine: "mysql", parameterGroupName: UNKNOWN_VALUE })],
            at: ["db"],
            says: /parameterGroupName is a group that is not in this stack or not known/,
        },
        "the value of the parameter": {
            resources: ofEngine("mysql", "8.0", "mysql8.0", { require_secure_transport: UNKNOWN_VALUE }),
            at: ["db"],
            says: /parameterGroupName is a group whose parameters are not known/,
        },
        "all parameters": {
            resources: [
                instance({ engine: "mysql", ...OWN }),
                resource("rdsParameterGroup", "group", { family: "mysql8.0", parameters: UNKNOWN_VALUE }),
            ],
            at: ["db"],
            says: /whose parameters are not known/,
        },
        "the version that decides the default": {
            resources: [instance({ engine: "postgres", engineVersion: UNKNOWN_VALUE })],
            at: ["db"],
            says: /is not set, and `rds\.force_ssl` is on by default in newer versions only/,
        },
        "a version that nobody says": {
            resources: [cluster({ engine: "aurora-postgresql" })],
            at: ["db"],
            says: /on by default in newer versions only/,
        },
        "the version of a snapshot": {
            resources: [instance({ engine: "postgres", snapshotIdentifier: "before" })],
            at: ["db"],
            says: /on by default in newer versions only/,
        },
        "the engine": {
            resources: [instance({ engine: UNKNOWN_VALUE })],
            at: ["db"],
            says: /engine is not known/,
        },
        "a replica of a database of elsewhere": {
            resources: [instance({ replicateSourceDb: "elsewhere" })],
            at: ["db"],
            says: /engine is not known/,
        },
    },
    notApplicable: {
        Oracle: [instance({ engine: "oracle-ee" })],
        Db2: [instance({ engine: "db2-se" })],
        "RDS Custom": [instance({ engine: "custom-sqlserver-se" })],
        "a member of Aurora, whose cluster decides": [instance({ engine: "aurora-mysql" })],
    },
});
