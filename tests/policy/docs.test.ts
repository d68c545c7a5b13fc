import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { definitions, generated, renderReadme, renderRuleNames, renderRules } from "../../policies/generate-docs";
import { Configuration, type RawRuleConfig } from "../../policies/shared/config";
import { loadExemptions } from "../../policies/shared/exemptions";
import { parseExemptions } from "../../policies/shared/exemption-schema";
import type { Level } from "../../policies/shared/rule";

const docs = join(__dirname, "..", "..", "docs", "policies");
const everyRule = new Set(definitions.flatMap(({ rules }) => rules.map(({ id }) => id)));

function codeBlock(file: string, language: string): string {
    const block = new RegExp("```" + language + "\\n([\\s\\S]*?)```").exec(readFileSync(join(docs, file), "utf8"))?.[1];
    if (block === undefined) {
        throw new Error(`${file} has a block of ${language}`);
    }
    return block;
}

test("the page of rules and the list of names are what the rules say; run policies/generate-docs.ts if not", () => {
    expect(readFileSync(generated.rules, "utf8")).toBe(renderRules(definitions));
    expect(readFileSync(generated.names, "utf8")).toBe(renderRuleNames(definitions));
});

test.each(definitions)(
    "the readme of $name is what its rules say, and its package has the licence of the repository",
    (pack) => {
        expect(readFileSync(generated.readme(pack), "utf8")).toBe(renderReadme(pack));
        const folder = dirname(generated.readme(pack));
        const licence = readFileSync(join(docs, "..", "..", "LICENSE"), "utf8");
        expect(readFileSync(join(folder, "LICENSE"), "utf8")).toBe(licence);
    },
);

test("the example of exemptions is well-formed", () => {
    const options = { rules: everyRule, maximumDays: 366, today: "2026-01-01" };
    const { problems, exemptions } = parseExemptions(codeBlock("exemptions.md", "yaml"), options);
    expect(problems).toEqual([]);
    expect(exemptions).toHaveLength(1);
});

test("the example of a configuration names rules and settings that exist, with values that are allowed", () => {
    const example = parse(codeBlock("configuration.md", "json")) as Record<string, string | Record<string, unknown>>;
    const rules = definitions.flatMap((definition) => definition.rules);
    const unique = rules.filter(({ id }, index) => rules.findIndex((other) => other.id === id) === index);
    const raw = new Map(
        Object.entries(example)
            .filter(([name]) => name !== "all")
            .map(([name, value]): [string, RawRuleConfig] => {
                const { enforcementLevel, ...properties } =
                    typeof value === "string" ? { enforcementLevel: value } : value;
                return [name, { level: enforcementLevel as Level, properties }];
            }),
    );
    expect(new Configuration(unique, raw).problems).toEqual([]);
});

test("a rule has everything that its section of the page needs, and ids are words joined by hyphens", () => {
    for (const { rules } of definitions) {
        expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
        for (const rule of rules) {
            expect(rule.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
            expect(rule.url).toMatch(/^https:\/\//);
            expect(rule.tokens.length).toBeGreaterThan(0);
            // They stand in the middle of a sentence and are ended by the wording.
            for (const clause of [rule.why, rule.fix]) {
                expect(clause).toMatch(/^\S.*[^.]$/);
            }
        }
    }
});

test("no file of exemptions is the same as an empty one", () => {
    expect(loadExemptions(undefined, everyRule, 366)).toEqual({ exemptions: [], problems: [] });
});
