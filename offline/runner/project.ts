import * as fs from "node:fs";
import * as path from "node:path";
import { isMap, isSeq, parse, parseDocument, stringify } from "yaml";

import { parseKey, setAt } from "./config-path";
import { UserError } from "./types";
import type { ConfigValue } from "./types";

/** A Pulumi project as it lies on disk. */
export interface Project {
    dir: string;
    name: string;
    /** Folder or file of the program: `main` of Pulumi.yaml, else the folder itself. */
    program: string;
    /** Folder of the stack files. */
    stackDir: string;
    /** Pulumi.yaml as an object. */
    definition: Record<string, unknown>;
}

/** The settings that one operation runs with. */
export interface StackSettings {
    /** What the engine reads as the stack file. */
    config: Record<string, unknown>;
    /** Full keys whose values are placeholders for secrets that can't be read here. */
    secretKeys: string[];
    region?: string;
    /** What a person should know. */
    notes: string[];
}

const PROJECT_FILES = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];
const PLACEHOLDER = "not-available-offline";

/** Reads Pulumi.yaml of a folder. */
export function readProject(dir: string): Project {
    const folder = path.resolve(dir);
    if (!fs.existsSync(folder)) throw new UserError(`There is no folder ${folder}.`);
    const file = PROJECT_FILES.map((name) => path.join(folder, name)).find((name) => fs.existsSync(name));
    if (!file) throw new UserError(`${folder} is no Pulumi project: it holds no Pulumi.yaml.`);
    const definition = readMapping(file);
    const { name } = definition;
    if (typeof name !== "string" || !/^[A-Za-z0-9_.-]{1,100}$/.test(name))
        throw new UserError(
            `${file}: "name" must be 1 to 100 letters, digits, "-", "_" or "."; it is ${JSON.stringify(name)}.`,
        );
    const runtime =
        typeof definition.runtime === "object" && definition.runtime !== null
            ? (definition.runtime as { name?: unknown }).name
            : definition.runtime;
    if (runtime !== "nodejs")
        throw new UserError(
            `${file}: "runtime" is ${JSON.stringify(runtime)}; offline runs TypeScript and JavaScript programs (runtime: nodejs).`,
        );
    const main = typeof definition.main === "string" ? definition.main : ".";
    const stackDir = typeof definition.stackConfigDir === "string" ? definition.stackConfigDir : ".";
    return {
        dir: folder,
        name,
        program: path.resolve(folder, main),
        stackDir: path.resolve(folder, stackDir),
        definition,
    };
}

/** Names of the stacks that have a file, sorted. */
export function stacksWithFiles(project: Project): string[] {
    const files = fs.existsSync(project.stackDir) ? fs.readdirSync(project.stackDir) : [];
    return files
        .map((file) => /^Pulumi\.(.+)\.ya?ml$/.exec(file)?.[1])
        .filter((name): name is string => name !== undefined)
        .sort();
}

