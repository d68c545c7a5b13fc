import { elasticacheSingleNode } from "../../../policies/no-single-point-of-failure/rules/elasticache-single-node";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const memcached = (inputs: object = {}): TestResource[] => [
    resource("elasticacheCluster", "cache", {
        engine: "memcached",
        nodeType: "cache.t4g.small",
        numCacheNodes: 2,
        azMode: "cross-az",
        ...inputs,
    }),
];
const group = resource("elasticacheReplicationGroup", "group", { numCacheClusters: 2 });

describeRule(elasticacheSingleNode, {
    compliant: {
        "Memcached with nodes in two zones": memcached(),
        "Memcached with a count as text, as stack files hold it": memcached({ numCacheNodes: "3" }),
        "a node of a replication group": [
            group,
            resource("elasticacheCluster", "cache", { replicationGroupId: ref("group") }),
        ],
        "a node of a replication group of another program": [
            resource("elasticacheCluster", "cache", { replicationGroupId: "sessions" }),
        ],
    },
    violating: {
        "a single node of Redis OSS": {
            resources: [resource("elasticacheCluster", "cache", { engine: "redis", numCacheNodes: 1 })],
            at: ["cache"],
            says: /numCacheNodes cannot be more than 1 with engine redis: .* Fix: create an `aws.elasticache.ReplicationGroup`/,
        },
        "a single node to which the provider gives an empty group": {
            resources: [
                resource("elasticacheCluster", "cache", { engine: "redis" }, { computed: { replicationGroupId: "" } }),
            ],
            at: ["cache"],
            says: /cannot be more than 1/,
        },
        "a single node of Valkey": {
            resources: [resource("elasticacheCluster", "cache", { engine: "valkey" })],
            at: ["cache"],
            says: /cannot be more than 1 with engine valkey/,
        },
        "a single node of Memcached": {
            resources: memcached({ numCacheNodes: 1 }),
            at: ["cache"],
            says: /numCacheNodes is 1: .* Fix: set `numCacheNodes` to 2 or more and `azMode: "cross-az"`/,
        },
        "a Memcached whose nodes are not counted": {
            resources: memcached({ numCacheNodes: undefined }),
            at: ["cache"],
            says: /numCacheNodes is not set/,
        },
        "nodes of Memcached in one zone, as is the default": {
            resources: memcached({ azMode: undefined }),
            at: ["cache"],
            says: /azMode is not set, which keeps every node in one zone/,
        },
        "nodes of Memcached in one zone, as the program says": {
            resources: memcached({ azMode: "single-az" }),
            at: ["cache"],
            says: /azMode is single-az, which keeps every node in one zone/,
        },
    },
    unknown: {
        "the engine": { resources: memcached({ engine: UNKNOWN_VALUE }), at: ["cache"], says: /engine is not known/ },
        "the number of nodes": {
            resources: memcached({ numCacheNodes: UNKNOWN_VALUE }),
            at: ["cache"],
            says: /numCacheNodes is not known/,
        },
        "the zones": { resources: memcached({ azMode: UNKNOWN_VALUE }), at: ["cache"], says: /azMode is not known/ },
        "a group from somewhere else": {
            resources: [resource("elasticacheCluster", "cache", { replicationGroupId: UNKNOWN_VALUE })],
            at: ["cache"],
            says: /replicationGroupId is not known/,
        },
    },
    notApplicable: {
        "a replication group, which elasticache-multi-az judges": [
            resource("elasticacheReplicationGroup", "cache", { numCacheClusters: 1 }),
        ],
        "a serverless cache": [resource("elasticacheServerless", "cache", { engine: "valkey" })],
    },
});
