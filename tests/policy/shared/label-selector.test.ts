import * as fc from "fast-check";
import {
    equalitySelectorAt,
    labelsAt,
    selectorAt,
    selects,
    type Labels,
} from "../../../policies/shared/relations/label-selector";
import { UNKNOWN, Values, type Unknown } from "../../../policies/shared/unknown";
import * as sdkProxy from "@pulumi/policy/proxy";

const { unknownStringValue } = sdkProxy as unknown as { unknownStringValue: string };

interface Expression {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values?: readonly string[];
}

interface LabelSelector {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly Expression[];
}

/** The definition as Kubernetes documents it, read plainly. */
function byDefinition(selector: LabelSelector | undefined, labels: Readonly<Record<string, string>>): boolean {
    if (selector === undefined) {
        return false;
    }
    for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
        if (labels[key] !== value) {
            return false;
        }
    }
    for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
        const value = labels[key];
        const fulfilled = {
            In: value !== undefined && values.includes(value),
            NotIn: value === undefined || !values.includes(value),
            Exists: value !== undefined,
            DoesNotExist: value === undefined,
        };
        if (!fulfilled[operator]) {
            return false;
        }
    }
    return true;
}

function ask(selector: unknown, labels: unknown): boolean | Unknown {
    const holder = new Values({ selector, labels });
    return selects(selectorAt(holder, "selector"), labelsAt(holder, "labels"));
}

// Few keys and values, so that they meet; one key with dots and a slash, and the empty value, as real labels have them.
const key = fc.constantFrom("app", "tier", "app.kubernetes.io/name");
const value = fc.constantFrom("web", "api", "");
const labels = fc.dictionary(key, value, { maxKeys: 3 });
const expression: fc.Arbitrary<Expression> = fc.oneof(
    fc.record({
        key,
        operator: fc.constantFrom("In" as const, "NotIn" as const),
        values: fc.uniqueArray(value, { minLength: 1 }),
    }),
    fc.record({ key, operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const) }),
);
const selector: fc.Arbitrary<LabelSelector> = fc.record(
    { matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 3 }) },
    { requiredKeys: [] },
);

test("a selector selects what its definition says, with matchLabels and matchExpressions alike", () => {
    fc.assert(
        fc.property(fc.option(selector, { nil: undefined }), labels, (given, pod) => {
            expect(ask(given, pod)).toBe(byDefinition(given, pod));
        }),
        { numRuns: 1000 },
    );
});

/** Everything that an object with some values unknown may turn out to be. */
function possible(pod: Readonly<Record<string, string>>): readonly Readonly<Record<string, string>>[] {
    return Object.entries(pod).reduce<readonly Record<string, string>[]>(
        (all, [name, given]) =>
            all.flatMap((each) =>
                (given === unknownStringValue ? ["web", "api", "", "another"] : [given]).map((one) => ({
                    ...each,
                    [name]: one,
                })),
            ),
        [{}],
    );
}

test("where labels are not known, an answer holds for everything that they may turn out to be", () => {
    const openLabels = fc.dictionary(key, fc.oneof(value, fc.constant(unknownStringValue)), { maxKeys: 3 });
    fc.assert(
        fc.property(selector, openLabels, (given, pod) => {
            const answer = ask(given, pod);
            const answers = new Set(possible(pod).map((each) => byDefinition(given, each)));
            if (answer !== UNKNOWN) {
                expect([...answers]).toEqual([answer]);
            }
        }),
        { numRuns: 1000 },
    );
});

test("where values of the selector are not known, an answer holds for everything that they may turn out to be", () => {
    const openSelector = fc.dictionary(key, fc.oneof(value, fc.constant(unknownStringValue)), { maxKeys: 3 });
    fc.assert(
        fc.property(openSelector, labels, (matchLabels, pod) => {
            const answer = ask({ matchLabels }, pod);
            const answers = new Set(possible(matchLabels).map((each) => byDefinition({ matchLabels: each }, pod)));
            if (answer !== UNKNOWN) {
                expect([...answers]).toEqual([answer]);
            }
        }),
        { numRuns: 1000 },
    );
});

test("one requirement that does not hold decides, whatever else is not known", () => {
    expect(ask({ matchLabels: { app: "web", tier: unknownStringValue } }, { app: "api", tier: "front" })).toBe(false);
    expect(ask({ matchLabels: { app: "web" }, matchExpressions: unknownStringValue }, { app: "api" })).toBe(false);
    expect(ask({ matchLabels: { app: "web" }, matchExpressions: unknownStringValue }, { app: "web" })).toBe(UNKNOWN);
});

test("an empty selector selects every pod, even one whose labels are not known; none selects nothing", () => {
    expect(ask({}, { app: "web" })).toBe(true);
    expect(ask({ matchLabels: {} }, unknownStringValue)).toBe(true);
    expect(ask(undefined, unknownStringValue)).toBe(false);
    expect(ask({ matchLabels: { app: "web" } }, unknownStringValue)).toBe(UNKNOWN);
    expect(ask(unknownStringValue, { app: "web" })).toBe(UNKNOWN);
});

test("an operator that Kubernetes does not have leaves the answer open", () => {
    expect(ask({ matchExpressions: [{ key: "app", operator: "Equals", values: ["web"] }] }, { app: "web" })).toBe(
        UNKNOWN,
    );
});

test("a number or a flag that a program wrote without quotes is the text that it reads as", () => {
    expect(ask({ matchLabels: { version: "2", canary: "true" } }, { version: 2, canary: true })).toBe(true);
});

test("the selector of a Service is a plain map of labels, and an empty one selects nothing", () => {
    const pod: Labels = new Map([["app.kubernetes.io/name", "web"]]);
    const at = (given: unknown): boolean | Unknown =>
        selects(equalitySelectorAt(new Values({ selector: given }), "selector"), pod);
    expect(at({ "app.kubernetes.io/name": "web" })).toBe(true);
    expect(at({ "app.kubernetes.io/name": "web", tier: "front" })).toBe(false);
    expect(at({})).toBe(false);
    expect(at(undefined)).toBe(false);
});
