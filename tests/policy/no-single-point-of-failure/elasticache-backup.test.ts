import { elasticacheBackup } from "../../../policies/no-single-point-of-failure/rules/elasticache-backup";
import { describeRule, settings } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const group = (inputs: object = {}): TestResource[] => [
    resource("elasticacheReplicationGroup", "cache", { engine: "valkey", snapshotRetentionLimit: 1, ...inputs }),
];

describeRule(elasticacheBackup, {
    compliant: {
        "a replication group": group(),
        "a single node of Redis OSS": [
            resource("elasticacheCluster", "cache", { engine: "redis", snapshotRetentionLimit: 7 }),
        ],
        "a serverless cache": [
            resource("elasticacheServerless", "cache", { engine: "valkey", snapshotRetentionLimit: 1 }),
        ],
        "a node of a group, whose group is backed up": [
            ...group(),
            resource("elasticacheCluster", "reader", { replicationGroupId: ref("cache") }),
        ],
        "a secondary of a global datastore, whose primary is backed up": group({
            snapshotRetentionLimit: undefined,
            globalReplicationGroupId: "ldgnf-sessions",
        }),
    },
    violating: {
        "a replication group without": {
            resources: group({ snapshotRetentionLimit: undefined }),
            at: ["cache"],
            says: /snapshotRetentionLimit is not set: .* Fix: set `snapshotRetentionLimit` to 1 or more \(days\)/,
        },
        "a replication group with backups switched off": {
            resources: group({ snapshotRetentionLimit: 0 }),
            at: ["cache"],
            says: /snapshotRetentionLimit is 0, which switches backups off/,
        },
        "a replication group that leaves its engine out, which is Redis OSS then": {
            resources: [resource("elasticacheReplicationGroup", "cache", {})],
            at: ["cache"],
            says: /is not set/,
        },
        "a single node": {
            resources: [resource("elasticacheCluster", "cache", { engine: "redis" })],
            at: ["cache"],
            says: /is not set/,
        },
        "a serverless cache without": {
            resources: [resource("elasticacheServerless", "cache", { engine: "redis" })],
            at: ["cache"],
            says: /is not set/,
        },
        "a group that is no secondary, as the provider says": {
            resources: [
                resource(
                    "elasticacheReplicationGroup",
                    "cache",
                    { engine: "valkey" },
                    { computed: { globalReplicationGroupId: "none" } },
                ),
            ],
            at: ["cache"],
            says: /is not set/,
        },
        "fewer days than are asked for": {
            resources: group({ snapshotRetentionLimit: 3 }),
            config: settings(elasticacheBackup, { minimumDays: 15 }),
            at: ["cache"],
            says: /snapshotRetentionLimit is 3, below 15 days: .* to 15 or more/,
        },
    },
    unknown: {
        "the days": {
            resources: group({ snapshotRetentionLimit: UNKNOWN_VALUE }),
            at: ["cache"],
            says: /snapshotRetentionLimit is not known/,
        },
        "an engine that may have no backups": {
            resources: [resource("elasticacheCluster", "cache", { engine: UNKNOWN_VALUE })],
            at: ["cache"],
            says: /engine is not known/,
        },
        "a group from somewhere else": {
            resources: [resource("elasticacheCluster", "cache", { replicationGroupId: UNKNOWN_VALUE })],
            at: ["cache"],
            says: /replicationGroupId is not known/,
        },
    },
    notApplicable: {
        Memcached: [resource("elasticacheCluster", "cache", { engine: "memcached", numCacheNodes: 2 })],
        "a serverless Memcached": [resource("elasticacheServerless", "cache", { engine: "memcached" })],
        "a node of a group of another program": [
            resource("elasticacheCluster", "cache", { replicationGroupId: "sessions" }),
        ],
    },
});
