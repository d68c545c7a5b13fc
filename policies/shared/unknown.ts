/**
 * Reading properties of which some are not known yet.
 *
 * In preview the SDK hands a policy a proxy that throws `UnknownValueError` on the first read of an unknown value, and
 * turns the whole callback into an advisory: every other finding of that policy is lost, which is a silent pass. Here a
 * read never throws. It answers with the value, with `UNKNOWN`, or with `undefined` for a property that is not set.
 */
import * as proxy from "@pulumi/policy/proxy";

/** The answer for a value that cannot be known before the update. */
export const UNKNOWN: unique symbol = Symbol("unknown");
export type Unknown = typeof UNKNOWN;

/** A value, a value that is not known yet, or nothing. */
export type Maybe<T> = T | Unknown | undefined;

/** The declaration file of the SDK's `proxy` module is empty; this is what it exports at run time. */
interface ProxyModule {
    readonly getSpecialProxyTarget: string;
    readonly isSpecialProxy: string;
    readonly UnknownValueError: abstract new (...args: never[]) => Error;
    readonly unknownBooleanValue: string;
    readonly unknownNumberValue: string;
    readonly unknownStringValue: string;
    readonly unknownArrayValue: string;
    readonly unknownAssetValue: string;
    readonly unknownArchiveValue: string;
    readonly unknownObjectValue: string;
}
const sdk = proxy as unknown as ProxyModule;

const SENTINELS: ReadonlySet<unknown> = new Set([
    sdk.unknownBooleanValue,
    sdk.unknownNumberValue,
    sdk.unknownStringValue,
    sdk.unknownArrayValue,
    sdk.unknownAssetValue,
    sdk.unknownArchiveValue,
    sdk.unknownObjectValue,
]);

/** Whether an error is the SDK's way of saying that a value is not known during preview. */
export function isUnknownValueError(error: unknown): error is Error & { readonly props: readonly string[] } {
    return (
        error instanceof sdk.UnknownValueError ||
        (error instanceof Error && "unknownTypeSentinel" in error && "props" in error)
    );
}

/** The plain object behind the SDK's proxy, in which unknown values are sentinels instead of errors. */
function behindProxy(properties: object): object {
    const target = (properties as Record<string, unknown>)[sdk.getSpecialProxyTarget];
    return typeof target === "object" && target !== null ? target : properties;
}

/** One step into an object or list, without ever throwing. */
function step(container: unknown, key: string): unknown {
    if (typeof container !== "object" || container === null) {
        return undefined;
    }
    try {
        const value = (container as Record<string, unknown>)[key];
        return SENTINELS.has(value) ? UNKNOWN : (value ?? undefined);
    } catch (error) {
        // A proxy of another version of the SDK, whose target cannot be reached.
        if (isUnknownValueError(error)) {
            return UNKNOWN;
        }
        throw error;
    }
}

/** Whether a value holds an unknown value anywhere inside. */
export function holdsUnknown(value: unknown): boolean {
    if (value === UNKNOWN || SENTINELS.has(value)) {
        return true;
    }
    if (typeof value === "object" && value !== null) {
        return Object.keys(value).some((key) => holdsUnknown(step(value, key)));
    }
    return false;
}

/** Parsed JSON documents by their text: several rules read the same policy document. */
const parsedDocuments = new Map<string, unknown>();

function parseJson(text: string): unknown {
    if (!parsedDocuments.has(text)) {
        let parsed: unknown;
        try {
            parsed = JSON.parse(text);
        } catch {
            // A text that is not JSON: the provider's own check refuses it where JSON is required.
            parsed = undefined;
        }
        parsedDocuments.set(text, parsed);
    }
    return parsedDocuments.get(text);
}

/** Something whose properties can be read by path ("settings.0.name"). */
export abstract class Readable {
    /** The raw answer at a path: a value, `UNKNOWN` (also where a parent is unknown), or `undefined`. */
    abstract get(path: string): unknown;

    bool(path: string): Maybe<boolean> {
        const value = this.get(path);
        if (value === "true" || value === "false") {
            return value === "true";
        }
        return typeof value === "boolean" || value === UNKNOWN ? value : undefined;
    }

    num(path: string): Maybe<number> {
        const value = this.get(path);
        if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) {
            return Number(value);
        }
        return typeof value === "number" || value === UNKNOWN ? value : undefined;
    }

    /** A string; the empty string counts as not set, as the providers treat it. */
    str(path: string): Maybe<string> {
        const value = this.get(path);
        return (typeof value === "string" && value !== "") || value === UNKNOWN ? value : undefined;
    }

    /** A word, also where a program wrote a number or a flag without quotes. */
    word(path: string): Maybe<string> {
        const value = this.get(path);
        return typeof value === "number" || typeof value === "boolean" ? String(value) : this.str(path);
    }

    /** The elements of a list, or of a single object where a list of one was flattened. */
    list(path: string): Maybe<readonly Values[]> {
        const value = this.get(path);
        if (value === UNKNOWN || value === undefined) {
            return value;
        }
        return Array.isArray(value)
            ? value.map((_, index) => Values.ofElement(value, index))
            : typeof value === "object"
              ? [new Values(value as object)]
              : undefined;
    }

    /** The elements of a list of strings, each known or not. The empty string counts as not set. */
    strings(path: string): Maybe<readonly (string | Unknown)[]> {
        const value = this.get(path);
        if (value === UNKNOWN || value === undefined) {
            return value;
        }
        if (!Array.isArray(value)) {
            return typeof value === "string" && value !== "" ? [value] : undefined;
        }
        return value
            .map((_, index) => step(value, String(index)))
            .filter(
                (element): element is string | Unknown =>
                    (typeof element === "string" && element !== "") || element === UNKNOWN,
            );
    }

    /** A JSON document given as text or as an object. One unknown value inside makes the whole text unknown. */
    json(path: string): Maybe<Values> {
        const value = this.get(path);
        if (value === UNKNOWN) {
            return UNKNOWN;
        }
        const document = typeof value === "string" ? parseJson(value) : value;
        return typeof document === "object" && document !== null ? new Values(document) : undefined;
    }
}

/** A readable view of a plain object or of the SDK's proxy of one. */
export class Values extends Readable {
    readonly #root: object;

    constructor(properties: object) {
        super();
        this.#root = behindProxy(properties);
    }

    /** A view of one element of a list; an element that is unknown or no object answers `UNKNOWN` or nothing. */
    static ofElement(list: readonly unknown[], index: number): Values {
        const element = step(list, String(index));
        if (element === UNKNOWN) {
            return new UnknownValues();
        }
        return new Values(typeof element === "object" && element !== null ? element : { value: element });
    }

    get(path: string): unknown {
        let current: unknown = this.#root;
        for (const key of path.split(".")) {
            current = step(current, key);
            if (current === UNKNOWN || current === undefined) {
                return current;
            }
        }
        return current;
    }

    /** The value of one property, whatever characters its name has. */
    at(key: string): unknown {
        return step(this.#root, key);
    }

    /** The names of the properties that are set, whether their values are known or not. */
    keys(): readonly string[] {
        return Object.keys(this.#root);
    }
}

/** The elements of a list as far as it is known: none where it is unknown or not set. */
export function elements(list: Maybe<readonly Values[]>): readonly Values[] {
    return list === UNKNOWN || list === undefined ? [] : list;
}

class UnknownValues extends Values {
    constructor() {
        super({});
    }

    override get(): unknown {
        return UNKNOWN;
    }

    override at(): unknown {
        return UNKNOWN;
    }
}
