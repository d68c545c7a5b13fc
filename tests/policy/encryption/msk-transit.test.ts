import { mskTransit } from "../../../policies/encryption/rules/msk-transit";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const cluster = (encryptionInTransit: unknown): TestResource[] => [
    resource("mskCluster", "events", { numberOfBrokerNodes: 3, encryptionInfo: { encryptionInTransit } }),
];

describeRule(mskTransit, {
    compliant: {
        "TLS everywhere": cluster({ clientBroker: "TLS", inCluster: true }),
        "the defaults, which are TLS": [resource("mskCluster", "events")],
        "the default within": cluster({ clientBroker: "TLS" }),
    },
    violating: {
        "clear text for clients": {
            resources: cluster({ clientBroker: "PLAINTEXT" }),
            at: ["events"],
            says: /encryptionInTransit\.clientBroker is not TLS: .* Fix: set/,
        },
        "clear text beside TLS": {
            resources: cluster({ clientBroker: "TLS_PLAINTEXT", inCluster: true }),
            at: ["events"],
            says: /clientBroker is TLS_PLAINTEXT, which takes clear text too/,
        },
        "clear text between brokers": {
            resources: cluster({ clientBroker: "TLS", inCluster: false }),
            at: ["events"],
            says: /encryptionInTransit\.inCluster is false/,
        },
        "clear text everywhere": {
            resources: cluster({ clientBroker: "PLAINTEXT", inCluster: false }),
            at: ["events", "events"],
            says: /clientBroker is not TLS|inCluster is false/,
        },
    },
    unknown: {
        "what clients use": {
            resources: cluster({ clientBroker: UNKNOWN_VALUE, inCluster: true }),
            at: ["events"],
            says: /clientBroker is not known/,
        },
        "everything about it": {
            resources: cluster(UNKNOWN_VALUE),
            at: ["events", "events"],
            says: /encryptionInTransit\.\w+ is not known/,
        },
    },
    notApplicable: { "a configuration": [resource("mskConfiguration", "events")] },
});
