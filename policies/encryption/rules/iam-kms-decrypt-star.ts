import { actionCovers, conditionTests, statements, type Statement } from "../../shared/policy-document";
import { defineResourceRule } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN, type Maybe, type Readable, type Unknown, type Values } from "../../shared/unknown";

/** The actions that turn a ciphertext into what it hides, or hand it on under another key. */
const DECRYPTING = ["kms:Decrypt", "kms:ReEncryptFrom"];

/**
 * Keys of conditions that leave a permission with some keys, some ciphertexts or what one service asks for. Others (the
 * caller's address, region or tags, multi-factor authentication) say who may decrypt and from where, and still mean every
 * key. AWS's own control heeds no condition at all, though AWS advises to use these.
 */
const LIMITING =
    /^(kms:(viaservice|resourcealiases|requestalias|encryptioncontext:.+|encryptioncontextkeys)|aws:resourcetag\/.+|aws:calledvia(first|last)?)$/;

/** Operators that are met only where their key is there, unlike `…IfExists`, `ForAllValues:` and the negations. */
const DEMANDING = /^(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like))$/;

export const iamKmsDecryptStar = defineResourceRule({
    id: "iam-kms-decrypt-star",
    title: "A policy of IAM allows decryption with named keys, not with all of them",
    severity: "high",
    frameworks: { fsbp: ["KMS.1", "KMS.2"], wellArchitected: ["SEC03-BP02", "SEC08-BP01"] },
    why: "whoever has the permission reads what is encrypted with any key that trusts IAM, data of other services included",
    fix:
        "name the keys' ARNs in `Resource`, or add a `Condition` with `StringEquals` or `StringLike` on `kms:ViaService`, " +
        "`kms:ResourceAliases`, `kms:EncryptionContext:…` or `aws:ResourceTag/…`",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies-best-practices.html",
    tokens: tokensOf("iamPolicy", "iamRolePolicy", "iamUserPolicy", "iamGroupPolicy", "iamRole"),
    guards: [
        { tokens: tokensOf("iamPolicy", "iamRolePolicy", "iamUserPolicy", "iamGroupPolicy"), property: "policy" },
        { tokens: TOKENS.iamRole, property: "inlinePolicies" },
    ],
    // A policy that names a resource of the same stack is unknown as a whole until that exists.
    undetermined: "advisory",
    check: ({ inputs }, report) => {
        for (const { property, document } of documentsOf(inputs)) {
            const decrypting = mayDecryptEverything(statements(document));
            if (decrypting === UNKNOWN) {
                report.undetermined(property);
            } else if (decrypting.length > 0) {
                report.violation(property, `allows ${decrypting.join(" and ")} with every key`);
            }
        }
    },
});

interface PolicyText {
    readonly property: string;
    readonly document: Maybe<Values>;
}

/** A policy's own document, or those that stand in a role. */
function documentsOf(inputs: Readable): readonly PolicyText[] {
    const inline = inputs.list("inlinePolicies");
    const own: PolicyText = { property: "policy", document: inputs.json("policy") };
    if (inline === UNKNOWN) {
        return [own, { property: "inlinePolicies", document: UNKNOWN }];
    }
    const ofRole = (inline ?? []).map((policy, index): PolicyText => {
        return { property: `inlinePolicies[${index}].policy`, document: policy.json("policy") };
    });
    return [own, ...ofRole];
}

/** The decrypting actions that a document allows with every key. */
function mayDecryptEverything(list: Maybe<readonly Statement[]>): readonly string[] | Unknown {
    if (list === UNKNOWN) {
        return UNKNOWN;
    }
    const answers = DECRYPTING.map((action) => {
        const about = (list ?? []).filter((statement) => concerns(statement, action));
        const denied = about.some((statement) => statement.effect === "Deny" && deniesOthers(statement));
        const allowed = denied ? [] : about.filter(({ effect }) => effect === "Allow").map(allowsEveryKey);
        return { action, allowed };
    });
    const certain = answers.filter(({ allowed }) => allowed.includes(true)).map(({ action }) => action);
    return certain.length === 0 && answers.some(({ allowed }) => allowed.includes(UNKNOWN)) ? UNKNOWN : certain;
}

function concerns({ actions, exceptActions }: Statement, action: string): boolean {
    return exceptActions === undefined
        ? actions.some((pattern) => actionCovers(pattern, action))
        : !exceptActions.some((pattern) => actionCovers(pattern, action));
}

function allowsEveryKey(statement: Statement): boolean | Unknown {
    if (limits(statement)) {
        return false;
    }
    const { resources, exceptResources } = statement;
    if (exceptResources !== undefined) {
        return !exceptResources.some((pattern) => pattern === UNKNOWN || isEveryKey(pattern));
    }
    const known = resources.filter((pattern) => pattern !== UNKNOWN);
    return known.some(isEveryKey) ? true : known.length < resources.length ? UNKNOWN : false;
}

/** Whether a statement's conditions leave the permission with some keys or ciphertexts. */
function limits({ conditions = {} }: Statement): boolean {
    return conditionTests(conditions).some(([operator, key, value]) => {
        const values: readonly unknown[] = Array.isArray(value) ? value : [value];
        return (
            LIMITING.test(key) &&
            (operator === "Null" ? String(values[0]) === "false" : DEMANDING.test(operator) && !values.includes("*"))
        );
    });
}

/** Whether a denial leaves but some keys: without a condition on all keys or all but some, or on what limits them. */
function deniesOthers({ conditions, resources, exceptResources }: Statement): boolean {
    const everything =
        exceptResources !== undefined || resources.some((pattern) => pattern !== UNKNOWN && isEveryKey(pattern));
    return everything && (conditions === undefined || conditionTests(conditions).some(([, key]) => LIMITING.test(key)));
}

const PARTITIONS = ["aws", "aws-cn", "aws-us-gov"];

/**
 * Whether a pattern of ARNs means every key: "*", or the keys of any region or of any account. All keys of one region of
 * one account are what AWS itself advises to name where single keys cannot be.
 */
function isEveryKey(pattern: string): boolean {
    // A variable of the policy ("${aws:PrincipalAccount}") has colons of its own and stands for one value.
    const plain = pattern.replace(/\$\{[^}]*\}/g, "variable");
    const [, , , region = "any", account = "any"] = plain.split(":");
    return PARTITIONS.some((partition) =>
        [`any:${account}`, `${region}:any`].some((place) =>
            actionCovers(plain, `arn:${partition}:kms:${place}:key/any`),
        ),
    );
}
