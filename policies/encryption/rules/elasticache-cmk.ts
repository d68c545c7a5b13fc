import type { Node } from "../../shared/graph";
import { requireKey } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";

export const elasticacheCmk = defineStackRule({
    id: "elasticache-cmk",
    title: "An encrypted cache is encrypted with a key of one's own",
    severity: "medium",
    frameworks: { checkov: ["CKV_AWS_191"], wellArchitected: ["SEC08-BP01", "SEC08-BP02"] },
    why: "the use of the key that its data and snapshots are under cannot be limited or followed, and the key cannot be changed later without a new cache",
    fix: "set `kmsKeyId` to the ARN of a key of your own",
    url: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html",
    tokens: tokensOf("elasticacheReplicationGroup", "elasticacheServerless"),
    guards: ["kmsKeyId"],
    check: (graph, on) => {
        for (const cache of graph.all("elasticacheReplicationGroup", "elasticacheServerless")) {
            // Without encryption there is no key: elasticache-at-rest speaks of it.
            if (mayBeEncrypted(cache)) {
                requireKey(graph, cache, "kmsKeyId", on(cache));
            }
        }
    },
});

function mayBeEncrypted(cache: Node): boolean {
    if (cache.is("elasticacheServerless")) {
        return true;
    }
    const { inputs = cache } = cache;
    // Valkey encrypts by default, Redis OSS does not.
    return (inputs.bool("atRestEncryptionEnabled") ?? inputs.get("engine") === "valkey") !== false;
}
