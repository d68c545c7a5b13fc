import { rdsDeletionProtection } from "../../../policies/no-single-point-of-failure/rules/rds-deletion-protection";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const db = (inputs: object): TestResource[] => [resource("rdsInstance", "db", { engine: "postgres", ...inputs })];

describeRule(rdsDeletionProtection, {
    compliant: {
        "a protected instance": db({ deletionProtection: true }),
        "a protected cluster": [resource("rdsCluster", "db", { deletionProtection: true })],
    },
    violating: {
        "a primary, for which the provider writes an empty source": {
            resources: db({ deletionProtection: false, replicateSourceDb: "" }),
            at: ["db"],
            says: /deletionProtection is false/,
        },
        "an instance whose engine only sounds like a cluster's": {
            resources: db({ clusterIdentifier: "c" }),
            at: ["db"],
            says: /deletionProtection is not set/,
        },
        "an unprotected one": {
            resources: db({ deletionProtection: false }),
            at: ["db"],
            says: /deletionProtection is false/,
        },
        "a cluster of Aurora with the name that the provider gives it": {
            resources: [resource("rdsCluster", "db", { engine: "aurora-postgresql", clusterIdentifier: "db-0123456" })],
            at: ["db"],
            says: /deletionProtection is not set/,
        },
        "a cluster that says nothing": {
            resources: [resource("rdsCluster", "db", {})],
            at: ["db"],
            says: /deletionProtection is not set/,
        },
    },
    unknown: {
        "the flag": { resources: db({ deletionProtection: UNKNOWN_VALUE }), at: ["db"], says: /deletionProtection/ },
    },
    notApplicable: {
        "an instance of Aurora, which its cluster protects": [
            resource("rdsInstance", "db", { engine: "aurora-mysql" }),
        ],
        "a replica": [
            ...db({ deletionProtection: true }),
            resource("rdsInstance", "replica", { replicateSourceDb: ref("db") }),
        ],
    },
});

test("remediation sets the one flag and leaves replicas and instances of Aurora alone", () => {
    const instance = { engine: "postgres", replicateSourceDb: "" };
    const replica = { replicateSourceDb: "db" };
    const ofAurora = { engine: "aurora-mysql" };
    const view = { urn: "", type: "aws:rds/instance:Instance", name: "db", ignoreChanges: [] };
    rdsDeletionProtection.remediate?.(instance, view);
    rdsDeletionProtection.remediate?.(replica, view);
    rdsDeletionProtection.remediate?.(ofAurora, view);
    expect(ofAurora).toEqual({ engine: "aurora-mysql" });
    expect(instance).toEqual({ ...instance, deletionProtection: true });
    expect(replica).toEqual({ replicateSourceDb: "db" });
});
