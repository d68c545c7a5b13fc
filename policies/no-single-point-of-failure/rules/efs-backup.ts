import { backupSelections } from "../../shared/relations/backups";
import { attachments } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** What patterns of a backup selection are matched with while the file system has no ARN yet. */
const ANY_ARN = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-0123456789abcdef0";

export const efsBackup = defineStackRule({
    id: "efs-backup",
    title: "A file system is backed up",
    severity: "medium",
    frameworks: { fsbp: ["EFS.2"], checkov: ["CKV2_AWS_18"], wellArchitected: ["REL09-BP01", "REL09-BP03"] },
    why: "files that are deleted or overwritten by mistake are gone from every zone at once",
    fix: 'add an `aws.efs.BackupPolicy` with `backupPolicy: { status: "ENABLED" }`, or name the file system in an `aws.backup.Selection`',
    url: "https://docs.aws.amazon.com/efs/latest/ug/awsbackup.html",
    tokens: TOKENS.efsFileSystem,
    guards: [
        { tokens: TOKENS.efsBackupPolicy, property: "backupPolicy.status" },
        { tokens: TOKENS.efsBackupPolicy, property: "fileSystemId" },
        { tokens: TOKENS.backupSelection, property: "resources" },
        { tokens: TOKENS.backupSelection, property: "selectionTags" },
        { tokens: TOKENS.backupSelection, property: "conditions" },
    ],
    check: (graph, on) => {
        const selections = backupSelections(graph, "efsFileSystem", ANY_ARN);
        const policiesOf = attachments(graph, "efsBackupPolicy", "fileSystemId", "efsFileSystem");
        for (const fileSystem of graph.all("efsFileSystem")) {
            const { sure, perhaps } = policiesOf(fileSystem);
            const states = sure.map((policy) => policy.str("backupPolicy.status"));
            const selected = selections.map((selects) => selects(fileSystem));
            // AWS backs up a One Zone file system unless it is told not to.
            const oneZone = (fileSystem.inputs ?? fileSystem).str("availabilityZoneName");
            const byDefault =
                oneZone !== undefined && oneZone !== UNKNOWN && states.length === 0 && perhaps.length === 0;
            if (states.includes("ENABLED") || selected.includes(true) || byDefault) {
                continue;
            }
            if (states.includes(UNKNOWN)) {
                on(fileSystem).undetermined("backupPolicy.status");
            } else if (perhaps.length > 0 && states.length === 0) {
                on(fileSystem).undetermined(
                    "backup policy",
                    "is that of this file system or of another, which is not known in preview",
                );
            } else if (selected.includes("open") || oneZone === UNKNOWN) {
                on(fileSystem).undetermined("backup selection", "may take it in or not: what decides it is not known");
            } else {
                const disabled = states.length > 0;
                on(fileSystem).violation(
                    disabled ? "backupPolicy.status" : "backup policy",
                    disabled
                        ? "is not ENABLED"
                        : "is missing, and no backup selection of this stack takes the file system in",
                );
            }
        }
    },
});
