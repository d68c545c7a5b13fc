/** Statements of IAM policy documents. */
import { UNKNOWN, type Maybe, type Values } from "./unknown";

/** One statement, with its one-or-many values as lists. */
export interface Statement {
    readonly effect: string;
    readonly actions: readonly string[];
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
            effect: String(statement.get("Effect")),
            actions: many(statement.get("Action")),
            principals: principalsOf(statement.get("Principal")),
            exceptPrincipals: statement.get("NotPrincipal") !== undefined,
            conditions:
                typeof conditions === "object" && conditions !== null && Object.keys(conditions).length > 0
                    ? (conditions as Record<string, unknown>)
                    : undefined,
        };
    });
}

/** The keys of a condition block with their operators: `[["Bool", "aws:securetransport", "false"]]`. */
function tests(conditions: Readonly<Record<string, unknown>>): readonly (readonly [string, string, unknown])[] {
    return Object.entries(conditions).flatMap(([operator, block]) =>
        typeof block === "object" && block !== null
            ? Object.entries(block as Record<string, unknown>).map(
                  ([key, value]) => [operator, key.toLowerCase(), value] as const,
              )
            : [],
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
    const [test, ...others] = tests(conditions);
    const plaintext =
        test !== undefined &&
        others.length === 0 &&
        ["Bool", "BoolIfExists"].includes(test[0]) &&
        test[1] === "aws:securetransport" &&
        many(typeof test[2] === "boolean" ? String(test[2]) : test[2]).includes("false");
    return effect === "Deny" && everybody && all && plaintext;
}

/** Whether a pattern of an IAM action ("kms:*", "kms:GenerateDataKey*") covers an action. */
export function actionCovers(pattern: string, action: string): boolean {
    const source = pattern
        .split("*")
        .map((literal) => literal.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
        .join(".*");
    return new RegExp(`^${source}$`, "i").test(action);
}
