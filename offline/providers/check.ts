import type { Catalogue, ObjectSpec, PropertySpec, TypeSpec } from "../catalogue";
import { join } from "./path";
import { didYouMean } from "./suggest";
import {
    hasSecret,
    hasUnknown,
    isMap,
    open,
    openDeep,
    Secret,
    Special,
    Unknown,
    type Value,
    type ValueMap,
} from "./values";

/** One thing that is wrong with the inputs of a resource or with the arguments of a function. */
export interface Problem {
    /** Property path; empty if it is about the whole. */
    path: string;
    message: string;
}

/** Whose inputs are checked, as the messages name it: `"db" (aws:rds/instance:Instance)`. */
export type Subject = string;

/** Checks inputs against what the package declares and returns all problems, in the order of the declaration. */
export function checkInputs(
    catalogue: Catalogue,
    subject: Subject,
    inputs: ValueMap,
    declared: Record<string, PropertySpec>,
): Problem[] {
    const checker = new Checker(catalogue, subject);
    checker.object(inputs, declared, "");
    return checker.problems;
}

class Checker {
    readonly problems: Problem[] = [];

    constructor(
        private readonly catalogue: Catalogue,
        private readonly subject: Subject,
    ) {}

    object(map: ValueMap, declared: ObjectSpec, path: string): void {
        for (const [name, property] of Object.entries(declared)) {
            if (property.required && (map[name] === undefined || map[name] === null)) {
                const place = join(path, name);
                this.add(place, `Missing required property "${place}" of ${this.subject}.`);
            }
        }
        for (const [name, value] of Object.entries(map)) {
            // Names with two underscores are the engine's and the providers' own.
            if (name.startsWith("__") || value === null) {
                continue;
            }
            const property = declared[name];
            const place = join(path, name);
            if (property) {
                this.value(value, property.type, place);
            } else {
                this.add(
                    place,
                    `Unknown property "${place}" of ${this.subject}.${didYouMean(name, Object.keys(declared))}`,
                );
            }
        }
    }

    private value(wrapped: Value, type: TypeSpec, path: string): void {
        const value = open(wrapped) ?? null;
        if (value === null || value instanceof Unknown || type === "any") {
            return;
        }
        if (typeof type === "string") {
            this.scalar(value, type, path);
        } else if ("literal" in type) {
            if (value !== type.literal) {
                this.wrong(path, `"${type.literal}"`, value);
            }
        } else if ("array" in type) {
            if (Array.isArray(value)) {
                value.forEach((one, i) => {
                    this.value(one, type.array, join(path, i));
                });
            } else {
                this.wrong(path, "a list", value);
            }
        } else if ("map" in type) {
            this.map(value, type.map, path);
        } else if ("ref" in type) {
            this.reference(value, type, path);
        } else {
            this.anyOf(value, type.anyOf, path);
        }
    }

    private scalar(value: Value, type: "string" | "number" | "boolean" | "any" | "asset", path: string): void {
        if (type === "asset") {
            if (!(value instanceof Special)) {
                this.wrong(path, "an asset or an archive", value);
            }
            return;
        }
        // A resource stands for its own id or ARN.
        if (value instanceof Special && value.kind === "resource" && type === "string") {
            return;
        }
        if (!convertible(value, type)) {
            const articles = { string: "a string", number: "a number", boolean: "true or false", any: "a value" };
            this.wrong(path, articles[type], value);
        }
    }

    private map(value: Value, type: TypeSpec, path: string): void {
        if (!isMap(value)) {
            this.wrong(path, "an object", value);
            return;
        }
        for (const [name, one] of Object.entries(value)) {
            this.value(one, type, join(path, name));
        }
    }

    private reference(value: Value, type: { ref: string }, path: string): void {
        const declared = this.catalogue.properties("input", type);
        if (!isMap(value)) {
            this.wrong(path, "an object", value);
        } else if (declared) {
            this.object(value, declared, path);
        }
    }

    /** Reports nothing if one alternative fits, else the problems of the alternative that fits best. */
    private anyOf(value: Value, alternatives: TypeSpec[], path: string): void {
        const results = alternatives.map((type) => {
            const checker = new Checker(this.catalogue, this.subject);
            checker.value(value, type, path);
            return checker.problems;
        });
        if (!results.some((problems) => problems.length === 0)) {
            const inside = results.filter((problems) => problems.some((problem) => problem.path !== path));
            this.problems.push(...(inside[0] ?? results[0] ?? []));
        }
    }

    private wrong(path: string, expected: string, value: Value): void {
        this.add(path, `Property "${path}" of ${this.subject} must be ${expected}, not ${describe(value)}.`);
    }

    private add(path: string, message: string): void {
        this.problems.push({ path, message });
    }
}

/** Whether a scalar can be given where another is declared, as Pulumi's bridged providers allow. */
function convertible(value: Value, type: "string" | "number" | "boolean" | "any"): boolean {
    switch (type) {
        case "string":
            return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
        case "number":
            return (
                typeof value === "number" ||
                (typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value)))
            );
        case "boolean":
            return typeof value === "boolean" || value === "true" || value === "false";
        case "any":
            return true;
    }
}

/** What kind of value it is. Never the value itself: it may be secret. */
function describe(value: Value): string {
    if (Array.isArray(value)) {
        return "a list";
    }
    if (value instanceof Special) {
        return value.kind === "resource" ? "a resource" : `an ${value.kind}`;
    }
    if (isMap(value)) {
        return "an object";
    }
    return typeof value === "boolean" ? "true or false" : `a ${typeof value}`;
}

/**
 * Turns objects into JSON text where the declaration takes either, as policies of IAM do, so that what is stored and
 * compared is what the service gets.
 */
export function documentsToText(inputs: ValueMap, declared: Record<string, PropertySpec>): ValueMap {
    const result: ValueMap = { ...inputs };
    for (const [name, value] of Object.entries(inputs)) {
        const type = declared[name]?.type;
        const opened = open(value);
        if (typeof type === "object" && "anyOf" in type && type.anyOf.includes("string") && isMap(opened)) {
            result[name] = hasUnknown(opened) ? Unknown.instance : asText(value ?? null, opened);
        }
    }
    return result;
}

function asText(value: Value, opened: ValueMap): Value {
    const json = JSON.stringify(openDeep(opened));
    return hasSecret(value) ? new Secret(json) : json;
}
