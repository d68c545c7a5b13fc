/** The format of exemptions, in the file and on a resource, checked so that all mistakes are told at once. */
import { parse as parseYaml } from "yaml";
import * as z from "zod/mini";
import type { Exemption, ExemptionTerms, LoadedExemption, LoadedExemptions } from "./exemption";
import { anchoringProblem, namedStack } from "./urn-pattern";

export interface SchemaOptions {
    readonly rules: ReadonlySet<string>;
    readonly maximumDays: number;
    readonly today: string;
}

const EXAMPLE = {
    rule: "rds-multi-az",
    resource: "urn:pulumi:dev::shop::*$aws:rds/instance:Instance::database-primary",
    reason: "a development database may be down while it is restored",
    owner: "platform@example.com",
    ticket: "OPS-123",
    expires: "2026-06-30",
} as const;

function text(key: keyof typeof EXAMPLE): z.ZodMiniString {
    const message = `must be a text that is not empty, for example ${JSON.stringify(EXAMPLE[key])}`;
    return z.string({ error: message }).check(z.trim(), z.minLength(1, { error: message }));
}

function daysAfter(day: string, days: number): string {
    return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

function isDate(value: string): boolean {
    const time = Date.parse(`${value}T00:00:00Z`);
    return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

function terms({ maximumDays, today }: Pick<SchemaOptions, "maximumDays" | "today">) {
    const latest = daysAfter(today, maximumDays);
    return {
        reason: text("reason"),
        owner: text("owner"),
        ticket: text("ticket"),
        expires: text("expires").check(
            z.refine(isDate, { error: `must be a date of the form YYYY-MM-DD, for example ${EXAMPLE.expires}` }),
            z.refine((value) => value <= latest, {
                error: `must not be later than ${latest} (${maximumDays} days from today, the setting \`maximumDays\`)`,
            }),
        ),
    };
}

/** What is wrong with the terms of an exemption, one sentence each; none where they are as they should be. */
export function termsProblems(
    given: Readonly<Partial<Record<keyof ExemptionTerms, string>>>,
    options: Pick<SchemaOptions, "maximumDays" | "today">,
): readonly string[] {
    const result = z.safeParse(z.object(terms(options)), given);
    return result.success
        ? []
        : result.error.issues.map(({ path, message }) => {
              const key = path.map(String).join(".");
              return `\`${key}\` ${shown(valueAt(given, path))} and ${message}.`;
          });
}

function entrySchema(options: SchemaOptions): z.ZodMiniType<Exemption> {
    const { rules } = options;
    return z.strictObject({
        rule: text("rule").check(
            z.refine((value) => rules.has(value), {
                error: "names no rule of these packs; the README of each pack lists them",
            }),
        ),
        resource: text("resource").check(
            z.superRefine((value, context) => {
                const problem = anchoringProblem(value);
                if (problem !== undefined) {
                    context.addIssue({ code: "custom", message: `${problem}, for example ${EXAMPLE.resource}` });
                }
            }),
        ),
        stacks: z.optional(
            z.array(z.string({ error: "must be the name of a stack" }), {
                error: "must be a list of stack names, for example [dev]",
            }),
        ),
        ...terms(options),
    });
}

function shown(value: unknown): string {
    return value === undefined ? "not set" : `is ${JSON.stringify(value)}`;
}

function valueAt(entry: unknown, path: readonly PropertyKey[]): unknown {
    return path.reduce<unknown>(
        (value, key) =>
            typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
        entry,
    );
}

/** Checks the text of an exemptions file: `exemptions:` with a list of entries. */
export function parseExemptions(source: string, options: SchemaOptions): LoadedExemptions {
    let document: unknown;
    try {
        // JSON is YAML. The core schema keeps dates as the text that was written.
        document = parseYaml(source);
    } catch (error) {
        return {
            exemptions: [],
            problems: [`the file is no valid YAML or JSON: ${(error as Error).message.split("\n")[0]}`],
        };
    }
    const list = (document as { exemptions?: unknown } | null)?.exemptions;
    const others = typeof document === "object" && document !== null ? Object.keys(document) : [];
    if (!Array.isArray(list)) {
        return {
            exemptions: [],
            problems: [
                "the file must hold one list under the key `exemptions` (`exemptions: []` where there are none).",
            ],
        };
    }
    const problems = others
        .filter((key) => key !== "exemptions")
        .map((key) => `the key \`${key}\` is not known; the file holds \`exemptions\` only.`);
    const schema = entrySchema(options);
    const exemptions: LoadedExemption[] = [];
    list.forEach((entry: unknown, index) => {
        const result = z.safeParse(schema, entry);
        if (result.success) {
            const { stacks = [], resource } = result.data;
            if (stacks.length > 0 || namedStack(resource) !== undefined) {
                exemptions.push({ ...result.data, position: index + 1 });
            } else {
                problems.push(
                    `entry ${index + 1}: \`stacks\` ${shown(result.data.stacks)}, and \`resource\` names no stack outright. ` +
                        "Write the stacks it is for, for example [dev], so that one of them can say when it is no longer used.",
                );
            }
            return;
        }
        for (const issue of result.error.issues) {
            const key = issue.path.map(String).join(".");
            problems.push(
                issue.code === "unrecognized_keys"
                    ? `entry ${index + 1}: ${issue.keys.map((name) => `\`${name}\``).join(", ")} is not a key of an exemption; ` +
                          "allowed are rule, resource, stacks, reason, owner, ticket, expires."
                    : key === ""
                      ? `entry ${index + 1} must be an object with rule, resource, reason, owner, ticket and expires.`
                      : `entry ${index + 1}: \`${key}\` ${shown(valueAt(entry, issue.path))} and ${issue.message}.`,
            );
        }
    });
    return { exemptions, problems };
}