/** The stack file of a project with `overrides` on top. */
export function resolveSettings(
    project: Project,
    stack: string,
    overrides: Record<string, ConfigValue>,
): StackSettings {
    const file = ["yaml", "yml"]
        .map((e) => path.join(project.stackDir, `Pulumi.${stack}.${e}`))
        .find((f) => fs.existsSync(f));
    const stackFile = file ? readMapping(file) : {};
    const given = stackFile.config ?? {};
    if (typeof given !== "object" || Array.isArray(given))
        throw new UserError(`${file}: "config" must be a mapping of keys to values.`);

    const secretKeys: string[] = [];
    const config: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(given as Record<string, unknown>)) {
        const full = key.includes(":") ? key : `${project.name}:${key}`;
        const { value: plain, secret } = withoutSecrets(value);
        if (secret) secretKeys.push(full);
        config[full] = plain;
    }
    const notes: string[] = [];
    if (secretKeys.length > 0)
        notes.push(
            `Secrets of the stack file can't be read offline; a placeholder stands in for ${secretKeys.join(", ")}.`,
        );
    if (stackFile.environment !== undefined)
        notes.push("The stack file's Pulumi ESC environments are left out offline.");

    for (const [key, value] of Object.entries(overrides)) {
        const {
            namespace,
            path: [name, ...rest],
        } = parseKey(key, project.name);
        const full = `${namespace}:${name}`;
        if (rest.length === 0) {
            // What the stack file keeps secret stays so.
            config[full] = value;
            continue;
        }
        if (config[full] === undefined)
            config[full] = structuredClone(projectDefault(project, namespace, String(name)));
        if (typeof config[full] === "string" && /^\s*[[{]/.test(config[full]))
            config[full] = JSON.parse(config[full]) as unknown;
        setAt(config, [full, ...rest], value, key);
    }
    const region = config["aws:region"] ?? projectDefault(project, "aws", "region");
    return { config, secretKeys, notes, ...(typeof region === "string" ? { region } : {}) };
}

/** What Pulumi.yaml's `config:` block sets for a key. */
function projectDefault(project: Project, namespace: string, name: string): unknown {
    const block = project.definition.config;
    if (typeof block !== "object" || block === null) return undefined;
    const entries = block as Record<string, unknown>;
    const entry = entries[`${namespace}:${name}`] ?? (namespace === project.name ? entries[name] : undefined);
    if (typeof entry !== "object" || entry === null) return entry;
    const { value, default: fallback } = entry as { value?: unknown; default?: unknown };
    return value ?? fallback;
}

/** Replaces `secure:` values, at any depth, by a placeholder: their key belongs to another passphrase or a cloud. */
function withoutSecrets(value: unknown): { value: unknown; secret: boolean } {
    if (Array.isArray(value)) {
        const parts = value.map(withoutSecrets);
        return { value: parts.map((p) => p.value), secret: parts.some((p) => p.secret) };
    }
    if (typeof value !== "object" || value === null) return { value, secret: false };
    const entries = Object.entries(value);
    if (entries.length === 1 && entries[0]?.[0] === "secure") return { value: PLACEHOLDER, secret: true };
    let secret = false;
    const copy: Record<string, unknown> = {};
    for (const [key, inner] of entries) {
        const part = withoutSecrets(inner);
        copy[key] = part.value;
        secret ||= part.secret;
    }
    return { value: copy, secret };
}

/**
 * Pulumi.yaml as the engine sees it: the program's place, its plugins and its backend are this runner's business, the rest
 * (name, description, the schema and defaults of the configuration) is the project's.
 */
export function engineProject(project: Project): string {
    const {
        main: _main,
        stackConfigDir: _dir,
        backend: _backend,
        plugins: _plugins,
        packages: _packages,
        ...rest
    } = project.definition;
    return stringify({ ...rest, runtime: "nodejs", main: programLink });
}

/**
 * The engine resolves relative paths of assets and archives against the folder of `main`, which must lie below the working
 * folder: a link there leads to the program.
 */
export const programLink = "program";

/** The folder that relative paths of the program's assets start from. */
export function programFolder({ program }: Project): string {
    return fs.statSync(program, { throwIfNoEntry: false })?.isFile() ? path.dirname(program) : program;
}

/** The stack file as the engine sees it. */
export function engineStackFile(settings: StackSettings, encryptionSalt: string | undefined): string {
    return stringify({ ...(encryptionSalt ? { encryptionsalt: encryptionSalt } : {}), config: settings.config });
}

function readMapping(file: string): Record<string, unknown> {
    const text = fs.readFileSync(file, "utf8");
    if (file.endsWith(".json")) return parse(text) as Record<string, unknown>;
    const document = parseDocument(text);
    const problem = document.errors[0];
    if (problem) throw new UserError(`${file} is no valid YAML: ${problem.message}`);
    if (document.contents === null) return {};
    if (!isMap(document.contents) || isSeq(document.contents))
        throw new UserError(`${file} must hold a mapping of keys to values.`);
    return document.toJS() as Record<string, unknown>;
}
