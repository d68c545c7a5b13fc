import { rdsBackup } from "../../../policies/no-single-point-of-failure/rules/rds-backup";
import { describeRule, settings } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const db = (inputs: object): TestResource[] => [resource("rdsInstance", "db", { engine: "postgres", ...inputs })];

describeRule(rdsBackup, {
    compliant: {
        "a week": db({ backupRetentionPeriod: 7 }),
        "a cluster": [resource("rdsCluster", "aurora", { engine: "aurora-postgresql", backupRetentionPeriod: 14 })],
    },
    violating: {
        "a primary, for which the provider writes an empty source": {
            resources: db({ backupRetentionPeriod: 1, replicateSourceDb: "" }),
            at: ["db"],
            says: /backupRetentionPeriod is 1/,
        },
        "a day": {
            resources: db({ backupRetentionPeriod: 1 }),
            at: ["db"],
            says: /backupRetentionPeriod is 1, below 7 days/,
        },
        none: { resources: db({}), at: ["db"], says: /backupRetentionPeriod is not set/ },
        "a cluster with the default of one day": {
            resources: [resource("rdsCluster", "aurora", {})],
            at: ["aurora"],
            says: /is not set/,
        },
        "less than is configured": {
            resources: db({ backupRetentionPeriod: 7 }),
            at: ["db"],
            says: /is 7, below 30 days: .* set `backupRetentionPeriod` to 30/,
            config: settings(rdsBackup, { minimumDays: 30 }),
        },
    },
    unknown: {
        "the days": {
            resources: db({ backupRetentionPeriod: UNKNOWN_VALUE }),
            at: ["db"],
            says: /backupRetentionPeriod/,
        },
    },
    notApplicable: {
        "a replica": [
            ...db({ backupRetentionPeriod: 7 }),
            resource("rdsInstance", "replica", { replicateSourceDb: ref("db") }),
        ],
        "an instance of Aurora": db({ engine: "aurora-mysql" }),
    },
});
