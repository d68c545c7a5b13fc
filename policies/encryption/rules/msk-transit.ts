import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

const IN_TRANSIT = "encryptionInfo.encryptionInTransit";

export const mskTransit = defineResourceRule({
    id: "msk-transit",
    title: "A Kafka cluster speaks TLS only, with its clients and within",
    severity: "critical",
    frameworks: { fsbp: ["MSK.1"], checkov: ["CKV_AWS_81"], wellArchitected: ["SEC09-BP02"] },
    why: "whoever is on the way reads and changes messages, and credentials with them",
    fix: 'set `encryptionInfo.encryptionInTransit` to `{ clientBroker: "TLS", inCluster: true }`',
    url: "https://docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html",
    tokens: TOKENS.mskCluster,
    guards: [`${IN_TRANSIT}.clientBroker`, `${IN_TRANSIT}.inCluster`],
    check: ({ inputs }, report) => {
        // Both are on where nothing is said.
        const clients = inputs.str(`${IN_TRANSIT}.clientBroker`);
        if (clients === UNKNOWN) {
            report.undetermined(`${IN_TRANSIT}.clientBroker`);
        } else if (clients !== undefined && clients !== "TLS") {
            report.violation(
                `${IN_TRANSIT}.clientBroker`,
                clients === "TLS_PLAINTEXT" ? "is TLS_PLAINTEXT, which takes clear text too" : "is not TLS",
                `set \`${IN_TRANSIT}.clientBroker: "TLS"\` once every client uses TLS`,
            );
        }
        const within = inputs.bool(`${IN_TRANSIT}.inCluster`);
        if (within === UNKNOWN) {
            report.undetermined(`${IN_TRANSIT}.inCluster`);
        } else if (within === false) {
            report.violation(
                `${IN_TRANSIT}.inCluster`,
                "is false",
                `leave \`${IN_TRANSIT}.inCluster\` at true, which only a new cluster can have again`,
            );
        }
    },
});
