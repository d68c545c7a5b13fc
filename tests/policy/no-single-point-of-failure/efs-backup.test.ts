import { efsBackup } from "../../../policies/no-single-point-of-failure/rules/efs-backup";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, unknownListOf, type TestResource } from "../support/harness";

const ARN = "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-1";
const files = (inputs: object = {}): TestResource =>
    resource("efsFileSystem", "files", inputs, { computed: { arn: ARN } });
const policy = (status: unknown): TestResource =>
    resource("efsBackupPolicy", "policy", { fileSystemId: ref("files"), backupPolicy: { status } });
const selection = (inputs: object): TestResource =>
    resource("backupSelection", "selection", { planId: "plan", ...inputs });
const tagged = files({ tags: { backup: "daily", "cost.center": "web" } });
const daily = (value: unknown = "daily"): object => ({ type: "STRINGEQUALS", key: "backup", value });
const condition = (kind: string, key: string, value: unknown): object => ({
    conditions: [{ [kind]: [{ key: `aws:ResourceTag/${key}`, value }] }],
});

describeRule(efsBackup, {
    compliant: {
        "a backup policy": [files(), policy("ENABLED")],
        "a selection that names it": [files(), selection({ resources: [ref("files", "arn")] })],
        "a selection of every file system": [
            files(),
            selection({ resources: ["arn:aws:elasticfilesystem:*:*:file-system/*"] }),
        ],
        "a selection of everything": [files(), selection({ resources: ["*"] })],
        "a selection by tag": [tagged, selection({ selectionTags: [daily("weekly"), daily()] })],
        "a selection of everything under a condition that it meets": [
            tagged,
            selection({ resources: ["*"], ...condition("stringEquals", "backup", "daily") }),
        ],
        "a selection of everything under a condition on a part of a tag": [
            tagged,
            selection({ resources: ["*"], ...condition("stringLikes", "cost.center", "w*") }),
        ],
        "a One Zone file system, which AWS backs up by default": [files({ availabilityZoneName: "a" })],
    },
    violating: {
        "no policy and no selection": {
            resources: [files()],
            at: ["files"],
            says: /backup policy is missing, and no backup selection of this stack takes the file system in: .* Fix: add an `aws\.efs\.BackupPolicy`/,
        },
        "a policy that switches it off": {
            resources: [files(), policy("DISABLED")],
            at: ["files"],
            says: /backupPolicy\.status is not ENABLED/,
        },
        "a One Zone file system where it is switched off": {
            resources: [files({ availabilityZoneName: "a" }), policy("DISABLED")],
            at: ["files"],
            says: /backupPolicy\.status is not ENABLED/,
        },
        "a selection of databases": {
            resources: [files(), selection({ resources: ["arn:aws:rds:*:*:db:*"] })],
            at: ["files"],
            says: /no backup selection of this stack takes the file system in/,
        },
        "a selection by another tag": {
            resources: [tagged, selection({ selectionTags: [daily("weekly")] })],
            at: ["files"],
            says: /no backup selection/,
        },
        "a selection of everything but file systems": {
            resources: [
                files(),
                selection({ resources: ["*"], notResources: ["arn:aws:elasticfilesystem:*:*:file-system/*"] }),
            ],
            at: ["files"],
            says: /no backup selection/,
        },
        "a condition that it does not meet": {
            resources: [tagged, selection({ resources: ["*"], ...condition("stringNotEquals", "backup", "daily") })],
            at: ["files"],
            says: /no backup selection/,
        },
        "a condition on a tag that it does not have": {
            resources: [files(), selection({ resources: ["*"], ...condition("stringEquals", "backup", "daily") })],
            at: ["files"],
            says: /no backup selection/,
        },
    },
    unknown: {
        "which of two file systems a policy is for": {
            resources: [
                files(),
                resource("efsFileSystem", "more"),
                resource("efsBackupPolicy", "policy", {
                    fileSystemId: json({ either: unknownListOf("files", "more") }),
                    backupPolicy: { status: "ENABLED" },
                }),
            ],
            at: ["files", "more"],
            says: /backup policy is that of this file system or of another/,
        },
        "whether a policy from somewhere else switches off what AWS does by default": {
            resources: [
                files({ availabilityZoneName: "a" }),
                resource("efsBackupPolicy", "policy", {
                    fileSystemId: UNKNOWN_VALUE,
                    backupPolicy: { status: "DISABLED" },
                }),
            ],
            at: ["files"],
            says: /backup policy is that of this file system or of another/,
        },
        "the status": {
            resources: [files(), policy(UNKNOWN_VALUE)],
            at: ["files"],
            says: /backupPolicy\.status is not known/,
        },
        "what a selection names": {
            resources: [files(), selection({ resources: UNKNOWN_VALUE })],
            at: ["files"],
            says: /backup selection may take it in or not/,
        },
        "the value of a tag": {
            resources: [tagged, selection({ selectionTags: [daily(UNKNOWN_VALUE)] })],
            at: ["files"],
            says: /backup selection may take it in or not/,
        },
        "the conditions": {
            resources: [tagged, selection({ resources: ["*"], conditions: UNKNOWN_VALUE })],
            at: ["files"],
            says: /backup selection may take it in or not/,
        },
        "how a pattern and a tag go together": {
            resources: [tagged, selection({ resources: ["*"], selectionTags: [daily("weekly")] })],
            at: ["files"],
            says: /backup selection may take it in or not/,
        },
        "whether the file system is One Zone": {
            resources: [files({ availabilityZoneName: UNKNOWN_VALUE })],
            at: ["files"],
            says: /backup selection may take it in or not/,
        },
    },
    notApplicable: { "a selection without a file system": [selection({ resources: ["*"] })] },
});
