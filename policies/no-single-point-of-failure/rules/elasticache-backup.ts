import { inReplicationGroup, isSecondary } from "../../shared/relations/cache-clusters";
import { defineStackRule } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

const KINDS = ["elasticacheReplicationGroup", "elasticacheCluster", "elasticacheServerless"] as const;

export const elasticacheBackup = defineStackRule({
    id: "elasticache-backup",
    title: "A Valkey or Redis OSS cache is backed up",
    severity: "medium",
    frameworks: { fsbp: ["ElastiCache.1"], checkov: ["CKV_AWS_134"], wellArchitected: ["REL09-BP01", "REL09-BP03"] },
    why: "what was flushed or overwritten by mistake, sessions for example, cannot be brought back, and a new cache starts cold",
    fix: "set `snapshotRetentionLimit` to 1 or more (days)",
    url: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-automatic.html",
    tokens: tokensOf(...KINDS),
    guards: ["snapshotRetentionLimit"],
    settings: {
        minimumDays: {
            type: "integer",
            minimum: 1,
            maximum: 35,
            default: 1,
            description:
                "Days a backup is kept at least. One, as ElastiCache.1 has it: a cache is not a store of record.",
        },
    },
    check: (graph, on, { minimumDays }) => {
        for (const cache of graph.all(...KINDS)) {
            const engine = cache.str("engine");
            const member = cache.is("elasticacheCluster") && inReplicationGroup(graph, cache);
            // Memcached has no backups; a node of a group, or a secondary of a global datastore, holds a copy.
            if (engine === "memcached" || member === true || isSecondary(cache)) {
                continue;
            }
            const days = (cache.inputs ?? cache).num("snapshotRetentionLimit");
            if (days === UNKNOWN) {
                on(cache).undetermined("snapshotRetentionLimit");
            } else if ((days ?? 0) >= (minimumDays as number)) {
                continue;
            } else if (engine === UNKNOWN || member === "open") {
                on(cache).undetermined(engine === UNKNOWN ? "engine" : "replicationGroupId");
            } else {
                on(cache).violation(
                    "snapshotRetentionLimit",
                    days === undefined
                        ? "is not set"
                        : days === 0
                          ? "is 0, which switches backups off"
                          : `is ${days}, below ${String(minimumDays)} days`,
                    `set \`snapshotRetentionLimit\` to ${String(minimumDays)} or more (days)`,
                );
            }
        }
    },
});
