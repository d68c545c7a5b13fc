import { keyReference } from "../../shared/relations/reference";
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
        for (const node of graph.all("secret")) {
            // An unknown value is a key only if it comes from a key of the stack.
            switch (keyReference(graph, node, "kmsKeyId")) {
                case "unset":
                    on(node).violation("kmsKeyId", "is not set");
                    break;
                case "open":
                    on(node).undetermined("kmsKeyId");
                    break;
                case "set":
                    break;
            }
        }
    },
});
