import { defineResourceRule } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const rdsBackup = defineResourceRule({
    id: "rds-backup",
    title: "A database is backed up, and a backup is kept for a week at least",
    severity: "high",
    frameworks: { fsbp: ["RDS.11"], checkov: ["CKV_AWS_133"], wellArchitected: ["REL09-BP01", "REL09-BP03"] },
    why: "a mistake that is noticed after the weekend can no longer be undone, and without backups there are no read replicas",
    fix: "set `backupRetentionPeriod` to 7 or more (days)",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
    tokens: tokensOf("rdsInstance", "rdsCluster"),
    guards: ["backupRetentionPeriod"],
    settings: {
        minimumDays: {
            type: "integer",
            minimum: 1,
            maximum: 35,
            default: 7,
            description: "Days a backup is kept at least.",
        },
    },
    check: ({ inputs, type }, report, { minimumDays }) => {
        const engine = inputs.str("engine");
        const ofAurora =
            typeof engine === "string" && engine.startsWith("aurora") && type === tokensOf("rdsInstance")[0];
        // A replica's data is its source's; Aurora's backups are the cluster's.
        if (inputs.str("replicateSourceDb") !== undefined || ofAurora) {
            return;
        }
        const days = inputs.num("backupRetentionPeriod");
        if (days === UNKNOWN) {
            report.undetermined("backupRetentionPeriod");
        } else if ((days ?? 0) < (minimumDays as number)) {
            report.violation(
                "backupRetentionPeriod",
                days === undefined ? "is not set" : `is ${days}, below ${String(minimumDays)} days`,
                `set \`backupRetentionPeriod\` to ${String(minimumDays)} or more (days)`,
            );
        }
    },
});
