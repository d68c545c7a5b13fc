import type { Node, ResourceGraph } from "../../shared/graph";
import { actionCovers, type Statement } from "../../shared/policy-document";
import { keyPolicies, keysOf, someStatement } from "../../shared/relations/keys";
import { managedAlias } from "../../shared/relations/reference";
import { alarmTopics } from "../../shared/relations/topics";
import { defineStackRule } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN, type Unknown } from "../../shared/unknown";

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
    guards: [
        "kmsMasterKeyId",
        {
            tokens: tokensOf("kmsKey", "kmsReplicaKey", "kmsExternalKey", "kmsReplicaExternalKey", "kmsKeyPolicy"),
            property: "policy",
        },
    ],
    // A key's policy that names roles of the same stack is unknown as a whole until they exist.
    undetermined: "advisory",
    check: (graph, on) => {
        for (const topic of alarmTopics(graph)) {
            const value = topic.str("kmsMasterKeyId");
            if (value === undefined) {
                continue;
            }
            const managed = managedAlias(value);
            if (managed !== undefined) {
                on(topic).violation("kmsMasterKeyId", `is ${managed}, which CloudWatch may not use`);
                continue;
            }
            const keys = keysOf(graph, topic, "kmsMasterKeyId");
            const [key] = keys;
            if (key === undefined) {
                on(topic).undetermined("kmsMasterKeyId", "is a key that is not in this stack");
                continue;
            }
            // A key and its replicas share an id, and each has a policy of its own.
            const answers = new Set(keys.map((candidate) => letsCloudWatchIn(graph, candidate)));
            if (answers.size > 1) {
                on(topic).undetermined(
                    "kmsMasterKeyId",
                    "may be one of several keys of which not all let CloudWatch in",
                );
            } else if (answers.has(UNKNOWN)) {
                on(topic).undetermined("kmsMasterKeyId", "is a key whose policy is not known in preview");
            } else if (answers.has(false)) {
                on(topic).violation("kmsMasterKeyId", `is a key (${key.name}) whose policy leaves CloudWatch out`);
            }
        }
    },
});

/** Whether a key's policies allow CloudWatch all that it needs. */
function letsCloudWatchIn(graph: ResourceGraph, key: Node): boolean | Unknown {
    const policies = keyPolicies(graph, key);
    const answers = NEEDED.map((action) => someStatement(policies, (statement) => allowsCloudWatch(statement, action)));
    return answers.includes(UNKNOWN) ? UNKNOWN : !answers.includes(false);
}

function allowsCloudWatch({ effect, principals, actions, exceptActions }: Statement, action: string): boolean {
    const covered = (patterns: readonly string[]): boolean => patterns.some((pattern) => actionCovers(pattern, action));
    return (
        effect === "Allow" &&
        principals.some((principal) => principal === CLOUDWATCH || principal === "*") &&
        (exceptActions === undefined ? covered(actions) : !covered(exceptActions))
    );
}
