import { membersOf, parseType, toProperties } from "./parse-types";
import type { FunctionSpec, PropertySpec, ResourceSpec } from "./types";

/** The class that declares a type token, as compiled JavaScript; undefined if the text has no such class. */
function classOf(script: string, token: string): { name: string; body: string } | undefined {
    const place = script.search(new RegExp(`__pulumiType = ['"]${escape(token)}['"]`));
    if (place < 0) {
        return undefined;
    }
    const start = script.lastIndexOf("\nclass ", place) + 1;
    const end = script.indexOf("\n}", place);
    const body = script.slice(start, end < 0 ? undefined : end);
    return { name: /^class (\w+)/.exec(body)?.[1] ?? "", body };
}

/**
 * Reads one resource from its two generated files. The script says what is sent to the engine (inputs, constants, required
 * properties, secrets, aliases), the declarations add the types.
 */
export function parseResource(token: string, script: string, declarations: string): ResourceSpec | undefined {
    const found = classOf(script, token);
    if (!found) {
        return undefined;
    }
    const { name, body } = found;
    const argsName = /constructor\(name: string, args\??: (?:\w+\.)*(\w+)/.exec(
        declarations.slice(declarations.search(new RegExp(`class ${name}\\b`))),
    )?.[1];
    const declaredInputs = toProperties(membersOf(declarations, "interface", argsName ?? `${name}Args`) ?? []);
    const declaredOutputs = membersOf(declarations, "class", name) ?? [];

    const spec: ResourceSpec = {
        token,
        kind: kindOf(body),
        inputs: {},
        outputs: {},
        constants: {},
        secretOutputs: [],
        aliases: [...body.matchAll(/\{ type: "([^"]+)" \}/g)].map((match) => match[1] ?? ""),
    };
    const required = new Set([...body.matchAll(/Missing required property '([^']+)'/g)].map((match) => match[1]));
    const assigned = new Set<string>();
    for (const match of body.matchAll(/resourceInputs\["([^"]+)"\] = (.*);/g)) {
        const [, property = "", value = ""] = match;
        assigned.add(property);
        if (/^["']/.test(value)) {
            spec.constants[property] = value.slice(1, -1);
            spec.inputs[property] = { type: { literal: value.slice(1, -1) } };
        } else if (/\bargs\b/.test(value)) {
            // Providers send nested values as JSON text.
            const type = value.includes("JSON.stringify") ? "any" : (declaredInputs[property]?.type ?? "any");
            const input: PropertySpec = { ...declaredInputs[property], type };
            delete input.required;
            if (required.has(property)) {
                input.required = true;
            }
            if (value.includes("pulumi.secret(")) {
                input.secret = true;
            }
            spec.inputs[property] = input;
        }
    }
    for (const match of body.matchAll(/additionalSecretOutputs: \[([^\]]*)\]/g)) {
        spec.secretOutputs.push(...[...(match[1] ?? "").matchAll(/"([^"]+)"/g)].map((one) => one[1] ?? ""));
    }
    addOutputs(spec, assigned, declaredOutputs);
    return spec;
}

function addOutputs(spec: ResourceSpec, assigned: Set<string>, declared: { name: string; type: string }[]): void {
    const types = new Map(declared.map((member) => [member.name, parseType(member.type)]));
    for (const property of assigned) {
        const type = types.get(property);
        const output: PropertySpec = { type: type?.type ?? spec.inputs[property]?.type ?? "any" };
        if (type && !type.optional) {
            output.required = true;
        }
        if (spec.secretOutputs.includes(property)) {
            output.secret = true;
        }
        spec.outputs[property] = output;
    }
}

function kindOf(body: string): ResourceSpec["kind"] {
    if (/\btrue \/\*remote\*\//.test(body)) {
        return "remoteComponent";
    }
    const base = /^class \w+ extends ([\w.]+)/.exec(body)?.[1] ?? "";
    if (base.endsWith("ProviderResource")) {
        return "provider";
    }
    return base.endsWith("ComponentResource") || !/super\(/.test(body) || /ComponentResource/.test(base)
        ? "component"
        : "resource";
}

/** Reads one function (a data source) from its two generated files. */
export function parseFunction(token: string, script: string, declarations: string): FunctionSpec | undefined {
    const call = new RegExp(`runtime\\.invoke(?:Single)?\\("${escape(token)}", \\{([^}]*)\\}`).exec(script);
    if (!call) {
        return undefined;
    }
    const name = /:(\w+)$/.exec(token)?.[1] ?? "";
    const signature = new RegExp(
        `export declare function ${name}\\((?:args\\??: (\\w+))?[^\\n]*?\\): Promise<(.+)>;`,
    ).exec(declarations);
    const declaredArgs = toProperties(membersOf(declarations, "interface", signature?.[1] ?? "") ?? []);
    const args: Record<string, PropertySpec> = {};
    for (const match of (call[1] ?? "").matchAll(/"([^"]+)":/g)) {
        args[match[1] ?? ""] = declaredArgs[match[1] ?? ""] ?? { type: "any" };
    }
    const resultName = signature?.[2] ?? "any";
    const members = membersOf(declarations, "interface", resultName);
    const result = members ? toProperties(members) : { result: { ...parseType(resultName), required: true as const } };
    return { token, args, result };
}

function escape(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
