import type { Node } from "../../shared/graph";
import { isAuroraMember, isGiven, isReplica, RESTORED } from "../../shared/relations/databases";
import { keyReference, requireKey } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";

export const rdsCmk = defineStackRule({
    id: "rds-cmk",
    title: "An encrypted database is encrypted with a key of one's own",
    severity: "medium",
    frameworks: { checkov: ["CKV_AWS_327"], wellArchitected: ["SEC08-BP01", "SEC08-BP02"] },
    why: "its snapshots can be shared with no other account, its use of the key cannot be limited, and the key cannot be changed later without a new database",
    fix: "set `kmsKeyId` to the ARN of a key of your own",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html",
    tokens: tokensOf("rdsInstance", "rdsCluster"),
    guards: ["kmsKeyId"],
    check: (graph, on) => {
        for (const database of graph.all("rdsInstance", "rdsCluster")) {
            // A replica has the key of its source, or RDS demands one for its region; a member of Aurora has its
            // cluster's. Without encryption there is no key: rds-encrypted speaks of it.
            if (isAuroraMember(database) || isReplica(database) || !mayBeEncrypted(database)) {
                continue;
            }
            const restored = RESTORED.find((property) => isGiven(database, property));
            if (restored !== undefined && keyReference(graph, database, "kmsKeyId") === "unset") {
                on(database).open(
                    "kmsKeyId",
                    `is not set, and \`${restored}\` brings a key that is not in the program`,
                );
            } else {
                requireKey(graph, database, "kmsKeyId", on(database));
            }
        }
    },
});

function mayBeEncrypted(database: Node): boolean {
    const encrypted = (database.inputs ?? database).bool("storageEncrypted") ?? false;
    // The first serverless version is always encrypted, a restored database as its snapshot was.
    return (
        encrypted !== false ||
        database.get("engineMode") === "serverless" ||
        RESTORED.some((property) => isGiven(database, property))
    );
}
