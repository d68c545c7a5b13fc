import { requireKey } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const mskCmk = defineStackRule({
    id: "msk-cmk",
    title: "A Kafka cluster is encrypted with a key of one's own",
    severity: "medium",
    frameworks: { checkov: ["CKV_AWS_81"], wellArchitected: ["SEC08-BP01", "SEC08-BP02"] },
    why: "the use of the key that all its topics are under cannot be limited or followed, and the key cannot be changed later without a new cluster",
    fix: "set `encryptionInfo.encryptionAtRestKmsKeyArn` to the ARN of a key of your own",
    url: "https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html",
    tokens: TOKENS.mskCluster,
    guards: ["encryptionInfo.encryptionAtRestKmsKeyArn"],
    check: (graph, on) => {
        for (const cluster of graph.all("mskCluster")) {
            requireKey(graph, cluster, "encryptionInfo.encryptionAtRestKmsKeyArn", on(cluster));
        }
    },
});
