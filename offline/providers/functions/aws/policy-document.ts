import { createHash } from "node:crypto";
import { InvokeError } from "../../rules";
import { asText, isMap, list, text, type Value, type ValueMap } from "../../values";

/**
 * Composes `aws.iam.getPolicyDocument` as the real provider does, to the order of its lists: lists of one become a plain
 * string, longer ones are sorted from Z to A, the values of conditions keep their order, equal Sids override.
 */
export function policyDocument(args: ValueMap): ValueMap {
    const version = text(args, "version") ?? "2012-10-17";
    if (version !== "2012-10-17" && version !== "2008-10-17") {
        throw new InvokeError(`"version" must be "2012-10-17" or "2008-10-17", not "${version}".`);
    }
    const document: Document = { version: "", id: "", statements: [] };
    const sids = new Set<string>();
    list(args, "sourcePolicyDocuments").forEach((source, index) => {
        const parsed = parseDocument(source, `sourcePolicyDocuments[${index}]`);
        for (const statement of parsed.statements) {
            if (statement.sid !== "" && sids.has(statement.sid)) {
                throw new InvokeError(
                    `sourcePolicyDocuments[${index}] repeats the Sid "${statement.sid}". Remove it or make it unique.`,
                );
            }
            sids.add(statement.sid);
        }
        merge(document, parsed);
    });
    merge(document, ownDocument(args, version));
    list(args, "overridePolicyDocuments").forEach((override, index) => {
        merge(document, parseDocument(override, `overridePolicyDocuments[${index}]`));
    });
    const ordered = marshal(document);
    const json = JSON.stringify(ordered, undefined, 2);
    return {
        ...args,
        version,
        json: escaped(json),
        minifiedJson: escaped(JSON.stringify(ordered)),
        id: String(parseInt(createHash("sha256").update(json).digest("hex").slice(0, 8), 16)),
    };
}

interface Statement {
    sid: string;
    effect: string;
    actions?: string[];
    notActions?: string[];
    resources?: string[];
    notResources?: string[];
    principals: Principal[];
    notPrincipals: Principal[];
    conditions: Condition[];
}
interface Principal {
    type: string;
    identifiers: string[];
}
interface Condition {
    test: string;
    variable: string;
    values: string[];
}
interface Document {
    version: string;
    id: string;
    statements: Statement[];
}

function ownDocument(args: ValueMap, version: string): Document {
    const sids = new Set<string>();
    const statements = list(args, "statements").map((value, index) => {
        const statement = isMap(value) ? value : {};
        const sid = text(statement, "sid") ?? "";
        const place = `statements[${index}]`;
        if (!/^[a-zA-Z0-9]*$/.test(sid)) {
            throw new InvokeError(`${place}.sid "${sid}" may hold letters and digits only.`);
        }
        if (sid !== "" && sids.has(sid)) {
            throw new InvokeError(`${place}.sid "${sid}" is used twice. Remove it or make it unique.`);
        }
        sids.add(sid);
        const effect = text(statement, "effect") ?? "Allow";
        if (effect !== "Allow" && effect !== "Deny") {
            throw new InvokeError(`${place}.effect must be "Allow" or "Deny", not "${effect}".`);
        }
        const strings = (name: string): string[] | undefined => {
            const values = list(statement, name).map(asText);
            return values.length === 0 ? undefined : values;
        };
        const replaced = (values: string[] | undefined): string[] | undefined =>
            values?.map((one) => variables(one, version, place));
        const principals = (name: string): Principal[] =>
            list(statement, name).map((one) => {
                const principal = isMap(one) ? one : {};
                const identifiers = sorted(list(principal, "identifiers").map(asText));
                return {
                    type: text(principal, "type") ?? "",
                    identifiers: identifiers.map((id) => variables(id, version, place)),
                };
            });
        return {
            sid,
            effect,
            ...optional("actions", strings("actions")),
            ...optional("notActions", strings("notActions")),
            ...optional("resources", replaced(strings("resources"))),
            ...optional("notResources", replaced(strings("notResources"))),
            principals: principals("principals"),
            notPrincipals: principals("notPrincipals"),
            conditions: list(statement, "conditions").map((one) => {
                const condition = isMap(one) ? one : {};
                return {
                    test: text(condition, "test") ?? "",
                    variable: text(condition, "variable") ?? "",
                    values: list(condition, "values").map((value) => variables(asText(value), version, place)),
                };
            }),
        };
    });
    return { version, id: text(args, "policyId") ?? "", statements };
}

function optional<Key extends string>(key: Key, value: string[] | undefined): Partial<Record<Key, string[]>> {
    return value === undefined ? {} : ({ [key]: sorted(value) } as Record<Key, string[]>);
}

function sorted(values: string[]): string[] {
    return [...new Set(values)].sort().reverse();
}

/** `&{…}` stands for an IAM variable where the program's own language would read `${…}`. */
function variables(value: string, version: string, place: string): string {
    if (version === "2008-10-17" && value.includes("&{")) {
        throw new InvokeError(`${place} uses "&{", which documents of version 2008-10-17 do not support.`);
    }
    return value.replaceAll("&{", "${");
}

