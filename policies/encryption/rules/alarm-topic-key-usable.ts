import type { Node, ResourceGraph } from "../../shared/graph";
import { actionCovers, statements, type Statement } from "../../shared/policy-document";
import { isNode, single } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

const CLOUDWATCH = "Service:cloudwatch.amazonaws.com";
const NEEDED = ["kms:Decrypt", "kms:GenerateDataKey"];

export const alarmTopicKeyUsable = defineStackRule({
    id: "alarm-topic-key-usable",
    title: "CloudWatch may use the key of a topic that alarms are sent to",
    severity: "high",
    frameworks: { wellArchitected: ["REL06-BP03", "SEC08-BP01"] },
    why: "CloudWatch cannot encrypt the message, so no alarm ever arrives, and nothing says so",
    fix: 'give the topic a key of your own whose policy allows `Service: "cloudwatch.amazonaws.com"` the actions `kms:Decrypt` and `kms:GenerateDataKey*`',
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/US_SetupSNS.html",
    tokens: TOKENS.snsTopic,
    guards: ["kmsMasterKeyId", { tokens: tokensOf("kmsKey", "kmsKeyPolicy"), property: "policy" }],
    // A key's policy that names roles of the same stack is unknown as a whole until they exist.
    undetermined: "advisory",
    check: (graph, on) => {
        for (const topic of alarmTopics(graph)) {
            const value = topic.str("kmsMasterKeyId");
            if (value === undefined) {
                continue;
            }
            if (typeof value === "string" && /(^|[:/])alias\/aws\/sns$/.test(value)) {
                on(topic).violation("kmsMasterKeyId", "is alias/aws/sns, which CloudWatch may not use");
                continue;
            }
            const key = keyOf(graph, topic);
            if (key === undefined) {
                on(topic).undetermined("kmsMasterKeyId", "is a key that is not in this stack");
                continue;
            }
            const documents = [key, ...graph.referring(key, "kmsKeyPolicy", "keyId")].map((holder) =>
                statements((holder.inputs ?? holder).json("policy")),
            );
            const known = documents.flatMap((list) => (list === UNKNOWN || list === undefined ? [] : list));
            if (NEEDED.every((action) => known.some((statement) => allowsCloudWatch(statement, action)))) {
                continue;
            }
            if (documents.includes(UNKNOWN)) {
                on(topic).undetermined("kmsMasterKeyId", "is a key whose policy is not known in preview");
            } else {
                on(topic).violation("kmsMasterKeyId", `is a key (${key.name}) whose policy leaves CloudWatch out`);
            }
        }
    },
});

function allowsCloudWatch({ effect, principals, actions }: Statement, action: string): boolean {
    return (
        effect === "Allow" &&
        principals.some((principal) => principal === CLOUDWATCH || principal === "*") &&
        actions.some((pattern) => actionCovers(pattern, action))
    );
}

/** Topics of this stack that an alarm sends to. */
function alarmTopics(graph: ResourceGraph): ReadonlySet<Node> {
    const properties = ["alarmActions", "okActions", "insufficientDataActions"];
    return new Set(
        graph
            .all("metricAlarm", "compositeAlarm")
            .flatMap((alarm) => properties.flatMap((property) => graph.resolve(alarm, property, "snsTopic").nodes)),
    );
}

/** The key of a topic, through an alias too. */
function keyOf(graph: ResourceGraph, topic: Node): Node | undefined {
    const direct = single(graph, topic, "kmsMasterKeyId", "kmsKey", "kmsAlias");
    const key = isNode(direct) && direct.is("kmsAlias") ? single(graph, direct, "targetKeyId", "kmsKey") : direct;
    return isNode(key) ? key : undefined;
}
