import { rdsManagedPassword } from "../../../policies/encryption/rules/rds-managed-password";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const instance = (inputs: object): TestResource =>
    resource("rdsInstance", "db", { engine: "postgres", username: "admin", ...inputs });
const cluster = (inputs: object): TestResource =>
    resource("rdsCluster", "db", { engine: "aurora-postgresql", masterUsername: "admin", ...inputs });
const replicaOf = (replicateSourceDb: unknown): TestResource =>
    resource("rdsInstance", "replica", { replicateSourceDb });

describeRule(rdsManagedPassword, {
    compliant: {
        "an instance whose password RDS manages": [instance({ manageMasterUserPassword: true })],
        "a cluster whose password RDS manages": [cluster({ manageMasterUserPassword: true })],
        "SQL Server with a replica": [
            instance({ engine: "sqlserver-ee", manageMasterUserPassword: true }),
            replicaOf(ref("db", "identifier")),
        ],
    },
    violating: {
        "a password of the stack": {
            resources: [instance({ password: ref("random", "result") })],
            at: ["db"],
            says: /manageMasterUserPassword is not set, and `password` is: .* Fix: set `manageMasterUserPassword: true`/,
        },
        "a password that never reaches the state": {
            resources: [instance({ passwordWo: ref("random", "result"), passwordWoVersion: 1 })],
            at: ["db"],
            says: /manageMasterUserPassword is not set, and `passwordWo` is/,
        },
        "turned off": {
            resources: [instance({ manageMasterUserPassword: false })],
            at: ["db"],
            says: /manageMasterUserPassword is false/,
        },
        "a cluster with a password": {
            resources: [cluster({ masterPassword: "hunter2" }), resource("rdsClusterInstance", "one")],
            at: ["db"],
            says: /^(?!.*hunter2).*manageMasterUserPassword is not set, and `masterPassword` is/,
        },
        "a Multi-AZ cluster": {
            resources: [cluster({ engine: "postgres", masterPasswordWo: "hunter2" })],
            at: ["db"],
            says: /^(?!.*hunter2).*manageMasterUserPassword is not set, and `masterPasswordWo` is/,
        },
        "a restored database, whose password nobody knows": {
            resources: [instance({ snapshotIdentifier: "before" })],
            at: ["db"],
            says: /manageMasterUserPassword is not set/,
        },
        "SQL Server with a replica and a password": {
            resources: [instance({ engine: "sqlserver-ee", password: "hunter2" }), replicaOf(ref("db", "identifier"))],
            at: ["db"],
            says: /manageMasterUserPassword is not set/,
        },
        "a database beside one that has a replica": {
            resources: [
                resource("rdsInstance", "other", { engine: "mysql", password: "hunter2", identifier: "other" }),
                instance({ password: "hunter2" }),
                replicaOf("other"),
            ],
            at: ["db"],
            says: /manageMasterUserPassword is not set/,
        },
    },
    unknown: {
        "the flag": {
            resources: [instance({ manageMasterUserPassword: UNKNOWN_VALUE })],
            at: ["db"],
            says: /manageMasterUserPassword is not known/,
        },
    },
    notApplicable: {
        "a source of read replicas, which RDS refuses": [
            instance({ password: "hunter2" }),
            replicaOf(ref("db", "identifier")),
        ],
        "a source of read replicas by its name": [
            instance({ password: "hunter2", identifier: "orders" }),
            replicaOf("orders"),
        ],
        "a Multi-AZ cluster with a read replica": [
            cluster({ engine: "mysql", masterPassword: "hunter2" }),
            replicaOf(ref("db", "arn")),
        ],
        "an instance that a cluster of Aurora replicates": [
            instance({ password: "hunter2" }),
            resource("rdsCluster", "replica", {
                engine: "aurora-postgresql",
                replicationSourceIdentifier: ref("db", "arn"),
            }),
        ],
        "an instance that is updated by blue/green deployments": [
            instance({ password: "hunter2", blueGreenUpdate: { enabled: true } }),
        ],
        "a member of Aurora": [instance({ engine: "aurora-postgresql" })],
        "RDS Custom": [instance({ engine: "custom-oracle-ee", password: "hunter2" })],
        "a cluster of a global database": [cluster({ masterPassword: "hunter2", globalClusterIdentifier: "global" })],
        "the cluster that a global database is made from": [
            cluster({ masterPassword: "hunter2" }),
            resource("rdsGlobalCluster", "global", { sourceDbClusterIdentifier: ref("db", "arn") }),
        ],
        "the first serverless version": [cluster({ engineMode: "serverless", masterPassword: "hunter2" })],
    },
});
