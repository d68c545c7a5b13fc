import type { Report } from "../../shared/finding";
import { defineResourceRule } from "../../shared/rule";
import { tokensOf, TOKENS } from "../../shared/tokens";
import { UNKNOWN, type Readable } from "../../shared/unknown";

export const elasticacheTransit = defineResourceRule({
    id: "elasticache-transit",
    title: "A cache takes encrypted connections of known users only",
    severity: "critical",
    frameworks: {
        fsbp: ["ElastiCache.5", "ElastiCache.6"],
        checkov: ["CKV_AWS_30", "CKV_AWS_31"],
        wellArchitected: ["SEC09-BP02", "SEC09-BP03"],
    },
    why: "whoever reaches its port reads sessions and cached data, or follows them on the wire",
    fix: 'set `transitEncryptionEnabled: true`, `transitEncryptionMode: "required"` and `userGroupIds` (or `authToken`)',
    url: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html",
    tokens: tokensOf("elasticacheReplicationGroup", "elasticacheCluster", "elasticacheServerless"),
    guards: [
        ...["transitEncryptionEnabled", "transitEncryptionMode"].map((property) => ({
            tokens: tokensOf("elasticacheReplicationGroup", "elasticacheCluster"),
            property,
        })),
        { tokens: TOKENS.elasticacheReplicationGroup, property: "userGroupIds" },
        { tokens: TOKENS.elasticacheReplicationGroup, property: "authToken" },
        { tokens: TOKENS.elasticacheServerless, property: "userGroupId" },
    ],
    check: ({ inputs, type }, report) => {
        if ((TOKENS.elasticacheServerless as readonly string[]).includes(type)) {
            judgeServerless(inputs, report);
            return;
        }
        const ofGroup = (TOKENS.elasticacheReplicationGroup as readonly string[]).includes(type);
        // A node of a replication group has its group's settings, a secondary of a global datastore its primary's.
        if (inputs.str(ofGroup ? "globalReplicationGroupId" : "replicationGroupId") !== undefined) {
            return;
        }
        const enabled = inputs.bool("transitEncryptionEnabled");
        if (enabled === UNKNOWN) {
            report.undetermined("transitEncryptionEnabled");
        } else if (enabled !== true) {
            const state = enabled === false ? "is false" : "is not set";
            report.violation("transitEncryptionEnabled", state, "set `transitEncryptionEnabled: true`");
        }
        const mode = inputs.str("transitEncryptionMode");
        if (mode === UNKNOWN) {
            report.undetermined("transitEncryptionMode");
        } else if (mode === "preferred") {
            report.violation(
                "transitEncryptionMode",
                "is preferred, which takes clear text too",
                'set `transitEncryptionMode: "required"` once every client uses TLS',
            );
        }
        if (ofGroup) {
            const groups = inputs.strings("userGroupIds");
            // A token that is not known yet is being generated; the provider refuses an empty one.
            const token = inputs.str("authToken") !== undefined || inputs.str("authTokenWo") !== undefined;
            if (groups === UNKNOWN && !token) {
                report.undetermined("userGroupIds");
            } else if (groups !== UNKNOWN && (groups ?? []).length === 0 && !token) {
                report.violation("userGroupIds", "is not set and there is no `authToken`", fixOf("userGroupIds"));
            }
        }
    },
});

function fixOf(property: string): string {
    return `set \`${property}\` to a group of users with passwords or IAM`;
}

/** A serverless cache speaks TLS only. Memcached knows no users. A group that is not known yet is being created. */
function judgeServerless(inputs: Readable, report: Report): void {
    const engine = inputs.str("engine");
    if (engine === "memcached" || inputs.str("userGroupId") !== undefined) {
        return;
    }
    if (engine === UNKNOWN) {
        report.undetermined("engine");
    } else {
        report.violation("userGroupId", "is not set", fixOf("userGroupId"));
    }
}
