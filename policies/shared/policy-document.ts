/** Statements of IAM policy documents. */
import { UNKNOWN, type Maybe, type Unknown, type Values } from "./unknown";

/** One statement, with its one-or-many values as lists. */
export interface Statement {
    readonly effect: string;
    readonly actions: readonly string[];
    /** The statement is about all actions but these (`NotAction`); `undefined` where it names its actions. */
    readonly exceptActions: readonly string[] | undefined;
    /** Patterns of ARNs. In a document that is given as an object, one of them may be unknown alone. */
    readonly resources: readonly (string | Unknown)[];
    /** The statement is about all resources but these (`NotResource`); `undefined` where it names its resources. */
    readonly exceptResources: readonly (string | Unknown)[] | undefined;
    /** Principals as "AWS:*" or "Service:sns.amazonaws.com"; "*" for everybody. */
    readonly principals: readonly string[];
    /** Whether the statement is for everybody but the principals that it names (`NotPrincipal`). */
    readonly exceptPrincipals: boolean;
    /** The conditions; `undefined` where there are none, and where the block that would hold them is empty. */
    readonly conditions: Readonly<Record<string, unknown>> | undefined;
}

function many(value: unknown): readonly string[] {
    const list: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
    return list.filter((element) => typeof element === "string");
}

function patterns(statement: Values, element: string): readonly (string | Unknown)[] {
    const list = statement.strings(element);
    return list === UNKNOWN ? [UNKNOWN] : (list ?? []);
}

function principalsOf(value: unknown): readonly string[] {
    if (typeof value === "string") {
        return [value];
    }
    return typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([type, names]) => many(names).map((name) => `${type}:${name}`))
        : [];
}

/** The statements of a document, `UNKNOWN` where the document is. */
export function statements(document: Maybe<Values>): Maybe<readonly Statement[]> {
    if (document === undefined || document === UNKNOWN) {
        return document;
    }
    const list = document.list("Statement");
    if (list === UNKNOWN || list === undefined) {
        return list;
    }
    return list.map((statement) => {
        const conditions = statement.get("Condition");
        return {
            effect: String(statement.str("Effect")),
            actions: many(statement.get("Action")),
            exceptActions: statement.get("NotAction") === undefined ? undefined : many(statement.get("NotAction")),
            resources: patterns(statement, "Resource"),
            exceptResources:
                statement.get("NotResource") === undefined ? undefined : patterns(statement, "NotResource"),
            principals: principalsOf(statement.get("Principal")),
            exceptPrincipals: statement.get("NotPrincipal") !== undefined,
            conditions:
                typeof conditions === "object" && conditions !== null && Object.keys(conditions).length > 0
                    ? (conditions as Record<string, unknown>)
                    : undefined,
        };
    });
}

/** One test of a condition block: its operator, its key in small letters, and what the key is compared with. */
export type ConditionTest = readonly [operator: string, key: string, value: unknown];

/** The keys of a condition block with their operators: `[["Bool", "aws:securetransport", "false"]]`. */
export function conditionTests(conditions: Readonly<Record<string, unknown>>): readonly ConditionTest[] {
    return Object.entries(conditions).flatMap(([operator, block]) =>
        typeof block === "object" && block !== null
            ? Object.entries(block as Record<string, unknown>).map(
                  ([key, value]) => [operator, key.toLowerCase(), value] as const,
              )
            : [],
    );
}

/** Whether a test is about TLS and compares with the answer: "true" for requests over TLS, "false" for others. */
export function comparesTls([operator, key, value]: ConditionTest, answer: "true" | "false"): boolean {
    return (
        ["Bool", "BoolIfExists"].includes(operator) &&
        key === "aws:securetransport" &&
        many(typeof value === "boolean" ? String(value) : value).includes(answer)
    );
}

/**
 * Whether a statement denies everybody who comes without TLS whatever they ask of a service.
 * @param everything what stands for all that can be asked: an action that the statement's must cover
 */
export function deniesPlaintext(statement: Statement, everything: string): boolean {
    const { effect, actions, principals, conditions = {} } = statement;
    const everybody = principals.some((principal) => principal === "*" || principal === "AWS:*");
    const all = actions.some((pattern) => actionCovers(pattern, everything));
    // A second condition would let through whoever does not meet it.
    const [test, ...others] = conditionTests(conditions);
    const plaintext = test !== undefined && others.length === 0 && comparesTls(test, "false");
    return effect === "Deny" && everybody && all && plaintext;
}

/** Whether a pattern of an IAM action ("kms:*", "kms:GenerateDataKey*", "kms:?ecrypt") covers an action. */
export function actionCovers(pattern: string, action: string): boolean {
    return new RegExp(`^${globSource(pattern)}$`, "i").test(action);
}

/** The wildcards of IAM as a regular expression: `*` for any characters, `?` for one. */
function globSource(pattern: string): string {
    return pattern
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".");
}
