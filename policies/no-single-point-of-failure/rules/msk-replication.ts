import { MIN_IN_SYNC, REPLICATION_FACTOR, replicationOf, type BrokerSetting } from "../../shared/relations/msk";
import type { Report } from "../../shared/finding";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

const FACTOR = 3;
const IN_SYNC = 2;

export const mskReplication = defineStackRule({
    id: "msk-replication",
    title: "A Kafka cluster keeps three copies of a message, and takes writes while one of them is missing",
    severity: "high",
    frameworks: { wellArchitected: ["REL09-BP01", "REL10-BP01"] },
    why: "the loss of one broker loses acknowledged messages, or stops all writing",
    fix: `set \`${REPLICATION_FACTOR}=${FACTOR}\` and \`${MIN_IN_SYNC}=${IN_SYNC}\` in the \`serverProperties\` of an \`aws.msk.Configuration\` and name it in the cluster's \`configurationInfo\``,
    url: "https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html",
    tokens: TOKENS.mskCluster,
    guards: [
        "configurationInfo",
        "brokerNodeGroupInfo.clientSubnets",
        { tokens: TOKENS.mskConfiguration, property: "serverProperties" },
    ],
    check: (graph, on) => {
        for (const cluster of graph.all("mskCluster")) {
            const instanceType = cluster.str("brokerNodeGroupInfo.instanceType");
            // Express brokers keep three copies, two of them in sync, and let nobody change that.
            if (typeof instanceType === "string" && instanceType.startsWith("express.")) {
                continue;
            }
            const report = on(cluster);
            const replication = replicationOf(graph, cluster);
            if (replication === "outside") {
                report.undetermined(
                    "configurationInfo",
                    "names a configuration, or a revision of one, outside of this stack",
                );
            } else if (replication === "unknown") {
                report.undetermined("serverProperties", "are not known in preview");
            } else {
                const { factor, minInSync } = replication;
                judge(REPLICATION_FACTOR, factor, FACTOR, Infinity, report);
                // Of fewer copies there is no number that is right.
                const most = typeof factor.value === "number" && factor.value >= FACTOR ? factor.value - 1 : Infinity;
                judge(MIN_IN_SYNC, minInSync, IN_SYNC, most, report);
            }
        }
    },
});

function judge(property: string, setting: BrokerSetting, least: number, most: number, report: Report): void {
    const { value, from } = setting;
    if (value === UNKNOWN) {
        report.undetermined(property, "depends on the number of `clientSubnets`, which is not known in preview");
    } else if (value === "malformed") {
        report.violation(property, `is not a whole number ${from}`);
    } else if (value < least) {
        report.violation(property, `is ${value} ${from}`);
    } else if (value > most) {
        report.violation(property, `is ${value} ${from}, so that one broker less stops all writing`);
    }
}
