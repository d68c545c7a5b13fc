import { documentedDefault, forcesNewResource } from "./parse-docs";
import type { ObjectSpec, PropertySpec, TypeSpec } from "./types";

/** A property of an interface or class, as the declaration file has it. */
export interface Member {
    name: string;
    optional: boolean;
    type: string;
    doc: string;
}

const memberStart = /(?:readonly\s+)?(?:"([^"]+)"|'([^']+)'|([\w$]+))(\??)\s*:\s*/y;
const whiteSpace = /\s+/y;

/**
 * Reads the members of an interface or class, from just behind its opening brace up to its closing one.
 * Methods, constructors and index signatures are skipped.
 */
export function parseMembers(text: string, start: number): { members: Member[]; end: number } {
    const members: Member[] = [];
    let position = start;
    let doc = "";
    while (position < text.length) {
        whiteSpace.lastIndex = position;
        if (whiteSpace.test(text)) {
            position = whiteSpace.lastIndex;
        }
        if (text.startsWith("/*", position)) {
            const end = text.indexOf("*/", position + 2);
            doc = text.slice(position, end);
            position = end + 2;
            continue;
        }
        if (text[position] === "}" || position >= text.length) {
            return { members, end: position + 1 };
        }
        memberStart.lastIndex = position;
        const match = memberStart.exec(text);
        const typeStart = match ? memberStart.lastIndex : position;
        const end = endOfStatement(text, typeStart);
        if (match) {
            const name = match[1] ?? match[2] ?? match[3] ?? "";
            members.push({ name, optional: match[4] === "?", type: text.slice(typeStart, end), doc });
        }
        doc = "";
        position = end + 1;
    }
    return { members, end: position };
}

/** The place of the `;` that ends a member: the first one outside of all brackets, quotes and comments. */
function endOfStatement(text: string, start: number): number {
    let depth = 0;
    for (let i = start; i < text.length; i++) {
        const c = text[i];
        if (c === '"' || c === "'" || c === "`") {
            i = text.indexOf(c, i + 1);
        } else if (c === "/" && text[i + 1] === "*") {
            i = text.indexOf("*/", i + 2) + 1;
        } else if (c === "{" || c === "(" || c === "[" || c === "<") {
            depth++;
        } else if (c === "}" || c === ")" || c === "]" || (c === ">" && text[i - 1] !== "=")) {
            depth--;
        } else if (c === ";" && depth <= 0) {
            return i;
        }
        if (i < 0) {
            break;
        }
    }
    return text.length;
}

/** Turns members into property specifications; `undefined` in a type makes the property optional. */
export function toProperties(members: Member[]): ObjectSpec {
    const result: ObjectSpec = {};
    for (const member of members) {
        const { type, optional } = parseType(member.type);
        const property: PropertySpec = { type };
        if (!member.optional && !optional) {
            property.required = true;
        }
        if (forcesNewResource(member.doc)) {
            property.forcesNew = true;
        }
        const value = documentedDefault(member.doc);
        if (value !== undefined) {
            property.documentedDefault = value;
        }
        result[member.name] = property;
    }
    return result;
}

