import { defineResourceRule } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const rdsDeletionProtection = defineResourceRule({
    id: "rds-deletion-protection",
    title: "A database cannot be deleted in one step",
    severity: "high",
    frameworks: { fsbp: ["RDS.7", "RDS.8"], checkov: ["CKV_AWS_139", "CKV_AWS_293"], wellArchitected: ["REL09-BP01"] },
    why: "one mistaken deployment or click deletes the data",
    fix: "set `deletionProtection: true`",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html#USER_DeleteInstance.DeletionProtection",
    tokens: tokensOf("rdsInstance", "rdsCluster"),
    guards: ["deletionProtection"],
    check: ({ inputs, type }, report) => {
        // Instances of Aurora are protected by their cluster, and a replica can be made anew.
        const engine = inputs.str("engine");
        const ofAurora = typeof engine === "string" && engine.startsWith("aurora") && isInstance(type);
        if (inputs.str("replicateSourceDb") !== undefined || ofAurora) {
            return;
        }
        const value = inputs.bool("deletionProtection");
        if (value === UNKNOWN) {
            report.undetermined("deletionProtection");
        } else if (value !== true) {
            report.violation("deletionProtection", value === false ? "is false" : "is not set");
        }
    },
    remediate: (inputs, { type }) => {
        const engine = inputs["engine"];
        const ofAurora = typeof engine === "string" && engine.startsWith("aurora") && isInstance(type);
        if ((inputs["replicateSourceDb"] ?? "") === "" && !ofAurora) {
            inputs["deletionProtection"] = true;
        }
    },
});

function isInstance(type: string): boolean {
    return (TOKENS.rdsInstance as readonly string[]).includes(type);
}
