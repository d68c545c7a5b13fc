/**
 * Writes docs/policies/rules.md, shared/rule-names.json and the packs' readmes from the rules themselves:
 *
 *     node -r ./offline/register.js policies/generate-docs.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMMON_SETTINGS, EXEMPTIONS_SETTINGS, REPORTS_SETTINGS } from "./shared/config";
import { definition as encryption } from "./encryption/definition";
import { definition as noSinglePointOfFailure } from "./no-single-point-of-failure/definition";
import type { PackDefinition } from "./shared/pack-definition";
import { defaultLevel, type Rule, type Setting } from "./shared/rule";

/** Both packs, in the order of the page. */
export const definitions: readonly PackDefinition[] = [noSinglePointOfFailure, encryption];

const LEVELS = { same: "the rule's own level", advisory: "advisory" } as const;

function references({ frameworks: { fsbp = [], checkov = [], wellArchitected = [] } }: Rule): string {
    const groups = [
        fsbp.length > 0 ? `AWS FSBP ${fsbp.join(", ")}` : "",
        checkov.length > 0 ? `checkov ${checkov.join(", ")}` : "",
        wellArchitected.length > 0 ? `Well-Architected ${wellArchitected.join(", ")}` : "",
    ];
    return groups.filter((group) => group !== "").join("; ");
}

function settingRow(name: string, setting: Setting): string {
    const value = JSON.stringify(setting.default);
    return `| \`${name}\` | ${setting.description} | \`${value}\` |`;
}

function settingsTable(settings: Readonly<Record<string, Setting>>): readonly string[] {
    const rows = Object.entries(settings).map(([name, setting]) => settingRow(name, setting));
    return rows.length === 0 ? [] : ["", "| setting | what it is | default |", "|---|---|---|", ...rows];
}

function sentence(text: string): string {
    const upper = text.charAt(0).toUpperCase() + text.slice(1);
    return /[.!?]$/.test(upper) ? upper : `${upper}.`;
}

function ruleSection(rule: Rule): readonly string[] {
    return [
        `### ${rule.id}`,
        "",
        sentence(rule.title),
        "",
        `- Severity ${rule.severity}, ${defaultLevel(rule)} by default; what is not known in preview: ${LEVELS[rule.undetermined ?? "same"]}.`,
        `- Where it is broken: ${rule.why}.`,
        `- Fix: ${rule.fix}.`,
        `- Looks at: ${[...rule.tokens]
            .sort()
            .map((token) => `\`${token}\``)
            .join(", ")}.`,
        ...(references(rule) === "" ? [] : [`- The same elsewhere: ${references(rule)}.`]),
        ...(rule.kind === "resource" && rule.remediate !== undefined
            ? ["- Can mend it: set its level to `remediate`."]
            : []),
        `- [Documentation](${rule.url})`,
        ...settingsTable(rule.settings ?? {}),
        "",
    ];
}

/** The page of all rules. */
export function renderRules(packs: readonly PackDefinition[]): string {
    const count = packs.reduce((sum, { rules }) => sum + rules.length, 0);
    const lines = [
        "# The rules of the policy packs",
        "",
        "<!-- Written by policies/generate-docs.ts from the rules themselves. Change the rules, not this page. -->",
        "",
        "<!-- prettier-ignore-start -->",
        "",
        `${count} rules in ${packs.length} packs. How to set levels and limits is in [configuration.md](configuration.md), how to`,
        "make an exception for one resource in [exemptions.md](exemptions.md).",
        "",
    ];
    for (const { title, name, description, rules } of packs) {
        const sorted = [...rules].sort((a, b) => (a.id < b.id ? -1 : 1));
        lines.push(`## ${title}`, "", `Pack \`${name}\`. ${description}`, "");
        lines.push("| rule | what holds | severity | default |", "|---|---|---|---|");
        for (const rule of sorted) {
            lines.push(`| [${rule.id}](#${rule.id}) | ${rule.title} | ${rule.severity} | ${defaultLevel(rule)} |`);
        }
        lines.push("", ...sorted.flatMap(ruleSection));
    }
    lines.push(
        "## In both packs",
        "",
        "- `configuration` (mandatory): the configuration names a rule or a setting that does not exist, or a value that is not allowed.",
        "- `exemptions` (mandatory): an exemption, in the file or on a resource, is malformed, expired or no longer needed.",
        ...settingsTable(EXEMPTIONS_SETTINGS),
        "",
        "- `reports`: where the files for CI go ([reports.md](reports.md)).",
        ...settingsTable(REPORTS_SETTINGS),
        "",
        "Every rule has these settings besides its own:",
        ...settingsTable(COMMON_SETTINGS),
        "",
        "<!-- prettier-ignore-end -->",
    );
    return `${lines.join("\n")}\n`;
}

