import * as path from "node:path";

import { parsePath, parseValue } from "../runner/config-path";
import { UserError } from "../runner/types";
import type { ConfigValue } from "../runner/types";

export const COMMANDS = ["preview", "up", "refresh", "destroy", "export", "import"] as const;
export type Command = (typeof COMMANDS)[number];

export interface Arguments {
    command: Command;
    cwd: string;
    stack: string;
    policyPacks: string[];
    policyPackConfigs: string[];
    config: Record<string, ConfigValue>;
    fixtures?: string;
    faults?: string;
    stateDir?: string;
    /** For `import`: the exported state to read; "-" is standard input. */
    file?: string;
    json: boolean;
    verbose: boolean;
    skipPreview: boolean;
}

export const HELP = `Runs a Pulumi program with the real engine on this machine alone: no account, no credentials, no network.

usage: npm run offline -- COMMAND --cwd DIR --stack NAME [options]

commands
  preview   plan the changes, with the policy packs that are given
  up        preview, and where that passes make the changes
  refresh   read everything back
  destroy   delete everything
  export    print the state in Pulumi's export format
  import    put an exported state (--file FILE, - for standard input) in the place of the stack's

options
  --cwd DIR                    folder with Pulumi.yaml (default: .)
  --stack NAME                 the stack; its settings are in Pulumi.NAME.yaml
  --policy-pack DIR            judge by this pack; may be repeated
  --policy-pack-config FILE    settings of the pack at the same place; may be repeated
  --config KEY=VALUE           setting on top of the stack file; may be repeated. KEY is aws:region, headroom:database.replicas
                               or, in the project's own namespace, database.replicas
  --fixtures FILE              answers for functions that nothing can be said about offline
  --faults FILE                failures on demand
  --state-dir DIR              folder that gets .headroom/ (default: DIR of --cwd)
  --skip-preview               up without the preview before
  --verbose                    every resource and every finding
  --json                       the result as JSON on standard output
  --help                       this text
`;

type Kind = "flag" | "value" | "list";

const OPTIONS: Record<string, Kind> = {
    "--cwd": "value",
    "--stack": "value",
    "--policy-pack": "list",
    "--policy-pack-config": "list",
    "--config": "list",
    "--fixtures": "value",
    "--faults": "value",
    "--state-dir": "value",
    "--file": "value",
    "--json": "flag",
    "--verbose": "flag",
    "--skip-preview": "flag",
};

/** Reads a command line. Every mistake in it is in the one error. */
export function parseArguments(argv: string[]): Arguments | "help" {
    if (argv.includes("--help") || argv.includes("-h")) return "help";
    const problems: string[] = [];
    const positional: string[] = [];
    const values = new Map<string, string[]>();
    for (let i = 0; i < argv.length; i++) {
        const word = argv[i] as string;
        if (!word.startsWith("-") || word === "-") {
            positional.push(word);
            continue;
        }
        const [, name = word, inline] = /^(--[a-z-]+)=([\s\S]*)$/.exec(word) ?? [];
        const kind = OPTIONS[name];
        if (!kind) {
            problems.push(`${name} is no option${suggestion(name, Object.keys(OPTIONS))}`);
            // Its value, if it has one, is not a command.
            if (inline === undefined && argv[i + 1]?.startsWith("-") === false && positional.length > 0) i++;
            continue;
        }
        if (kind === "flag") {
            if (inline !== undefined) problems.push(`${name} takes no value`);
            values.set(name, []);
            continue;
        }
        const value = inline ?? argv[i + 1];
        if (value === undefined || (inline === undefined && value.startsWith("--"))) {
            problems.push(`${name} needs a value`);
            continue;
        }
        if (inline === undefined) i++;
        const before = values.get(name) ?? [];
        if (kind === "value" && before.length > 0) problems.push(`${name} is given twice: ${before[0]} and ${value}`);
        values.set(name, [...before, value]);
    }

    const [command, ...rest] = positional;
    if (command === undefined) problems.push(`a command is missing: ${COMMANDS.join(", ")}`);
    else if (!COMMANDS.includes(command as Command))
        problems.push(`"${command}" is no command${suggestion(command, COMMANDS)}: ${COMMANDS.join(", ")}`);
    for (const word of rest) problems.push(`"${word}" is one word too many`);
    if (!values.has("--stack") && !problems.some((p) => p.startsWith("--stack")))
        problems.push("--stack NAME is missing");
    const config = configOf(values.get("--config") ?? [], problems);
    const packs = values.get("--policy-pack") ?? [];
    const packConfigs = values.get("--policy-pack-config") ?? [];
    if (packConfigs.length > 0 && packConfigs.length !== packs.length)
        problems.push(
            `--policy-pack-config is given ${packConfigs.length} times for ${packs.length} policy packs: give one for each, in their order`,
        );
    if (command === "import" && !values.has("--file")) problems.push("import needs --file FILE (- for standard input)");
    if (problems.length > 0) throw new UserError(`${problems.map((p) => `- ${p}`).join("\n")}\nTry --help.`);

    const one = (name: string) => values.get(name)?.[0];
    return {
        command: command as Command,
        cwd: path.resolve(one("--cwd") ?? "."),
        stack: one("--stack") ?? "",
        policyPacks: packs,
        policyPackConfigs: packConfigs,
        config,
        ...optional("fixtures", one("--fixtures")),
        ...optional("faults", one("--faults")),
        ...optional("stateDir", one("--state-dir")),
        ...optional("file", one("--file")),
        json: values.has("--json"),
        verbose: values.has("--verbose"),
        skipPreview: values.has("--skip-preview"),
    };
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
    return value === undefined ? {} : ({ [key]: value } as { [P in K]?: string });
}

function configOf(settings: string[], problems: string[]): Record<string, ConfigValue> {
    const config: Record<string, ConfigValue> = {};
    for (const setting of settings) {
        const at = setting.indexOf("=");
        if (at <= 0) {
            problems.push(`--config ${setting}: write KEY=VALUE, like --config headroom:database.replicas=3`);
            continue;
        }
        const key = setting.slice(0, at);
        try {
            parsePath(key.slice(key.indexOf(":") + 1));
            config[key] = parseValue(setting.slice(at + 1));
        } catch (error) {
            problems.push(`--config ${setting}: ${(error as Error).message}`);
        }
    }
    return config;
}

/** The nearest of some words, if one is near. */
function suggestion(word: string, words: readonly string[]): string {
    const near = words.map((w) => [distance(word, w), w] as const).sort((a, b) => a[0] - b[0])[0];
    return near && near[0] <= 2 ? ` (did you mean ${near[1]}?)` : "";
}

function distance(a: string, b: string): number {
    let row = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
        const next = [i];
        for (let j = 1; j <= b.length; j++)
            next[j] = Math.min(
                (row[j] ?? 0) + 1,
                (next[j - 1] ?? 0) + 1,
                (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
            );
        row = next;
    }
    return row[b.length] ?? 0;
}
