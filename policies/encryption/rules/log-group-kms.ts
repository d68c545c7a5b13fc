import { keyReference } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const logGroupKms = defineStackRule({
    id: "log-group-kms",
    title: "A log group is encrypted with a key of one's own",
    severity: "medium",
    frameworks: { checkov: ["CKV_AWS_158"], wellArchitected: ["SEC08-BP01", "SEC08-BP02"] },
    why: "access to what applications log cannot be taken back or followed through the key",
    fix: "set `kmsKeyId` to a key of your own",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    tokens: TOKENS.logGroup,
    guards: ["kmsKeyId"],
    check: (graph, on) => {
        for (const node of graph.all("logGroup")) {
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