/** The readme of a pack's package, which stands alone: no other page of the repository is in the package. */
export function renderReadme({ title, name, description, rules, version = "" }: PackDefinition): string {
    const sorted = [...rules].sort((a, b) => (a.id < b.id ? -1 : 1));
    const example = sorted.find((rule) => defaultLevel(rule) === "advisory") ?? sorted[0];
    const ofDatabases = sorted.find(({ id, severity }) => id.startsWith("rds-") && severity !== "medium");
    return [
        `# ${title}`,
        "",
        "<!-- Written by policies/generate-docs.ts from the rules themselves. Change the rules, not this page. -->",
        "",
        "<!-- prettier-ignore-start -->",
        "",
        `${description} A Pulumi policy pack of ${rules.length} rules for programs on AWS and Kubernetes, in any language.`,
        "",
        "## Run it",
        "",
        "```sh",
        `npm install --save-dev ./headroom-policy-${name}-${version}.tgz`,
        `pulumi preview --policy-pack node_modules/@headroom/policy-${name}`,
        "```",
        "",
        "Over a state file, without the program:",
        "",
        "```sh",
        `pulumi policy analyze --file state.json --policy-pack node_modules/@headroom/policy-${name}`,
        "```",
        "",
        "What is not known in preview is reported as undetermined, never taken for kept.",
        "",
        "## Configure it",
        "",
        "`--policy-pack-config FILE` takes JSON: for each rule a level (`advisory`, `mandatory`, `disabled`, and `remediate` where the",
        "rule can mend what it finds), or an object with `enforcementLevel` and settings. `all` stands for every rule that is not named.",
        "Names and settings that do not exist are errors.",
        "",
        "```json",
        JSON.stringify({
            all: "mandatory",
            [example?.id ?? ""]: { enforcementLevel: "advisory", regions: ["eu-central-1"] },
        }),
        "```",
        "",
        "## Make an exception",
        "",
        "In `policy-exemptions.yaml` beside the program, or on the resource as a tag `headroom:exempt:<rule>` (on Kubernetes an",
        "annotation `policies.headroom.dev/exempt.<rule>`) that says",
        "`expires=2026-06-30 owner=platform@example.com ticket=OPS-123 reason=why it is acceptable`. The finding still shows. An",
        "exemption that is malformed, expired or no longer needed is a violation itself.",
        "",
        "```yaml",
        "exemptions:",
        `  - rule: ${ofDatabases?.id ?? ""}`,
        '    resource: "urn:pulumi:dev::shop::aws:rds/instance:Instance::orders"',
        "    stacks: [dev]",
        "    reason: why it is acceptable until then",
        "    owner: platform@example.com",
        "    ticket: OPS-123",
        "    expires: 2026-06-30",
        "```",
        "",
        "For a stack with many findings, `npx headroom-policy-baseline --help` tells how to have that file written.",
        "",
        "## Reports",
        "",
        "With a folder in the environment variable `HEADROOM_POLICY_REPORTS` the pack writes its findings there as SARIF 2.1.0, JUnit",
        "and JSON.",
        "",
        "## Rules",
        "",
        "| rule | what holds | severity | default | fix |",
        "|---|---|---|---|---|",
        ...sorted.map((rule) => {
            const { id, title: holds, severity, fix, url } = rule;
            return `| [${id}](${url}) | ${holds} | ${severity} | ${defaultLevel(rule)} | ${fix.replaceAll("|", "\\|")} |`;
        }),
        "",
        "<!-- prettier-ignore-end -->",
        "",
    ].join("\n");
}

/** The ids of all rules by pack, which each pack needs to tell a misspelt exemption from one for the other pack. */
export function renderRuleNames(packs: readonly PackDefinition[]): string {
    const names = Object.fromEntries(packs.map(({ name, rules }) => [name, rules.map(({ id }) => id).sort()]));
    return `${JSON.stringify(names, null, 2)}\n`;
}

/** Where the two files are. */
export const generated = {
    rules: join(__dirname, "..", "docs", "policies", "rules.md"),
    names: join(__dirname, "shared", "rule-names.json"),
    readme: (pack: PackDefinition): string => join(__dirname, pack.name, "README.md"),
} as const;

if (require.main === module) {
    writeFileSync(generated.rules, renderRules(definitions));
    writeFileSync(generated.names, renderRuleNames(definitions));
    for (const pack of definitions) {
        writeFileSync(generated.readme(pack), renderReadme(pack));
    }
}
