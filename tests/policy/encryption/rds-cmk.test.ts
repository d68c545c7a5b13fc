import { rdsCmk } from "../../../policies/encryption/rules/rds-cmk";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { keyCases } from "./key-cases";

const ofInstance = keyCases({
    kind: "rdsInstance",
    property: "kmsKeyId",
    inputs: { engine: "postgres", instanceClass: "db.r7g.large", storageEncrypted: true },
    managed: "alias/aws/rds",
});
const cluster = (inputs: object): TestResource[] => [
    resource("rdsCluster", "data", { engine: "aurora-postgresql", storageEncrypted: true, ...inputs }),
];
const instance = (inputs: object): TestResource[] => [
    resource("rdsInstance", "data", { engine: "postgres", instanceClass: "db.r7g.large", ...inputs }),
];

describeRule(rdsCmk, {
    compliant: {
        ...ofInstance.compliant,
        "a cluster with a key": [resource("kmsKey", "key"), ...cluster({ kmsKeyId: ref("key", "arn") })],
    },
    violating: {
        ...ofInstance.violating,
        "a cluster without one": {
            resources: cluster({}),
            at: ["data"],
            says: /kmsKeyId is not set/,
        },
        "the first serverless version, which is always encrypted": {
            resources: [resource("rdsCluster", "data", { engine: "aurora", engineMode: "serverless" })],
            at: ["data"],
            says: /kmsKeyId is not set/,
        },
        "a primary, for which the provider writes an empty source": {
            resources: instance({ storageEncrypted: true, replicateSourceDb: "" }),
            at: ["data"],
            says: /kmsKeyId is not set/,
        },
        "a restored database whose new key is the one that AWS keeps": {
            resources: cluster({ snapshotIdentifier: "before", kmsKeyId: "alias/aws/rds" }),
            at: ["data"],
            says: /kmsKeyId is alias\/aws\/rds/,
        },
    },
    unknown: {
        ...ofInstance.unknown,
        "no key, while encryption itself is not known": {
            resources: instance({ storageEncrypted: UNKNOWN_VALUE, kmsKeyId: UNKNOWN_VALUE }),
            at: ["data"],
            says: /kmsKeyId is not known/,
        },
        "a database that has the key of its snapshot": {
            resources: instance({ snapshotIdentifier: "before" }),
            at: ["data"],
            says: /kmsKeyId is not set, and `snapshotIdentifier` brings a key/,
        },
        "a cluster of a point in time": {
            resources: cluster({ restoreToPointInTime: { sourceClusterIdentifier: "other" } }),
            at: ["data"],
            says: /kmsKeyId is not set, and `restoreToPointInTime` brings a key/,
        },
    },
    notApplicable: {
        ...ofInstance.notApplicable,
        "a database in clear text, of which rds-encrypted speaks": instance({ storageEncrypted: false }),
        "a replica, which has its source's key": [
            ...instance({ storageEncrypted: true, kmsKeyId: "alias/data" }),
            resource("rdsInstance", "replica", {
                replicateSourceDb: ref("data", "identifier"),
                storageEncrypted: true,
            }),
        ],
        "a cluster that is a replica": cluster({ replicationSourceIdentifier: "arn:aws:rds:eu-west-1:1:cluster:data" }),
        "an instance of Aurora": instance({ engine: "aurora-mysql", storageEncrypted: true }),
    },
});