/** All interfaces in a piece of a declaration file, by name. */
export function parseInterfaces(text: string): Record<string, ObjectSpec> {
    const result: Record<string, ObjectSpec> = {};
    const start = /^\s*(?:export )?(?:declare )?interface (\w+)[^{]*\{/gm;
    for (let match = start.exec(text); match; match = start.exec(text)) {
        const { members, end } = parseMembers(text, start.lastIndex);
        result[match[1] ?? ""] = toProperties(members);
        start.lastIndex = end;
    }
    return result;
}

/** The members of one named interface or class; undefined if the text does not declare it. */
export function membersOf(text: string, kind: "interface" | "class", name: string): Member[] | undefined {
    const match = new RegExp(`^export (?:declare )?(?:abstract )?${kind} ${name}\\b[^{]*\\{`, "m").exec(text);
    return match ? parseMembers(text, match.index + match[0].length).members : undefined;
}

/** Parses the text of a TypeScript type as far as Pulumi's generated declarations use the language. */
export function parseType(text: string): { type: TypeSpec; optional: boolean } {
    return new TypeParser(text).parse();
}

const token = /\s*("[^"]*"|'[^']*'|[\w$.]+|\[\]|=>|[{}()<>|,;:?[\]&])/y;
const scalars = new Set(["string", "number", "boolean"]);
const wrappers = new Set(["pulumi.Input", "pulumi.Output", "Promise", "Input", "Output"]);

class TypeParser {
    private readonly tokens: string[] = [];
    private next = 0;

    constructor(text: string) {
        const clean = text.replace(/\/\*[\s\S]*?\*\//g, "");
        token.lastIndex = 0;
        for (let match = token.exec(clean); match; match = token.exec(clean)) {
            this.tokens.push(match[1] ?? "");
        }
    }

    parse(): { type: TypeSpec; optional: boolean } {
        const alternatives: TypeSpec[] = [];
        let optional = false;
        let unknownName = false;
        do {
            const one = this.postfix();
            if (one === undefined) {
                optional = true;
            } else if (one === "unknown") {
                unknownName = true;
            } else {
                if (one.optional) {
                    optional = true;
                }
                alternatives.push(one.type);
            }
        } while (this.accept("|"));
        return { type: union(alternatives, unknownName), optional };
    }

    private postfix(): { type: TypeSpec; optional: boolean } | "unknown" | undefined {
        let type = this.primary();
        while (this.accept("[]")) {
            type = { type: { array: type === undefined || type === "unknown" ? "any" : type.type }, optional: false };
        }
        return type;
    }

    private primary(): { type: TypeSpec; optional: boolean } | "unknown" | undefined {
        const word = this.tokens[this.next++] ?? "any";
        if (word.startsWith('"') || word.startsWith("'")) {
            return plain({ literal: word.slice(1, -1) });
        }
        if (word === "(") {
            const inner = this.parse();
            this.accept(")");
            return inner;
        }
        if (word === "{") {
            return plain(this.braces());
        }
        if (scalars.has(word)) {
            return plain(word as TypeSpec);
        }
        if (word === "undefined" || word === "null" || word === "never") {
            return undefined;
        }
        if (wrappers.has(word) && this.accept("<")) {
            const inner = this.parse();
            this.accept(">");
            return inner;
        }
        if (word === "Record" && this.accept("<")) {
            this.parse();
            this.accept(",");
            const value = this.parse().type;
            this.accept(">");
            return plain({ map: value });
        }
        return this.named(word);
    }

    private named(word: string): { type: TypeSpec; optional: boolean } | "unknown" {
        const reference = /^(?:types\.)?(?:inputs?|outputs?)\.(.+)$/.exec(word);
        if (reference) {
            return plain({ ref: reference[1] ?? "" });
        }
        if (word.startsWith("enums.") || word === "pulumi.ID" || word === "ARN") {
            return plain("string");
        }
        if (word.startsWith("pulumi.asset.")) {
            return plain("asset");
        }
        return word === "any" ? plain("any") : "unknown";
    }

    /** `{ [key: string]: T }` is a map; an object type written in place is not described further. */
    private braces(): TypeSpec {
        if (this.tokens[this.next] === "[") {
            while (this.tokens[this.next] !== "]" && this.next < this.tokens.length) {
                this.next++;
            }
            this.next++;
            this.accept(":");
            const value = this.parse().type;
            this.accept(";");
            this.accept("}");
            return { map: value };
        }
        for (let depth = 1; depth > 0 && this.next < this.tokens.length; this.next++) {
            depth += this.tokens[this.next] === "{" ? 1 : this.tokens[this.next] === "}" ? -1 : 0;
        }
        return "any";
    }

    private accept(expected: string): boolean {
        if (this.tokens[this.next] === expected) {
            this.next++;
            return true;
        }
        return false;
    }
}

function plain(type: TypeSpec): { type: TypeSpec; optional: boolean } {
    return { type, optional: false };
}

/**
 * One type for several alternatives. A name that only the declaration file knows (an enumeration of the same module, or a
 * resource that stands for its own name or ARN) always arrives as a string.
 */
function union(alternatives: TypeSpec[], unknownName: boolean): TypeSpec {
    const seen = new Map<string, TypeSpec>();
    for (const type of alternatives) {
        seen.set(JSON.stringify(type), type);
    }
    const different = [...seen.values()];
    if (different.length === 0) {
        return "any";
    }
    if (different.includes("any")) {
        return "any";
    }
    if (unknownName && !different.includes("string")) {
        return "any";
    }
    if (different.includes("string")) {
        const others = different.filter((type) => typeof type === "string" || !("literal" in type));
        return others.length === 1 ? "string" : { anyOf: others };
    }
    return different.length === 1 ? (different[0] as TypeSpec) : { anyOf: different };
}
