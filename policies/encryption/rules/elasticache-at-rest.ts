import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const elasticacheAtRest = defineResourceRule({
    id: "elasticache-at-rest",
    title: "A cache is encrypted at rest",
    severity: "critical",
    frameworks: { fsbp: ["ElastiCache.4"], checkov: ["CKV_AWS_29"], wellArchitected: ["SEC08-BP02"] },
    why: "snapshots and what is swapped to disk are readable, and encryption cannot be turned on later without a new cache",
    fix: "set `atRestEncryptionEnabled: true` and `kmsKeyId` to a key of your own",
    url: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html",
    tokens: TOKENS.elasticacheReplicationGroup,
    guards: ["atRestEncryptionEnabled"],
    check: ({ inputs }, report) => {
        // A secondary of a global datastore has its primary's encryption, and takes no other.
        if (inputs.str("globalReplicationGroupId") !== undefined) {
            return;
        }
        const value = inputs.bool("atRestEncryptionEnabled");
        const engine = inputs.str("engine");
        if (value === true) {
            return;
        }
        if (value === UNKNOWN) {
            report.undetermined("atRestEncryptionEnabled");
        } else if (value === false) {
            report.violation("atRestEncryptionEnabled", "is false");
        } else if (engine === UNKNOWN) {
            report.undetermined("engine");
        } else if (engine !== "valkey") {
            // Valkey encrypts by default, Redis OSS does not.
            report.violation("atRestEncryptionEnabled", "is not set");
        }
    },
});
