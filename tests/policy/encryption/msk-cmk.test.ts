import { mskCmk } from "../../../policies/encryption/rules/msk-cmk";
import { describeRule } from "../support/describe-rule";
import { UNKNOWN_VALUE, resource } from "../support/harness";
import { keyCases } from "./key-cases";

const cases = keyCases({
    kind: "mskCluster",
    property: "encryptionInfo.encryptionAtRestKmsKeyArn",
    inputs: { numberOfBrokerNodes: 3, encryptionInfo: { encryptionInTransit: { clientBroker: "TLS" } } },
    managed: "alias/aws/kafka",
});

describeRule(mskCmk, {
    ...cases,
    violating: {
        ...cases.violating,
        "nothing about encryption": {
            resources: [resource("mskCluster", "events")],
            at: ["events"],
            says: /encryptionInfo\.encryptionAtRestKmsKeyArn is not set/,
        },
    },
    unknown: {
        ...cases.unknown,
        "everything about encryption": {
            resources: [resource("mskCluster", "events", { encryptionInfo: UNKNOWN_VALUE })],
            at: ["events"],
            says: /encryptionAtRestKmsKeyArn is not known/,
        },
    },
});
