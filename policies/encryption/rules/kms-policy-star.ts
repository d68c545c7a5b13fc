import { conditionTests, statements } from "../../shared/policy-document";
import { defineResourceRule } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/**
 * Keys of conditions that say how, when and for what a request comes, and nothing of whom it comes from: whoever it is meets
 * them, from an account of his own. Of the keys of KMS, `kms:CallerAccount` alone names the caller.
 */
const NOT_THE_CALLER =
    /^(aws:(securetransport|currenttime|epochtime|requestedregion|useragent|referer|viaawsservice|multifactorauth(present|age))|kms:(?!calleraccount$).+)$/;

/** Whether conditions, of which there may be none, leave a statement open to callers of any account. */
function admitAnybody(conditions: Readonly<Record<string, unknown>> = {}): boolean {
    return conditionTests(conditions).every(([operator, key, value]) => {
        const values: readonly unknown[] = Array.isArray(value) ? value : [value];
        // "All but these", and "any at all", name nobody either.
        return NOT_THE_CALLER.test(key) || operator.includes("Not") || values.includes("*");
    });
}

export const kmsPolicyStar = defineResourceRule({
    id: "kms-policy-star",
    title: "A key's policy opens it to nobody in general",
    severity: "critical",
    frameworks: { fsbp: ["KMS.5"], checkov: ["CKV_AWS_33"], wellArchitected: ["SEC03-BP07", "SEC08-BP01"] },
    why: "every principal of every account may use the key",
    fix: "name the principals, or add a `Condition` on `aws:PrincipalOrgID`, `kms:CallerAccount` or the like",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
    tokens: tokensOf("kmsKey", "kmsReplicaKey", "kmsExternalKey", "kmsReplicaExternalKey", "kmsKeyPolicy"),
    guards: ["policy"],
    // A policy that names a role of the same stack is unknown as a whole until that role exists.
    undetermined: "advisory",
    check: ({ inputs }, report) => {
        const list = statements(inputs.json("policy"));
        if (list === UNKNOWN) {
            report.undetermined("policy");
            return;
        }
        const open = (list ?? []).filter(
            ({ effect, principals, exceptPrincipals, conditions }) =>
                effect === "Allow" &&
                admitAnybody(conditions) &&
                (exceptPrincipals || principals.some((principal) => principal === "*" || principal === "AWS:*")),
        );
        if (open.length > 0) {
            report.violation(
                "policy",
                `has ${open.length} statement(s) that allow everybody (\`Principal: "*"\` or \`NotPrincipal\`) without a condition on the caller`,
            );
        }
    },
});
