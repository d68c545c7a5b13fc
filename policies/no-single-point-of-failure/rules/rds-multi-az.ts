import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_SQLServerMultiAZ.html */
const FIX_OF_EXPRESS =
    "the Express edition has no Multi-AZ: take `sqlserver-se` or `sqlserver-ee` as the `engine`, and set `multiAz: true`";

export const rdsMultiAz = defineResourceRule({
    id: "rds-multi-az",
    title: "A database instance has a standby in a second availability zone",
    severity: "high",
    frameworks: { fsbp: ["RDS.5"], checkov: ["CKV_AWS_157"], wellArchitected: ["REL10-BP01", "REL11-BP02"] },
    why: "when its zone or its host fails, every write fails until a new instance is restored from a backup",
    fix: "set `multiAz: true`",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.html",
    tokens: TOKENS.rdsInstance,
    guards: ["multiAz"],
    check: ({ inputs }, report) => {
        // A replica is spare capacity of its source, not the place where writes go.
        if (inputs.str("replicateSourceDb") !== undefined) {
            return;
        }
        // Aurora spreads its storage itself; its instances have no such property.
        const engine = inputs.str("engine");
        if (typeof engine === "string" && engine.startsWith("aurora")) {
            return;
        }
        const multiAz = inputs.bool("multiAz");
        if (multiAz === UNKNOWN) {
            report.undetermined("multiAz");
        } else if (multiAz !== true) {
            report.violation(
                "multiAz",
                multiAz === false ? "is false" : "is not set",
                engine === "sqlserver-ex" ? FIX_OF_EXPRESS : undefined,
            );
        }
    },
});
