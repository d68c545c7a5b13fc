import { defineResourceRule } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const kmsDeletionWindow = defineResourceRule({
    id: "kms-deletion-window",
    title: "The deletion of a key can be called off for two weeks at least",
    severity: "medium",
    frameworks: { fsbp: ["KMS.3"], wellArchitected: ["REL09-BP01", "SEC08-BP01"] },
    why: "all that the key encrypts is lost for good with it, and that may be noticed after the holidays only",
    fix: "leave `deletionWindowInDays` unset, or set it to 30",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    tokens: tokensOf("kmsKey", "kmsReplicaKey", "kmsExternalKey", "kmsReplicaExternalKey"),
    guards: ["deletionWindowInDays"],
    settings: {
        minimumDays: {
            type: "integer",
            minimum: 7,
            maximum: 30,
            default: 14,
            description: "Days of the waiting period at least.",
        },
    },
    check: ({ inputs }, report, { minimumDays }) => {
        // Unset is 30 days.
        const days = inputs.num("deletionWindowInDays");
        if (days === UNKNOWN) {
            report.undetermined("deletionWindowInDays");
        } else if (days !== undefined && days < (minimumDays as number)) {
            report.violation("deletionWindowInDays", `is ${days}, below ${String(minimumDays)}`);
        }
    },
    remediate: (inputs) => {
        inputs["deletionWindowInDays"] = 30;
    },
});
