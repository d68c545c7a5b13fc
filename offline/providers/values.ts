import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/**
 * Property values as the stand-ins work with them. On the wire, a value that is not plain JSON is an object with a signature
 * or, for unknowns, a reserved string (see `runtime/rpc` of the SDK); here each of them has a class.
 */
export type Value = null | boolean | number | string | Value[] | ValueMap | Unknown | Secret | Special;
export interface ValueMap {
    [key: string]: Value;
}

/** A value that is not known before the update has run. */
export class Unknown {
    static readonly instance = new Unknown();
    /** Keeps the compiler from taking every object for one. */
    protected readonly brand = "unknown";
    private constructor() {}
}
export const unknown = Unknown.instance;

/** A value that must not be shown. */
export class Secret {
    constructor(readonly value: Value) {}
}

/** An asset, an archive or a resource reference, passed on as it came. */
export class Special {
    constructor(
        readonly kind: "asset" | "archive" | "resource",
        readonly raw: Readonly<Record<string, unknown>>,
    ) {}
}

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** The reserved strings for an unknown of any type, boolean, number, list, asset, archive and object. */
const unknownStrings = new Set([
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const anyUnknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Reads the properties of a request. */
export function decodeStruct(struct: Struct | undefined): ValueMap {
    return struct ? (decode(struct.toJavaScript()) as ValueMap) : {};
}

/** Writes the properties of an answer. Secrets are unwrapped where the caller does not accept them. */
export function encodeStruct(map: ValueMap): Struct {
    // The declared parameter type knows JSON only, which is what `encode` returns.
    return Struct.fromJavaScript(encode(map) as Parameters<typeof Struct.fromJavaScript>[0]);
}

export function decode(raw: unknown): Value {
    if (raw === null || raw === undefined) {
        return null;
    }
    if (typeof raw === "string") {
        return unknownStrings.has(raw) ? unknown : raw;
    }
    if (typeof raw === "boolean" || typeof raw === "number") {
        return raw;
    }
    if (Array.isArray(raw)) {
        return raw.map(decode);
    }
    const object = raw as Record<string, unknown>;
    switch (object[signatureKey]) {
        case undefined:
            break;
        case secretSignature:
            return new Secret(decode(object["value"]));
        case outputSignature: {
            const value = "value" in object ? decode(object["value"]) : unknown;
            return object["secret"] === true ? new Secret(value) : value;
        }
        case assetSignature:
            return new Special("asset", object);
        case archiveSignature:
            return new Special("archive", object);
        case resourceSignature:
            return new Special("resource", object);
    }
    const result: ValueMap = {};
    for (const [key, value] of Object.entries(object)) {
        result[key] = decode(value);
    }
    return result;
}

export function encode(value: Value | undefined): unknown {
    if (value === undefined) {
        return null;
    }
    if (value instanceof Unknown) {
        return anyUnknown;
    }
    if (value instanceof Secret) {
        return { [signatureKey]: secretSignature, value: encode(value.value) };
    }
    if (value instanceof Special) {
        return value.raw;
    }
    if (Array.isArray(value)) {
        return value.map(encode);
    }
    if (value !== null && typeof value === "object") {
        const result: Record<string, unknown> = {};
        for (const [key, one] of Object.entries(value)) {
            result[key] = encode(one);
        }
        return result;
    }
    return value;
}

export function isMap(value: Value | undefined): value is ValueMap {
    return (
        typeof value === "object" &&
        value !== null &&
        !Array.isArray(value) &&
        !(value instanceof Unknown) &&
        !(value instanceof Secret) &&
        !(value instanceof Special)
    );
}

/** The value without the secret mark around it; marks further down stay. */
export function open(value: Value | undefined): Value | undefined {
    return value instanceof Secret ? open(value.value) : value;
}

/** The value without any secret mark, at any depth. */
export function openDeep(value: Value): Value {
    const opened = open(value) ?? null;
    if (Array.isArray(opened)) {
        return opened.map(openDeep);
    }
    if (isMap(opened)) {
        return Object.fromEntries(Object.entries(opened).map(([key, one]) => [key, openDeep(one)]));
    }
    return opened;
}

/** Whether the value or anything in it is unknown. */
export function hasUnknown(value: Value | undefined): boolean {
    const opened = open(value);
    if (opened instanceof Unknown) {
        return true;
    }
    if (Array.isArray(opened)) {
        return opened.some(hasUnknown);
    }
    return isMap(opened) && Object.values(opened).some(hasUnknown);
}

/** Whether the value or anything in it is secret. */
export function hasSecret(value: Value | undefined): boolean {
    if (value instanceof Secret) {
        return true;
    }
    if (Array.isArray(value)) {
        return value.some(hasSecret);
    }
    return isMap(value) && Object.values(value).some(hasSecret);
}

/** A string property, if it is there and known; secret marks are ignored. */
export function text(map: ValueMap, key: string): string | undefined {
    const value = open(map[key]);
    return typeof value === "string" && value !== "" ? value : undefined;
}

/** A value as text: scalars as they are, everything else as JSON. */
export function asText(value: Value | undefined): string {
    const opened = open(value);
    return typeof opened === "object" || opened === undefined ? JSON.stringify(encode(opened)) : String(opened);
}

/** A number property, also when it is written as text. */
export function number(map: ValueMap, key: string): number | undefined {
    const value = open(map[key]);
    if (typeof value === "number") {
        return value;
    }
    return typeof value === "string" && value !== "" && !Number.isNaN(Number(value)) ? Number(value) : undefined;
}

/** Whether a boolean property is set to true, also when it is written as text. */
export function flag(map: ValueMap, key: string): boolean {
    const value = open(map[key]);
    return value === true || value === "true";
}

/** A list property; empty if it is not there or not known. */
export function list(map: ValueMap, key: string): Value[] {
    const value = open(map[key]);
    return Array.isArray(value) ? value : [];
}

/** A nested object, or the first of a list of them; empty if it is not there or not known. */
export function nested(map: ValueMap, key: string): ValueMap {
    const value = open(map[key]);
    const one = Array.isArray(value) ? open(value[0]) : value;
    return isMap(one) ? one : {};
}