function merge(document: Document, added: Document): void {
    document.id = added.id === "" ? document.id : added.id;
    document.version = added.version > document.version ? added.version : document.version;
    for (const statement of added.statements) {
        const same = statement.sid === "" ? -1 : document.statements.findIndex((one) => one.sid === statement.sid);
        if (same < 0) {
            document.statements.push(statement);
        } else {
            document.statements[same] = statement;
        }
    }
}

function parseDocument(value: Value, place: string): Document {
    let parsed: unknown;
    try {
        parsed = JSON.parse(asText(value));
    } catch {
        throw new InvokeError(`${place} is not valid JSON.`);
    }
    const document = parsed as { Version?: string; Id?: string; Statement?: unknown };
    const statements = Array.isArray(document.Statement)
        ? document.Statement
        : document.Statement === undefined
          ? []
          : [document.Statement];
    return {
        version: document.Version ?? "",
        id: document.Id ?? "",
        statements: statements.map((one) => parseStatement(one as Record<string, unknown>)),
    };
}

function parseStatement(one: Record<string, unknown>): Statement {
    const strings = (name: string): string[] | undefined => {
        const value = one[name];
        return value === undefined
            ? undefined
            : Array.isArray(value)
              ? value.map(String)
              : [typeof value === "string" ? value : JSON.stringify(value)];
    };
    const as = (name: string, key: string): Partial<Record<string, string[]>> => {
        const value = strings(name);
        return value === undefined ? {} : { [key]: value };
    };
    return {
        sid: typeof one["Sid"] === "string" ? one["Sid"] : "",
        effect: typeof one["Effect"] === "string" ? one["Effect"] : "",
        ...as("Action", "actions"),
        ...as("NotAction", "notActions"),
        ...as("Resource", "resources"),
        ...as("NotResource", "notResources"),
        principals: parsePrincipals(one["Principal"]),
        notPrincipals: parsePrincipals(one["NotPrincipal"]),
        conditions: parseConditions(one["Condition"]),
    };
}

function parsePrincipals(value: unknown): Principal[] {
    if (value === undefined) {
        return [];
    }
    if (typeof value === "string") {
        return [{ type: "*", identifiers: ["*"] }];
    }
    return Object.entries(value as Record<string, unknown>).map(([type, ids]) => ({
        type,
        identifiers: Array.isArray(ids) ? sorted(ids.map(String)) : [String(ids)],
    }));
}

function parseConditions(value: unknown): Condition[] {
    return Object.entries((value ?? {}) as Record<string, Record<string, unknown>>).flatMap(([test, variables]) =>
        Object.entries(variables).map(([variable, values]) => ({
            test,
            variable,
            values: Array.isArray(values)
                ? values.map(String)
                : [typeof values === "string" ? values : JSON.stringify(values)],
        })),
    );
}

type Json = string | string[] | Json[] | { [key: string]: Json };

function marshal(document: Document): Json {
    return compact({
        Version: document.version,
        Id: document.id,
        Statement: document.statements.map((one) =>
            compact({
                Sid: one.sid,
                Effect: one.effect,
                Action: oneOrMany(one.actions),
                NotAction: oneOrMany(one.notActions),
                Resource: oneOrMany(one.resources),
                NotResource: oneOrMany(one.notResources),
                Principal: marshalPrincipals(one.principals),
                NotPrincipal: marshalPrincipals(one.notPrincipals),
                Condition: marshalConditions(one.conditions),
            }),
        ),
    });
}

/** Leaves out what is empty. */
function compact(map: Record<string, Json | undefined>): Record<string, Json> {
    return Object.fromEntries(
        Object.entries(map).filter((entry): entry is [string, Json] => {
            const value = entry[1];
            return value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);
        }),
    );
}

function oneOrMany(values: string[] | undefined): Json | undefined {
    return values?.length === 1 ? values[0] : values;
}

function marshalPrincipals(principals: Principal[]): Json | undefined {
    if (principals.length === 0) {
        return undefined;
    }
    const [first] = principals;
    if (
        principals.length === 1 &&
        first?.type === "*" &&
        first.identifiers.length === 1 &&
        first.identifiers[0] === "*"
    ) {
        return "*";
    }
    const byType = new Map<string, string[]>();
    for (const principal of principals) {
        byType.set(principal.type, [...(byType.get(principal.type) ?? []), ...principal.identifiers]);
    }
    return ordered([...byType].map(([type, ids]) => [type, oneOrMany(ids) ?? []]));
}

function marshalConditions(conditions: Condition[]): Json | undefined {
    if (conditions.length === 0) {
        return undefined;
    }
    const tests = new Map<string, Map<string, string[]>>();
    for (const { test, variable, values } of conditions) {
        const inner = tests.get(test) ?? new Map<string, string[]>();
        inner.set(variable, [...(inner.get(variable) ?? []), ...values]);
        tests.set(test, inner);
    }
    return ordered(
        [...tests].map(([test, inner]) => [
            test,
            ordered([...inner].map(([variable, values]): [string, Json] => [variable, oneOrMany(values) ?? []])),
        ]),
    );
}

function ordered(entries: [string, Json][]): Record<string, Json> {
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Go's JSON writer escapes these, so the real document has them escaped. */
function escaped(json: string): string {
    return json.replace(/[<>&]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
