import { keyReference } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const snsKms = defineStackRule({
    id: "sns-kms",
    title: "A topic is encrypted at rest",
    severity: "medium",
    frameworks: { fsbp: ["SNS.1"], checkov: ["CKV_AWS_26"], wellArchitected: ["SEC08-BP02"] },
    why: "the service alone holds the key under which messages wait for delivery: no key policy says who may read them, and no log tells who did",
    fix: "set `kmsMasterKeyId` to a key of your own",
    url: "https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html",
    tokens: TOKENS.snsTopic,
    guards: ["kmsMasterKeyId"],
    check: (graph, on) => {
        for (const node of graph.all("snsTopic")) {
            // An unknown value is a key only if it comes from a key of the stack.
            switch (keyReference(graph, node, "kmsMasterKeyId")) {
                case "unset":
                    on(node).violation("kmsMasterKeyId", "is not set");
                    break;
                case "open":
                    on(node).undetermined("kmsMasterKeyId");
                    break;
                case "set":
                    break;
            }
        }
    },
});
