/**
 * Kubernetes label selectors: whether a selector, with all of its requirements, selects the labels of a pod.
 *
 * A selector holds `matchLabels` and `matchExpressions`; every one of them has to hold. An empty selector selects
 * everything, none at all (a null selector) selects nothing.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
import { elements, UNKNOWN, Values, type Maybe, type Readable, type Unknown } from "../unknown";

/** The labels of a pod. A value may not be known yet; that the label is there is. */
export type Labels = ReadonlyMap<string, string | Unknown>;

/** One condition of a selector. */
export interface Requirement {
    readonly key: string | Unknown;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | Unknown;
    readonly values: readonly (string | Unknown)[] | Unknown;
}

/** Every requirement has to hold. */
export type Selector = readonly Requirement[];

/** The object at a path, whatever characters the names in it have: label keys hold dots. */
function objectAt(readable: Readable, path: string): Maybe<Values> {
    const value = readable.get(path);
    return value === UNKNOWN ? UNKNOWN : typeof value === "object" && value !== null ? new Values(value) : undefined;
}

/** A label's value. Numbers and flags that a program wrote without quotes count as they are read. */
function labelValue(value: unknown): string | Unknown {
    if (typeof value === "number" || typeof value === "boolean") {
        return String(value);
    }
    return value === UNKNOWN ? UNKNOWN : typeof value === "string" ? value : "";
}

function entries(values: Values): readonly (readonly [string, string | Unknown])[] {
    return values.keys().flatMap((key) => {
        const value = values.at(key);
        return value === undefined ? [] : [[key, labelValue(value)] as const];
    });
}

/** The labels at a path, of which none may be there. */
export function labelsAt(readable: Readable, path: string): Labels | Unknown {
    const object = objectAt(readable, path);
    return object === UNKNOWN ? UNKNOWN : new Map(object === undefined ? [] : entries(object));
}

/** The requirement that a label has a value, as in `matchLabels` and in the selector of a Service. */
function equals(key: string, value: string | Unknown): Requirement {
    return { key, operator: "In", values: [value] };
}

/** The values of an expression. Unlike elsewhere the empty string is a value: a label may have it. */
function listed(list: unknown): Requirement["values"] {
    return list === UNKNOWN ? UNKNOWN : Array.isArray(list) ? entries(new Values(list)).map(([, value]) => value) : [];
}

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"] as const;

function expression(values: Values): Requirement {
    const operator = values.str("operator");
    return {
        key: values.str("key") ?? UNKNOWN,
        operator: OPERATORS.find((each) => each === operator) ?? UNKNOWN,
        values: listed(values.get("values")),
    };
}

/** The LabelSelector at a path; nothing where there is none, which selects nothing. */
export function selectorAt(readable: Readable, path: string): Maybe<Selector> {
    const selector = objectAt(readable, path);
    if (selector === UNKNOWN || selector === undefined) {
        return selector;
    }
    const labels = objectAt(selector, "matchLabels");
    const expressions = selector.list("matchExpressions");
    const open: Selector = [{ key: UNKNOWN, operator: UNKNOWN, values: UNKNOWN }];
    return [
        ...(labels === UNKNOWN
            ? open
            : labels === undefined
              ? []
              : entries(labels).map(([key, value]) => equals(key, value))),
        ...(expressions === UNKNOWN ? open : elements(expressions).map(expression)),
    ];
}

/** The plain map of labels at a path, as a Service selects by. An empty one selects nothing there. */
export function equalitySelectorAt(readable: Readable, path: string): Maybe<Selector> {
    const labels = objectAt(readable, path);
    if (labels === UNKNOWN || labels === undefined) {
        return labels;
    }
    const selector = entries(labels).map(([key, value]) => equals(key, value));
    return selector.length === 0 ? undefined : selector;
}

/** Whether all hold: not if one does not, open if one is. */
export function every(verdicts: readonly (boolean | Unknown)[]): boolean | Unknown {
    return verdicts.includes(false) ? false : verdicts.includes(UNKNOWN) ? UNKNOWN : true;
}

function isIn(value: string | Unknown, values: Requirement["values"]): boolean | Unknown {
    if (values === UNKNOWN) {
        return UNKNOWN;
    }
    if (value === UNKNOWN) {
        return values.length === 0 ? false : UNKNOWN;
    }
    return values.includes(value) ? true : values.includes(UNKNOWN) ? UNKNOWN : false;
}

function holds({ key, operator, values }: Requirement, labels: Labels | Unknown): boolean | Unknown {
    if (key === UNKNOWN || operator === UNKNOWN || labels === UNKNOWN) {
        return UNKNOWN;
    }
    const value = labels.get(key);
    switch (operator) {
        case "Exists":
            return value !== undefined;
        case "DoesNotExist":
            return value === undefined;
        case "In":
            return value === undefined ? false : isIn(value, values);
        case "NotIn": {
            const found = value === undefined ? false : isIn(value, values);
            return found === UNKNOWN ? UNKNOWN : !found;
        }
    }
}

/** Whether a selector selects labels; `UNKNOWN` where values that are not known yet decide it. */
export function selects(selector: Maybe<Selector>, labels: Labels | Unknown): boolean | Unknown {
    if (selector === undefined) {
        return false;
    }
    return selector === UNKNOWN ? UNKNOWN : every(selector.map((requirement) => holds(requirement, labels)));
}
