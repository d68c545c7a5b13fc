import type { Catalogue, PropertySpec, TypeSpec } from "../catalogue";
import { join } from "./path";
import { isMap, open, Special, Unknown, type Value, type ValueMap } from "./values";

export interface Change {
    /** Property path. */
    path: string;
    kind: "add" | "delete" | "update";
    /** The property or one around it forces a new resource, as its documentation says. */
    documentedForcesNew: boolean;
}

/**
 * Lists of plain values that the services treat as sets: another order is no change. The packages do not say which lists
 * are sets, so this goes by name and holds what programs commonly reorder.
 */
const sets =
    /(?:securityGroups?|securityGroupIds|securityGroupNames|subnets|subnetIds|Ids|Arns|aliases|capacityProviders|enabledCloudwatchLogsExports|requiresCompatibilities|managedPolicyArns|subjectAlternativeNames|allowedMethods|cachedMethods|attributes|records|scopes|events|availabilityZones|userGroupIds|inputTransformerPaths)$/;

/** All differences between the old and the new inputs of a resource. */
export function diffInputs(
    catalogue: Catalogue,
    olds: ValueMap,
    news: ValueMap,
    declared: Record<string, PropertySpec>,
): Change[] {
    const differ = new Differ(catalogue);
    differ.object(olds, news, declared, "", false);
    return differ.changes;
}

class Differ {
    readonly changes: Change[] = [];

    constructor(private readonly catalogue: Catalogue) {}

    object(
        olds: ValueMap,
        news: ValueMap,
        declared: Record<string, PropertySpec> | undefined,
        path: string,
        forcesNew: boolean,
    ): void {
        for (const name of new Set([...Object.keys(news), ...Object.keys(olds)])) {
            // Write-only values are not kept by the service: their version property says when they change.
            if (name.startsWith("__") || isWriteOnly(name, declared)) {
                continue;
            }
            const property = declared?.[name];
            const inherited = forcesNew || property?.forcesNew === true;
            this.value(olds[name], news[name], property?.type ?? "any", join(path, name), inherited);
        }
    }

    private value(
        before: Value | undefined,
        after: Value | undefined,
        type: TypeSpec,
        path: string,
        forcesNew: boolean,
    ): void {
        const old = open(before) ?? null;
        const now = open(after) ?? null;
        if (old === null || now === null) {
            if (old !== now && !isEmpty(old) && !isEmpty(now)) {
                this.add(path, old === null ? "add" : "delete", forcesNew);
            }
        } else if (old instanceof Unknown || now instanceof Unknown) {
            this.add(path, "update", forcesNew);
        } else if (Array.isArray(old) && Array.isArray(now)) {
            this.list(old, now, type, path, forcesNew);
        } else if (isMap(old) && isMap(now)) {
            this.object(old, now, this.propertiesOf(type), path, forcesNew);
        } else if (!sameScalar(old, now)) {
            this.add(path, "update", forcesNew);
        }
    }

    private list(old: Value[], now: Value[], type: TypeSpec, path: string, forcesNew: boolean): void {
        if (sets.test(path) && sameSet(old, now)) {
            return;
        }
        const element = typeof type === "object" && "array" in type ? type.array : "any";
        for (let i = 0; i < Math.max(old.length, now.length); i++) {
            this.value(old[i], now[i], element, join(path, i), forcesNew);
        }
    }

    private propertiesOf(type: TypeSpec): Record<string, PropertySpec> | undefined {
        if (typeof type === "object" && "anyOf" in type) {
            const reference = type.anyOf.find((one) => typeof one === "object" && "ref" in one);
            return reference && this.catalogue.properties("input", reference);
        }
        return this.catalogue.properties("input", type);
    }

    private add(path: string, kind: Change["kind"], documentedForcesNew: boolean): void {
        this.changes.push({ path, kind, documentedForcesNew });
    }
}

function isWriteOnly(name: string, declared: Record<string, PropertySpec> | undefined): boolean {
    return /\wWo$/.test(name) && declared !== undefined && `${name}Version` in declared;
}

/** Nothing, as services see it: an empty list or object is not told from one that is not there. */
function isEmpty(value: Value): boolean {
    return (Array.isArray(value) && value.length === 0) || (isMap(value) && Object.keys(value).length === 0);
}

function sameScalar(a: Value, b: Value): boolean {
    if (a === b) {
        return true;
    }
    if (a instanceof Special && b instanceof Special) {
        return sameSpecial(a, b);
    }
    if (typeof a === "object" || typeof b === "object") {
        return false;
    }
    // "5" and 5, "true" and true are the same to a provider; so are two texts of one JSON document.
    return String(a) === String(b) || (typeof a === "string" && typeof b === "string" && sameJson(a, b));
}

function sameSpecial(a: Special, b: Special): boolean {
    for (const key of ["hash", "urn", "path", "uri", "text"]) {
        if (a.raw[key] !== undefined && b.raw[key] !== undefined && a.raw[key] !== "") {
            return a.kind === b.kind && a.raw[key] === b.raw[key];
        }
    }
    return JSON.stringify(a.raw) === JSON.stringify(b.raw);
}

function sameJson(a: string, b: string): boolean {
    if (!/^\s*[[{]/.test(a) || !/^\s*[[{]/.test(b)) {
        return false;
    }
    try {
        return stableJson(JSON.parse(a)) === stableJson(JSON.parse(b));
    } catch {
        return false;
    }
}

function stableJson(value: unknown): string {
    return JSON.stringify(value, (_key, one: unknown) =>
        typeof one === "object" && one !== null && !Array.isArray(one)
            ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
            : one,
    );
}

function sameSet(a: Value[], b: Value[]): boolean {
    const texts = (values: Value[]): string[] | undefined => {
        const opened = values.map((value) => open(value));
        return opened.every((one) => typeof one === "string" || typeof one === "number")
            ? opened.map(String).sort()
            : undefined;
    };
    const [left, right] = [texts(a), texts(b)];
    return (
        left !== undefined &&
        right !== undefined &&
        left.length === right.length &&
        left.every((one, i) => one === right[i])
    );
}
