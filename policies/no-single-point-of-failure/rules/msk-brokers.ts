import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** Kafka agrees by majority: two of three go on when one is lost. */
const ENOUGH = 3;

export const mskBrokers = defineResourceRule({
    id: "msk-brokers",
    title: "A Kafka cluster has three brokers at least, in three availability zones",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01"] },
    why: "with fewer, the loss or the patching of one broker leaves no second copy of a message, or stops writing",
    fix: "set `brokerNodeGroupInfo.clientSubnets` to one subnet in each of three zones and `numberOfBrokerNodes` to 3 or a multiple of it",
    url: "https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html",
    tokens: TOKENS.mskCluster,
    guards: ["numberOfBrokerNodes", "brokerNodeGroupInfo.clientSubnets"],
    check: ({ inputs }, report) => {
        const brokers = inputs.num("numberOfBrokerNodes");
        if (brokers === UNKNOWN) {
            report.undetermined("numberOfBrokerNodes");
        } else if ((brokers ?? 0) < ENOUGH) {
            report.violation("numberOfBrokerNodes", brokers === undefined ? "is not set" : `is ${brokers}`);
        }
        // AWS takes one subnet for each zone, so their number is that of the zones.
        const property = "brokerNodeGroupInfo.clientSubnets";
        const subnets = inputs.strings(property);
        if (subnets === UNKNOWN) {
            report.undetermined(property);
            return;
        }
        const all = subnets ?? [];
        const unknown = all.filter((subnet) => subnet === UNKNOWN).length;
        const count = new Set(all.filter((subnet) => subnet !== UNKNOWN)).size + unknown;
        if (count < ENOUGH) {
            report.violation(property, count === 1 ? "names one subnet" : `names ${count} subnets`);
        }
    },
});
