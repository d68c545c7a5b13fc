import { elasticacheTransit } from "../../../policies/encryption/rules/elasticache-transit";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const cache = (inputs: object): TestResource[] => [
    resource("elasticacheReplicationGroup", "cache", {
        transitEncryptionEnabled: true,
        transitEncryptionMode: "required",
        userGroupIds: ["users"],
        ...inputs,
    }),
];

describeRule(elasticacheTransit, {
    compliant: {
        "TLS and users": cache({}),
        "users that do not exist yet": cache({ userGroupIds: [ref("users")] }),
        "TLS and a token that is being generated": cache({ userGroupIds: undefined, authToken: UNKNOWN_VALUE }),
        "Memcached with TLS": [
            resource("elasticacheCluster", "cache", { engine: "memcached", transitEncryptionEnabled: true }),
        ],
        "a serverless cache with users": [
            resource("elasticacheServerless", "cache", { engine: "valkey", userGroupId: "users" }),
        ],
        "a serverless Memcached, which has none": [resource("elasticacheServerless", "cache", { engine: "memcached" })],
    },
    violating: {
        "an empty token": {
            resources: cache({ userGroupIds: [], authToken: "" }),
            at: ["cache"],
            says: /userGroupIds is not set and there is no `authToken`/,
        },
        "clear text": {
            resources: cache({ transitEncryptionEnabled: false }),
            at: ["cache"],
            says: /transitEncryptionEnabled is false/,
        },
        "TLS where a client likes": {
            resources: cache({ transitEncryptionMode: "preferred" }),
            at: ["cache"],
            says: /transitEncryptionMode is preferred, which takes clear text too/,
        },
        "nobody needs to say who they are": {
            resources: cache({ userGroupIds: [] }),
            at: ["cache"],
            says: /userGroupIds is not set and there is no `authToken`/,
        },
        "all of it at once": {
            resources: [resource("elasticacheReplicationGroup", "cache", { transitEncryptionMode: "preferred" })],
            at: ["cache", "cache", "cache"],
            says: /transitEncryption|userGroupIds/,
        },
        "a serverless cache that everybody may use": {
            resources: [resource("elasticacheServerless", "cache", { engine: "valkey" })],
            at: ["cache"],
            says: /userGroupId is not set: .* Fix: set `userGroupId` to a group of users/,
        },
        "Memcached in clear text": {
            resources: [resource("elasticacheCluster", "cache", { engine: "memcached" })],
            at: ["cache"],
            says: /transitEncryptionEnabled is not set/,
        },
    },
    unknown: {
        "the engine of a serverless cache": {
            resources: [resource("elasticacheServerless", "cache", { engine: UNKNOWN_VALUE })],
            at: ["cache"],
            says: /engine is not known/,
        },
        everything: {
            resources: cache({
                transitEncryptionEnabled: UNKNOWN_VALUE,
                transitEncryptionMode: UNKNOWN_VALUE,
                userGroupIds: UNKNOWN_VALUE,
            }),
            at: ["cache", "cache", "cache"],
            says: /is not known in preview/,
        },
    },
    notApplicable: {
        "a secondary of a global datastore, which has its primary's settings": [
            resource("elasticacheReplicationGroup", "copy", { globalReplicationGroupId: ref("global") }),
        ],
        "a node of a replication group": [resource("elasticacheCluster", "node", { replicationGroupId: "cache" })],
    },
});
