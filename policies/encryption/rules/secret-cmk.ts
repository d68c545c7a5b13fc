import { requireKey } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const secretCmk = defineStackRule({
    id: "secret-cmk",
    title: "A secret is encrypted with a key of one's own",
    severity: "medium",
    frameworks: { checkov: ["CKV_AWS_149"], wellArchitected: ["SEC08-BP01", "SEC02-BP03"] },
    why: "it can be shared with no other account, and its use cannot be limited or followed through the key",
    fix: "set `kmsKeyId` to a key of your own",
    url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
    tokens: TOKENS.secret,
    guards: ["kmsKeyId"],
    check: (graph, on) => {
        for (const secret of graph.all("secret")) {
            requireKey(graph, secret, "kmsKeyId", on(secret));
        }
    },
});
