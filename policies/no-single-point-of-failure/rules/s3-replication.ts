import type { Node, ResourceGraph } from "../../shared/graph";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { elements, UNKNOWN, type Maybe, type Values } from "../../shared/unknown";

export const s3Replication = defineStackRule({
    id: "s3-replication",
    title: "A bucket's objects are copied to a second bucket",
    severity: "low",
    frameworks: { fsbp: ["S3.7"], checkov: ["CKV_AWS_144"], wellArchitected: ["REL09-BP01", "REL13-BP02"] },
    why: "the bucket lies in one region and one account, and nothing is left of it when either is lost",
    fix: 'add an `aws.s3.BucketReplicationConfig` with a rule of `status: "Enabled"` whose destination is a bucket in another region, and versioning on both',
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html",
    tokens: TOKENS.bucket,
    guards: [
        { tokens: TOKENS.bucketReplication, property: "rules" },
        { tokens: TOKENS.bucketReplication, property: "bucket" },
        "replicationConfiguration",
    ],
    check: (graph, on) => {
        const copies = destinations(graph);
        for (const bucket of graph.all("bucket")) {
            const lists = [
                ...inlineRules(bucket),
                ...graph.referring(bucket, "bucketReplication", "bucket").map((config) => rulesOf(config)),
            ];
            const states = lists.flatMap((rules): readonly Maybe<string>[] =>
                rules === UNKNOWN ? [UNKNOWN] : elements(rules).map((rule) => rule.str("status")),
            );
            // A copy is what replication is for; it needs no copy of its own.
            if (states.includes("Enabled") || copies.has(bucket)) {
                continue;
            }
            if (states.includes(UNKNOWN)) {
                on(bucket).undetermined("replication rules");
            } else {
                on(bucket).violation(
                    "replication",
                    states.length === 0 ? "is not set up" : "has no rule that is Enabled",
                );
            }
        }
    },
});

function rulesOf(config: Node): Maybe<readonly Values[]> {
    return (config.inputs ?? config).list("rules");
}

/** The rules that stand in the bucket itself, in the spelling of either version of the provider. */
function inlineRules(bucket: Node): readonly Maybe<readonly Values[]>[] {
    const view = bucket.inputs ?? bucket;
    return ["replicationConfiguration", "replicationConfigurations"].flatMap((property) => {
        const configurations = view.list(property);
        return configurations === UNKNOWN ? [UNKNOWN] : elements(configurations).map((each) => each.list("rules"));
    });
}

/** The buckets that others are copied to. */
function destinations(graph: ResourceGraph): ReadonlySet<Node> {
    const copies = new Set<Node>();
    const add = (from: Node, property: string, rules: Maybe<readonly Values[]>): void => {
        const arns =
            rules === UNKNOWN
                ? UNKNOWN
                : elements(rules)
                      .filter((rule) => rule.str("status") !== "Disabled")
                      .map((rule) => rule.str("destination.bucket") ?? UNKNOWN);
        graph.resolveValues(from, property, arns, "bucket").nodes.forEach((bucket) => copies.add(bucket));
    };
    for (const config of graph.all("bucketReplication")) {
        add(config, "rules", rulesOf(config));
    }
    for (const bucket of graph.all("bucket")) {
        for (const rules of inlineRules(bucket)) {
            const property = bucket.get("replicationConfiguration") === undefined ? "s" : "";
            add(bucket, `replicationConfiguration${property}`, rules);
        }
    }
    return copies;
}
