import { stringify } from "yaml";
import type { FunctionSpec, TypeSpec } from "../../catalogue";

/** The error for a function that cannot be answered offline, with what to paste into the fixtures file. */
export function missingAnswer(token: string, argumentNames: string[], spec: FunctionSpec | undefined): string {
    const result: Record<string, unknown> = {};
    for (const [name, property] of Object.entries(spec?.result ?? {})) {
        // What was asked for comes back as it is.
        if (property.required && name !== "id" && !argumentNames.includes(name)) {
            result[name] = placeholder(property.type);
        }
    }
    const args = Object.fromEntries(argumentNames.map((name) => [name, "…"]));
    const fixture = { functions: [{ function: token, ...(argumentNames.length > 0 ? { args } : {}), result }] };
    const asked = argumentNames.length > 0 ? ` (arguments: ${argumentNames.join(", ")})` : "";
    return [
        `The offline engine has no answer for the function ${token}${asked}.`,
        "Nothing outside of this machine is asked, so give the answer yourself: put this into .headroom/fixtures.yaml, or into the file named by --fixtures, with your values:",
        "",
        stringify(fixture, { lineWidth: 0 }).trimEnd(),
    ].join("\n");
}

function placeholder(type: TypeSpec): unknown {
    if (typeof type === "object") {
        if ("array" in type) {
            return [];
        }
        return "literal" in type ? type.literal : {};
    }
    return type === "number" ? 0 : type === "boolean" ? false : "";
}
