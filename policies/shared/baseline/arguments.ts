/** The arguments of the baseline command. All mistakes are told at once. */
import { parseArgs } from "node:util";
import type { ExemptionTerms } from "../exemption";
import { DEFAULT_EXEMPTIONS_FILE } from "../exemptions";
import { append } from "../multimap";
import type { Severity } from "../rule";

export const USAGE = `Writes what the policy packs found into the file of exemptions, so that a stack that exists can be judged from now on.

  headroom-policy-baseline --owner WHO --ticket ID --reason TEXT --expires YYYY-MM-DD [options]

  --owner WHO          who answers for the exemptions
  --ticket ID          where the work that makes them superfluous is tracked
  --reason TEXT        why the findings are acceptable until then
  --expires DATE       the last day on which they hold
  --reports FOLDER     where the packs' *.findings.json are (default: HEADROOM_POLICY_REPORTS, else policy-reports)
  --file FILE          the file of exemptions to write or extend (default: ${DEFAULT_EXEMPTIONS_FILE})
  --rule RULE          findings of this rule only; can be repeated
  --severity LEVEL     findings of this severity only (low, medium, high, critical); can be repeated
  --dry-run            say what would be written, and write nothing
`;

const SEVERITIES: readonly Severity[] = ["low", "medium", "high", "critical"];
const TEXTS = ["owner", "ticket", "reason", "expires", "reports", "file"] as const;
const LISTS = ["rule", "severity"] as const;
const FLAGS = ["dry-run", "help"] as const;

export interface BaselineArguments {
    readonly terms: Readonly<Partial<Record<keyof ExemptionTerms, string>>>;
    readonly reports: string;
    readonly file: string;
    /** Empty: all. */
    readonly rules: ReadonlySet<string>;
    /** Empty: all. */
    readonly severities: ReadonlySet<string>;
    readonly dryRun: boolean;
    readonly help: boolean;
}

export function parseArguments(
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    everyRule: ReadonlySet<string>,
): { readonly parsed: BaselineArguments; readonly problems: readonly string[] } {
    const { tokens } = parseArgs({
        args: [...args],
        strict: false,
        tokens: true,
        options: {
            ...Object.fromEntries([...TEXTS, ...LISTS].map((name) => [name, { type: "string" as const }])),
            ...Object.fromEntries(FLAGS.map((name) => [name, { type: "boolean" as const }])),
        },
    });
    const problems: string[] = [];
    const values = new Map<string, string[]>();
    for (const token of tokens) {
        if (token.kind === "positional") {
            problems.push(`${JSON.stringify(token.value)} belongs to no option. Quote a value that has blanks in it.`);
            continue;
        }
        if (token.kind !== "option") {
            continue;
        }
        const { name, rawName, value } = token;
        const isFlag = (FLAGS as readonly string[]).includes(name);
        const isList = (LISTS as readonly string[]).includes(name);
        if (!isFlag && !isList && !(TEXTS as readonly string[]).includes(name)) {
            problems.push(
                `${rawName} is no option; there are ${[...TEXTS, ...LISTS, ...FLAGS].map((each) => `--${each}`).join(", ")}.`,
            );
        } else if (isFlag !== (value === undefined)) {
            problems.push(isFlag ? `${rawName} takes no value.` : `${rawName} has no value.`);
        } else if (!isList && values.has(name)) {
            problems.push(`${rawName} is there twice.`);
        } else {
            append(values, name, value ?? "");
        }
    }
    const one = (name: string): string | undefined => values.get(name)?.[0];
    const rules = new Set(values.get("rule"));
    const severities = new Set(values.get("severity"));
    for (const rule of [...rules].filter((each) => !everyRule.has(each))) {
        problems.push(
            `--rule is ${JSON.stringify(rule)}, which is no rule of these packs; the README of each pack lists them.`,
        );
    }
    for (const severity of [...severities].filter((each) => !(SEVERITIES as readonly string[]).includes(each))) {
        problems.push(`--severity is ${JSON.stringify(severity)}; allowed are ${SEVERITIES.join(", ")}.`);
    }
    const terms = Object.fromEntries(
        (["owner", "ticket", "reason", "expires"] as const).flatMap((name) => {
            const value = one(name);
            return value === undefined ? [] : [[name, value.trim()]];
        }),
    );
    const fromEnvironment = env["HEADROOM_POLICY_REPORTS"] ?? "";
    return {
        parsed: {
            terms,
            reports: one("reports") ?? (fromEnvironment === "" ? "policy-reports" : fromEnvironment),
            file: one("file") ?? DEFAULT_EXEMPTIONS_FILE,
            rules,
            severities,
            dryRun: values.has("dry-run"),
            help: values.has("help"),
        },
        problems,
    };
}
