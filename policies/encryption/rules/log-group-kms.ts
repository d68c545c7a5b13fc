import type { Node } from "../../shared/graph";
import { keyReference, requireKey } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN, type Unknown } from "../../shared/unknown";
import { matchesPattern } from "../../shared/urn-pattern";

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
    settings: {
        names: {
            type: "array",
            items: { type: "string" },
            default: ["*"],
            description: "Names of the log groups that count; `*` stands for any characters.",
        },
        exceptNames: {
            type: "array",
            items: { type: "string" },
            default: [],
            description:
                "Names of log groups that do not count although `names` has them; `*` stands for any characters.",
        },
    },
    check: (graph, on, settings) => {
        const { names, exceptNames } = settings as unknown as Chosen;
        for (const group of graph.all("logGroup")) {
            const counts = isChosen(group, names, exceptNames);
            if (counts === true) {
                requireKey(graph, group, "kmsKeyId", on(group));
            } else if (counts === UNKNOWN && keyReference(graph, group, "kmsKeyId") !== "set") {
                on(group).undetermined("name");
            }
        }
    },
});

interface Chosen {
    readonly names: readonly string[];
    readonly exceptNames: readonly string[];
}

/** Whether the patterns choose a group; `UNKNOWN` where that depends on a name that is not known yet. */
function isChosen(group: Node, names: readonly string[], exceptNames: readonly string[]): boolean | Unknown {
    const name = group.str("name");
    if (typeof name === "string") {
        const isAmong = (patterns: readonly string[]): boolean =>
            patterns.some((pattern) => matchesPattern(pattern, name));
        return isAmong(names) && !isAmong(exceptNames);
    }
    if (names.length === 0 || exceptNames.includes("*")) {
        return false;
    }
    return names.includes("*") && exceptNames.length === 0 ? true : UNKNOWN;
}
