import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const efsEncrypted = defineResourceRule({
    id: "efs-encrypted",
    title: "A file system is encrypted at rest",
    severity: "critical",
    frameworks: { fsbp: ["EFS.1"], checkov: ["CKV_AWS_42"], wellArchitected: ["SEC08-BP02"] },
    why: "its files and backups lie on disk in clear text, and encryption cannot be turned on later without a new file system",
    fix: "set `encrypted: true` and `kmsKeyId` to the ARN of a key of your own",
    url: "https://docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html",
    tokens: TOKENS.efsFileSystem,
    guards: ["encrypted"],
    check: ({ inputs }, report) => {
        const value = inputs.bool("encrypted");
        if (value === UNKNOWN) {
            report.undetermined("encrypted");
        } else if (value !== true) {
            report.violation("encrypted", value === false ? "is false" : "is not set");
        }
    },
});
