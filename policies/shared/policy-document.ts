/** Statements of IAM policy documents. */
import { UNKNOWN, type Maybe, type Values } from "./unknown";

/** One statement, with its one-or-many values as lists. */
export interface Statement {
    readonly effect: string;
    readonly actions: readonly string[];
    /** Principals as "AWS:*" or "Service:sns.amazonaws.com"; "*" for everybody. */
    readonly principals: readonly string[];
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
            conditions:
                typeof conditions === "object" && conditions !== null
                    ? (conditions as Record<string, unknown>)
                    : undefined,
        };
    });
}

/** Whether a statement denies everybody who comes without TLS. */
export function deniesPlaintext({ effect, principals, conditions }: Statement): boolean {
    const everybody = principals.some((principal) => principal === "*" || principal === "AWS:*");
    const bool = conditions?.["Bool"];
    const secure =
        typeof bool === "object" && bool !== null
            ? Object.entries(bool as Record<string, unknown>).find(
                  ([key]) => key.toLowerCase() === "aws:securetransport",
              )?.[1]
            : undefined;
    return (
        effect === "Deny" && everybody && many(typeof secure === "boolean" ? String(secure) : secure).includes("false")
    );
}

/** Whether a pattern of an IAM action ("kms:*", "kms:GenerateDataKey*") covers an action. */
export function actionCovers(pattern: string, action: string): boolean {
    const source = pattern
        .split("*")
        .map((literal) => literal.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
        .join(".*");
    return new RegExp(`^${source}$`, "i").test(action);
}
