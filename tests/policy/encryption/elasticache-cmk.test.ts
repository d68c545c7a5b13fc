import { elasticacheCmk } from "../../../policies/encryption/rules/elasticache-cmk";
import { describeRule } from "../support/describe-rule";
import { resource } from "../support/harness";
import { keyCases } from "./key-cases";

const ofGroup = keyCases({
    kind: "elasticacheReplicationGroup",
    property: "kmsKeyId",
    inputs: { engine: "redis", atRestEncryptionEnabled: true },
    managed: "alias/aws/elasticache",
});
const ofValkey = keyCases({
    kind: "elasticacheReplicationGroup",
    property: "kmsKeyId",
    inputs: { engine: "valkey" },
    managed: "alias/aws/elasticache",
});
const ofServerless = keyCases({
    kind: "elasticacheServerless",
    property: "kmsKeyId",
    inputs: { engine: "memcached" },
    managed: "alias/aws/elasticache",
});

/** The cases by a name of their own. */
function named<T>(prefix: string, cases: Readonly<Record<string, T>>): Record<string, T> {
    return Object.fromEntries(Object.entries(cases).map(([name, each]) => [`${prefix}: ${name}`, each]));
}

describeRule(elasticacheCmk, {
    compliant: {
        ...ofGroup.compliant,
        ...named("Valkey, which encrypts by default", ofValkey.compliant),
        ...named("serverless", ofServerless.compliant),
    },
    violating: {
        ...ofGroup.violating,
        ...named("Valkey, which encrypts by default", ofValkey.violating),
        ...named("serverless", ofServerless.violating),
    },
    unknown: {
        ...ofGroup.unknown,
        ...named("serverless", ofServerless.unknown),
    },
    notApplicable: {
        ...ofGroup.notApplicable,
        "a cache in clear text, of which elasticache-at-rest speaks": [
            resource("elasticacheReplicationGroup", "data", { engine: "valkey", atRestEncryptionEnabled: false }),
        ],
        "Redis OSS, which does not encrypt by default": [
            resource("elasticacheReplicationGroup", "data", { engine: "redis" }),
        ],
        "a node group of Memcached": [resource("elasticacheCluster", "data", { engine: "memcached" })],
    },
});
