/** Property values as the engine writes them into its event log, turned into what may be shown. */

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const UNKNOWN =
    /^04da6b54-80e4-46f7-96ec-b56ff0331ba9|^(1c4a061d-8072-4f0a-a4cb-0ff528b18fe7|3eeb2bf0-c639-47a8-9e75-3b44932eb421|6a19a0b0-7e62-4c92-b797-7f8e31da9cc2|030794c1-ac77-496b-92df-f27374a8bd58|e48ece36-62e2-4504-bad9-02848725956a|dd056dcd-154b-4c76-9bd3-c8f88648b5ff)$/;

export const SECRET_TEXT = "[secret]";
export const UNKNOWN_TEXT = "[unknown]";

/** A value with every secret replaced by `[secret]` and every unknown by `[unknown]`, at any depth. */
export function shown(value: unknown): unknown {
    if (typeof value === "string") return UNKNOWN.test(value) ? UNKNOWN_TEXT : value;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(shown);
    const object = value as Record<string, unknown>;
    switch (object[SIGNATURE]) {
        case undefined:
            return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, shown(inner)]));
        case SECRET:
            return SECRET_TEXT;
        case ASSET:
            return `[asset ${text(object.path ?? object.uri, "text")}]`;
        case ARCHIVE:
            return `[archive ${text(object.path ?? object.uri, "assets")}]`;
        case RESOURCE:
            return text(object.id ?? object.urn, "[resource]");
        case OUTPUT:
            if (object.secret === true) return SECRET_TEXT;
            return "value" in object ? shown(object.value) : UNKNOWN_TEXT;
        default:
            // A kind of value that this version does not know could hold a secret.
            return SECRET_TEXT;
    }
}

function text(value: unknown, fallback: string): string {
    return typeof value === "string" ? value : fallback;
}

/** `shown` for a resource's properties. */
export function shownProperties(properties: unknown): Record<string, unknown> | undefined {
    if (typeof properties !== "object" || properties === null) return undefined;
    return shown(properties) as Record<string, unknown>;
}
