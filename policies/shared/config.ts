/**
 * The configuration of a pack, as the engine hands it over (`--policy-pack-config FILE`): a level or an object for each
 * rule. The engine checks types against the rules' schemas and fills in defaults, but takes unknown rule names and
 * unknown keys in silence; here they are problems.
 */
import type { PolicyConfigJSONSchema } from "@pulumi/policy/schema";
import { DEFAULT_EXEMPTIONS_FILE } from "./exemptions";
import { defaultLevel, type Level, type Rule, type Setting, type Settings } from "./rule";

/** The name under which the pack reports mistakes in its own configuration. */
export const CONFIGURATION = "configuration";
/** The name under which the pack reports mistakes in the file of exemptions. */
export const EXEMPTIONS = "exemptions";

/** What is configured for one rule, before it is checked. */
export interface RawRuleConfig {
    readonly level?: Level;
    readonly properties: Readonly<Record<string, unknown>>;
}

/** What is configured, by rule. */
export type RawConfig = ReadonlyMap<string, RawRuleConfig>;

export const EXEMPTIONS_SETTINGS: Readonly<Record<"file" | "maximumDays", Setting>> = {
    file: {
        type: "string",
        default: DEFAULT_EXEMPTIONS_FILE,
        description:
            "File of exemptions: an absolute path, or a name that is looked for in the program's folder and above it.",
    },
    maximumDays: {
        type: "integer",
        minimum: 1,
        default: 366,
        description: "How many days ahead an exemption may expire: a year, so that each is looked at once a year.",
    },
};

/** The setting that every rule has. */
function undeterminedSetting(rule: Rule): Setting {
    return {
        type: "string",
        enum: ["same", "advisory"],
        default: rule.undetermined ?? "same",
        description:
            "Level of findings that cannot be judged because a value is not known in preview: the rule's own (same) or advisory.",
    };
}

/** All settings of a rule, its own and the common one. */
export function settingsOf(rule: Rule): Readonly<Record<string, Setting>> {
    return { ...rule.settings, undetermined: undeterminedSetting(rule) };
}

/** A rule's configuration, checked, with its defaults filled in. */
export interface RuleConfig {
    readonly level: Level;
    readonly undetermined: "same" | "advisory";
    readonly settings: Settings;
}

function typeName(value: unknown): string {
    if (value === null) {
        return "null";
    }
    return Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
}

/** What is wrong with a value by the part of JSON schema that the packs' settings use. */
function schemaProblem(schema: PolicyConfigJSONSchema, value: unknown): string | undefined {
    const actual = typeName(value);
    const allowed = schema.type === undefined ? [] : Array.isArray(schema.type) ? schema.type : [schema.type];
    if (allowed.length > 0 && !allowed.some((type) => type === actual || (type === "number" && actual === "integer"))) {
        return `must be of type ${allowed.join(" or ")}`;
    }
    if (schema.enum !== undefined && !schema.enum.includes(value as string)) {
        return `must be one of ${schema.enum.map((option) => JSON.stringify(option)).join(", ")}`;
    }
    if (typeof value === "number" && schema.minimum !== undefined && value < schema.minimum) {
        return `must be at least ${schema.minimum}`;
    }
    if (typeof value === "number" && schema.maximum !== undefined && value > schema.maximum) {
        return `must be at most ${schema.maximum}`;
    }
    const inner = Array.isArray(value) && !Array.isArray(schema.items) ? schema.items : undefined;
    const each =
        actual === "object" && typeof schema.additionalProperties === "object" ? schema.additionalProperties : inner;
    if (typeof each === "object") {
        for (const [key, element] of Object.entries(value as object)) {
            const problem = schemaProblem(each, element);
            if (problem !== undefined) {
                return `${key}: ${problem}`;
            }
        }
    }
    return undefined;
}

function example(schema: Setting): string {
    return schema.default === undefined ? "" : `, for example ${JSON.stringify(schema.default)}`;
}

/** The checked configuration of a pack. */
export class Configuration {
    readonly problems: readonly string[];
    readonly exemptions: { readonly file: string; readonly maximumDays: number; readonly level: Level };
    readonly #rules = new Map<string, RuleConfig>();

    constructor(rules: readonly Rule[], raw: RawConfig = new Map()) {
        const problems: string[] = [];
        const read = (name: string, schemas: Readonly<Record<string, Setting>>): Record<string, unknown> => {
            const given = raw.get(name)?.properties ?? {};
            const values: Record<string, unknown> = {};
            for (const [key, schema] of Object.entries(schemas)) {
                const problem = given[key] === undefined ? undefined : schemaProblem(schema, given[key]);
                if (problem !== undefined) {
                    problems.push(`${name}.${key} is ${JSON.stringify(given[key])} and ${problem}${example(schema)}.`);
                }
                values[key] = given[key] === undefined || problem !== undefined ? schema.default : given[key];
            }
            for (const key of Object.keys(given).filter((candidate) => !(candidate in schemas))) {
                const allowed = ["enforcementLevel", ...Object.keys(schemas)].join(", ");
                problems.push(`${name}.${key} is not a setting of this rule; allowed are ${allowed}.`);
            }
            return values;
        };

        for (const rule of rules) {
            const { undetermined, ...settings } = read(rule.id, settingsOf(rule));
            this.#rules.set(rule.id, {
                level: raw.get(rule.id)?.level ?? defaultLevel(rule),
                undetermined: undetermined as "same" | "advisory",
                settings,
            });
        }
        const { file, maximumDays } = read(EXEMPTIONS, EXEMPTIONS_SETTINGS);
        this.exemptions = {
            file: file as string,
            maximumDays: maximumDays as number,
            level: raw.get(EXEMPTIONS)?.level ?? "mandatory",
        };
        read(CONFIGURATION, {});
        const known = new Set([...this.#rules.keys(), EXEMPTIONS, CONFIGURATION]);
        for (const name of raw.keys()) {
            if (!known.has(name)) {
                problems.push(`\`${name}\` is not a rule of this pack; docs/policies/rules.md lists them.`);
            }
        }
        this.problems = problems;
    }

    /** The configuration of a rule of this pack. */
    rule(id: string): RuleConfig {
        const config = this.#rules.get(id);
        if (config === undefined) {
            throw new Error(`the rule ${id} is not in this pack`);
        }
        return config;
    }

    /** Whether a rule is of this pack and not switched off. */
    runs(id: string): boolean {
        const config = this.#rules.get(id);
        return config !== undefined && config.level !== "disabled";
    }
}
