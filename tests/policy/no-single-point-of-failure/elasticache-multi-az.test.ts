import { elasticacheMultiAz } from "../../../policies/no-single-point-of-failure/rules/elasticache-multi-az";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const cache = (inputs: object): TestResource[] => [
    resource("elasticacheReplicationGroup", "cache", {
        multiAzEnabled: true,
        automaticFailoverEnabled: true,
        numNodeGroups: 1,
        replicasPerNodeGroup: 1,
        ...inputs,
    }),
];

describeRule(elasticacheMultiAz, {
    compliant: {
        "a replica for each shard": cache({}),
        "two nodes without cluster mode": cache({ replicasPerNodeGroup: undefined, numCacheClusters: 2 }),
        "shards that are described one by one": cache({
            replicasPerNodeGroup: undefined,
            nodeGroupConfigurations: [{ replicaCount: 1 }, { replicaCount: 2 }],
        }),
    },
    violating: {
        "one zone": {
            resources: cache({ multiAzEnabled: false }),
            at: ["cache"],
            says: /multiAzEnabled is false: .* Fix: set `multiAzEnabled: true`/,
        },
        "failover by hand": {
            resources: cache({ automaticFailoverEnabled: undefined }),
            at: ["cache"],
            says: /automaticFailoverEnabled is not set/,
        },
        "no replica": {
            resources: cache({ replicasPerNodeGroup: 0 }),
            at: ["cache"],
            says: /replicasPerNodeGroup leaves a shard without a replica/,
        },
        "one node": {
            resources: cache({ replicasPerNodeGroup: undefined, numCacheClusters: 1 }),
            at: ["cache"],
            says: /numCacheClusters leaves/,
        },
        "all of it at once": {
            resources: [resource("elasticacheReplicationGroup", "cache", {})],
            at: ["cache", "cache", "cache"],
            says: /multiAzEnabled|automaticFailoverEnabled|numCacheClusters/,
        },
        "one shard of two without a replica": {
            resources: cache({ replicasPerNodeGroup: undefined, nodeGroupConfigurations: [{ replicaCount: 1 }, {}] }),
            at: ["cache"],
            says: /nodeGroupConfigurations leaves/,
        },
    },
    unknown: {
        "the shards": {
            resources: cache({ replicasPerNodeGroup: undefined, nodeGroupConfigurations: UNKNOWN_VALUE }),
            at: ["cache"],
            says: /nodeGroupConfigurations is not known in preview/,
        },
        everything: {
            resources: cache({
                multiAzEnabled: UNKNOWN_VALUE,
                automaticFailoverEnabled: UNKNOWN_VALUE,
                replicasPerNodeGroup: UNKNOWN_VALUE,
            }),
            at: ["cache", "cache", "cache"],
            says: /is not known in preview/,
        },
    },
    notApplicable: { "a Memcached cluster": [resource("elasticacheCluster", "cache", { engine: "memcached" })] },
});
