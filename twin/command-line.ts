import { parseArgs } from "node:util";
import { parseValue } from "../offline/runner/config-path";
import type { ConfigValue } from "../offline/runner/types";
import { UsageError } from "./usage-error";

/** An option that takes a number. */
export interface NumberOption {
    readonly fallback: number | undefined;
    readonly least: number;
    readonly most: number;
    readonly whole: boolean;
    /** What a message proposes; default: the fallback, or the least. */
    readonly example?: number;
}

export interface Arguments<Name extends string> {
    readonly stack: string;
    readonly config: Readonly<Record<string, ConfigValue>>;
    readonly numbers: Readonly<Record<Name, number | undefined>>;
}

/**
 * Reads `--stack NAME --config KEY=VALUE … --number N`.
 *
 * @throws UsageError that names everything that is wrong
 */
export function readArguments<Name extends string>(
    words: readonly string[],
    numbers: Readonly<Record<Name, NumberOption>>,
): Arguments<Name> {
    const names = Object.keys(numbers) as Name[];
    const { values, problems } = parse(words, names);
    const config: Record<string, ConfigValue> = {};
    for (const setting of values.config) {
        const at = setting.indexOf("=");
        if (at > 0) config[setting.slice(0, at)] = parseValue(setting.slice(at + 1));
        else problems.push(`--config ${setting}: write KEY=VALUE, for example --config database.replicas=1`);
    }
    const read = Object.fromEntries(
        names.map((name) => {
            const { fallback, least, most, whole, example = fallback ?? least } = numbers[name];
            const text = values.numbers[name];
            if (text === undefined) return [name, fallback];
            const value = Number(text);
            const fits = text.trim() !== "" && value >= least && value <= most && (!whole || Number.isInteger(value));
            if (!fits) {
                const kind = whole ? "a whole number" : "a number";
                problems.push(`--${name} ${text}: allowed is ${kind} from ${least} to ${most}, for example ${example}`);
            }
            return [name, value];
        }),
    ) as Record<Name, number | undefined>;
    if (problems.length > 0) throw new UsageError(problems.join("\n"));
    return { stack: values.stack, config, numbers: read };
}

function parse(
    words: readonly string[],
    names: readonly string[],
): { values: { stack: string; config: string[]; numbers: Record<string, string | undefined> }; problems: string[] } {
    try {
        const { values } = parseArgs({
            args: [...words],
            options: {
                stack: { type: "string", default: "dev" },
                config: { type: "string", multiple: true, default: [] },
                ...Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
            },
        });
        const { stack, config, ...rest } = values as { stack: string; config: string[] } & Record<string, string>;
        return { values: { stack, config, numbers: rest }, problems: [] };
    } catch (error) {
        const known = ["stack", "config", ...names].map((name) => `--${name}`).join(", ");
        throw new UsageError(`${(error as Error).message}\nKnown options: ${known}`);
    }
}
