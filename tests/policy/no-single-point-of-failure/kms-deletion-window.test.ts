import { kmsDeletionWindow } from "../../../policies/no-single-point-of-failure/rules/kms-deletion-window";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE } from "../support/harness";

const key = (inputs: object) => [resource("kmsKey", "data", inputs)];

describeRule(kmsDeletionWindow, {
    compliant: { "a month": key({ deletionWindowInDays: 30 }), "the default": key({}) },
    violating: {
        "a week": {
            resources: key({ deletionWindowInDays: 7 }),
            at: ["data"],
            says: /deletionWindowInDays is 7, below 14/,
        },
        "keys of other kinds": {
            resources: (["kmsReplicaKey", "kmsExternalKey", "kmsReplicaExternalKey"] as const).map((kind) =>
                resource(kind, kind, { deletionWindowInDays: 7 }),
            ),
            at: ["kmsReplicaKey", "kmsExternalKey", "kmsReplicaExternalKey"],
            says: /deletionWindowInDays is 7, below 14/,
        },
    },
    unknown: {
        "the days": { resources: key({ deletionWindowInDays: UNKNOWN_VALUE }), at: ["data"], says: /not known/ },
    },
    notApplicable: { "an alias": [resource("kmsAlias", "alias")] },
});
