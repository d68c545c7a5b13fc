import { rdsEncrypted } from "../../../policies/encryption/rules/rds-encrypted";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const db = (inputs: object): TestResource[] => [
    resource("rdsInstance", "db", { engine: "postgres", instanceClass: "db.r7g.large", ...inputs }),
];

describeRule(rdsEncrypted, {
    compliant: {
        "an encrypted instance": db({ storageEncrypted: true }),
        "an encrypted cluster": [resource("rdsCluster", "db", { engine: "aurora-postgresql", storageEncrypted: true })],
    },
    violating: {
        "a primary, for which the provider writes an empty source": {
            resources: db({ storageEncrypted: false, replicateSourceDb: "" }),
            at: ["db"],
            says: /storageEncrypted is false/,
        },
        "an instance that says nothing": {
            resources: db({}),
            at: ["db"],
            says: /storageEncrypted is not set: .* Fix: set `storageEncrypted: true`/,
        },
        "an instance in clear text": {
            resources: db({ storageEncrypted: false }),
            at: ["db"],
            says: /storageEncrypted is false/,
        },
        "a cluster": {
            resources: [resource("rdsCluster", "db", { engine: "aurora-mysql" })],
            at: ["db"],
            says: /is not set/,
        },
        "a Multi-AZ cluster": {
            resources: [resource("rdsCluster", "db", { engine: "postgres", dbClusterInstanceClass: "db.r6gd.large" })],
            at: ["db"],
            says: /is not set/,
        },
    },
    unknown: {
        "the flag": {
            resources: db({ storageEncrypted: UNKNOWN_VALUE }),
            at: ["db"],
            says: /storageEncrypted is not known/,
        },
    },
    notApplicable: {
        "a replica, which inherits": [
            ...db({ storageEncrypted: true }),
            resource("rdsInstance", "replica", { replicateSourceDb: ref("db", "identifier") }),
        ],
        "an instance of Aurora": db({ engine: "aurora-postgresql" }),
        "serverless of the first version": [
            resource("rdsCluster", "db", { engine: "aurora", engineMode: "serverless" }),
        ],
    },
});
