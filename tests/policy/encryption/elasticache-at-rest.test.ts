import { elasticacheAtRest } from "../../../policies/encryption/rules/elasticache-at-rest";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const cache = (inputs: object): TestResource[] => [resource("elasticacheReplicationGroup", "cache", inputs)];

describeRule(elasticacheAtRest, {
    compliant: {
        "an encrypted cache": cache({ engine: "redis", atRestEncryptionEnabled: true }),
        "Valkey, which encrypts by default": cache({ engine: "valkey" }),
    },
    violating: {
        "Redis OSS that says nothing": {
            resources: cache({ engine: "redis" }),
            at: ["cache"],
            says: /atRestEncryptionEnabled is not set/,
        },
        "no engine, which is Redis OSS": { resources: cache({}), at: ["cache"], says: /is not set/ },
        "Valkey with it off": {
            resources: cache({ engine: "valkey", atRestEncryptionEnabled: false }),
            at: ["cache"],
            says: /atRestEncryptionEnabled is false/,
        },
    },
    unknown: {
        "the flag": {
            resources: cache({ atRestEncryptionEnabled: UNKNOWN_VALUE }),
            at: ["cache"],
            says: /atRestEncryptionEnabled/,
        },
        "the engine that decides the default": {
            resources: cache({ engine: UNKNOWN_VALUE }),
            at: ["cache"],
            says: /engine is not known/,
        },
    },
    notApplicable: {
        Memcached: [resource("elasticacheCluster", "cache", { engine: "memcached" })],
        "a secondary of a global datastore, which has its primary's encryption": cache({
            globalReplicationGroupId: ref("global"),
        }),
    },
});
