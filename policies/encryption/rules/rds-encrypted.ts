import { defineResourceRule } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const rdsEncrypted = defineResourceRule({
    id: "rds-encrypted",
    title: "A database is encrypted at rest",
    severity: "critical",
    frameworks: { fsbp: ["RDS.3", "RDS.27"], checkov: ["CKV_AWS_16", "CKV_AWS_96"], wellArchitected: ["SEC08-BP02"] },
    why: "the data, its backups and its snapshots are readable to whoever gets hold of the storage, and encryption cannot be turned on later without a new database",
    fix: "set `storageEncrypted: true` and `kmsKeyId` to a key of your own",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html",
    tokens: tokensOf("rdsInstance", "rdsCluster"),
    guards: ["storageEncrypted"],
    check: ({ inputs }, report) => {
        // A replica inherits its source's encryption, an instance of a cluster its cluster's.
        const engine = inputs.str("engine");
        const ofCluster =
            typeof engine === "string" && engine.startsWith("aurora") && inputs.get("instanceClass") !== undefined;
        // The first serverless version is always encrypted.
        const serverless = inputs.get("engineMode") === "serverless";
        if (inputs.str("replicateSourceDb") !== undefined || ofCluster || serverless) {
            return;
        }
        const value = inputs.bool("storageEncrypted");
        if (value === UNKNOWN) {
            report.undetermined("storageEncrypted");
        } else if (value !== true) {
            report.violation("storageEncrypted", value === false ? "is false" : "is not set");
        }
    },
});
