/**
 * The configuration of a pack, as the engine hands it over (`--policy-pack-config FILE`): a level or an object for each
 * rule. The engine checks types against the rules' schemas and fills in defaults, but takes unknown rule names and
 * unknown keys in silence; here they are problems.
 */
import type { PolicyConfigJSONSchema } from "@pulumi/policy/schema";
import { DEFAULT_EXEMPTIONS_FILE } from "./exemptions";
import ruleNames from "./rule-names.json";
import { defaultLevel, type Level, type Rule, type Setting, type Settings } from "./rule";

/** The name under which the pack reports mistakes in its own configuration. */
export const CONFIGURATION = "configuration";
/** The name under which the pack reports mistakes in the file of exemptions. */
export const EXEMPTIONS = "exemptions";
/** The name under which the files for CI are configured. */
export const REPORTS = "reports";

/** What is configured for one rule, before it is checked. */
export interface RawRuleConfig {
    readonly level?: Level;
    readonly properties: Readonly<Record<string, unknown>>;
}

/** What is configured, by rule. */
export type RawConfig = ReadonlyMap<string, RawRuleConfig>;

export const EXEMPTIONS_SETTINGS: Readonly<Record<"file" | "maximumDays" | "onResources", Setting>> = {
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
    onResources: {
        type: "boolean",
        default: true,
        description:
            "Whether a resource can carry its own exemption, as a tag or annotation. Where only the reviewed file may, such a tag is itself reported.",
    },
};

export const REPORTS_SETTINGS: Readonly<Record<"directory", Setting>> = {
    directory: {
        type: "string",
        default: "",
        description:
            "Folder for the reports for CI: an absolute path, or one below the program's folder. The variable HEADROOM_POLICY_REPORTS goes before it; without both there are none.",
    },
};

/** The settings that every rule has. */
export const COMMON_SETTINGS: Readonly<Record<"undetermined" | "regions", Setting>> = {
    undetermined: {
        type: "string",
        enum: ["same", "advisory"],
        default: "same",
        description:
            "Level of findings that cannot be judged because a value is not known in preview: the rule's own (same) or advisory.",
    },
    regions: {
        type: "array",
        // A name that no region can have would leave the rule without anything to judge, in silence.
        items: { type: "string", pattern: "^[a-z]{2}(-[a-z]+)+-[0-9]+$" },
        default: [],
        description:
            "Regions whose resources the rule judges; an empty list means all. A resource whose region is not known is always judged.",
    },
};

/** All settings of a rule, its own and the common ones. */
export function settingsOf(rule: Rule): Readonly<Record<string, Setting>> {
    const { undetermined, regions } = COMMON_SETTINGS;
    return { ...rule.settings, undetermined: { ...undetermined, default: rule.undetermined ?? "same" }, regions };
}

/** A rule's configuration, checked, with its defaults filled in. */
export interface RuleConfig {
    readonly level: Level;
    readonly undetermined: "same" | "advisory";
    /** Regions it is limited to; empty: all. */
    readonly regions: ReadonlySet<string>;
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
    if (typeof value === "string" && schema.pattern !== undefined && !new RegExp(schema.pattern, "u").test(value)) {
        return `${JSON.stringify(value)} must match ${schema.pattern}`;
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
    readonly exemptions: {
        readonly file: string;
        readonly maximumDays: number;
        readonly onResources: boolean;
        readonly level: Level;
    };
    /** Folder for the reports, as it is configured; empty: none. */
    readonly reportsDirectory: string;
    /** Whether any rule is limited to some regions. */
    readonly limitsRegions: boolean;
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
            const { undetermined, regions, ...settings } = read(rule.id, settingsOf(rule));
            this.#rules.set(rule.id, {
                level: raw.get(rule.id)?.level ?? defaultLevel(rule),
                undetermined: undetermined as "same" | "advisory",
                regions: new Set(regions as readonly string[]),
                settings,
            });
        }
        const { file, maximumDays, onResources } = read(EXEMPTIONS, EXEMPTIONS_SETTINGS);
        this.exemptions = {
            file: file as string,
            maximumDays: maximumDays as number,
            onResources: onResources as boolean,
            level: raw.get(EXEMPTIONS)?.level ?? "mandatory",
        };
        this.reportsDirectory = read(REPORTS, REPORTS_SETTINGS)["directory"] as string;
        read(CONFIGURATION, {});
        const known = new Set([...this.#rules.keys(), EXEMPTIONS, REPORTS, CONFIGURATION]);
        for (const name of raw.keys()) {
            if (!known.has(name)) {
                const other = Object.entries<readonly string[]>(ruleNames).find(([, ids]) => ids.includes(name))?.[0];
                problems.push(
                    other === undefined
                        ? `\`${name}\` is not a rule of this pack; its README lists them.`
                        : `\`${name}\` is a rule of the pack ${other}, not of this one. Each pack takes a configuration file of its own.`,
                );
            }
        }
        this.limitsRegions = [...this.#rules.values()].some(({ regions }) => regions.size > 0);
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
