/**
 * That no rule of either pack is left without its five kinds of cases and without a guarded property. What `describeRule`
 * does with them, the change of each guarded property among it, the rules' own tests do.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { definition as encryption } from "../../policies/encryption/definition";
import { definition as noSinglePointOfFailure } from "../../policies/no-single-point-of-failure/definition";
import { defineResourceRule, type Rule } from "../../policies/shared/rule";
import { gatherCases } from "./support/all-cases";
import { expectNoticed, type RuleCases } from "./support/describe-rule";
import { json, ref, resource, type TestResource } from "./support/harness";
import { guardsOf, isSet, mutantsOf, type Guard } from "./support/mutants";

const mockGathered = new Map<Rule, RuleCases>();
jest.mock("./support/describe-rule", () => ({
    ...jest.requireActual<object>("./support/describe-rule"),
    describeRule: (rule: Rule, cases: RuleCases) => mockGathered.set(rule, cases),
}));

describe.each([noSinglePointOfFailure, encryption])("$name", (pack) => {
    const gathered = gatherCases(pack, mockGathered);

    describe.each(pack.rules.map((rule) => [rule.id, rule] as const))("%s", (_, rule) => {
        test("has cases of all five kinds in a test of its own name", () => {
            const cases = gathered.get(rule);
            expect(existsSync(join(__dirname, pack.name, `${rule.id}.test.ts`))).toBe(true);
            // Exempted cases are made from the violating ones.
            expect(Object.keys(cases?.compliant ?? {})).not.toHaveLength(0);
            expect(Object.keys(cases?.violating ?? {})).not.toHaveLength(0);
            expect(Object.keys(cases?.unknown ?? {})).not.toHaveLength(0);
            expect(Object.keys(cases?.notApplicable ?? {})).not.toHaveLength(0);
        });

        test("guards properties, and some compliant case sets each of them or is changed by it", () => {
            const { compliant, violating } = gathered.get(rule) ?? { compliant: {}, violating: {} };
            const broken = Object.values(violating).map(({ resources }) => resources);
            const guards = guardsOf(rule);
            expect(guards).not.toHaveLength(0);
            for (const guard of guards) {
                const mutants = Object.values(compliant).flatMap((program) => [...mutantsOf(program, guard, broken)]);
                expect({ guard: guard.property, mutants: mutants.length > 0 }).toEqual({
                    guard: guard.property,
                    mutants: true,
                });
            }
        });
    });
});

describe("a guard", () => {
    const rule = defineResourceRule({
        id: "flag-set",
        title: "The flag is set",
        severity: "high",
        frameworks: {},
        why: "it matters",
        fix: "set it",
        url: "https://example.com",
        tokens: [resource("bucket", "any").type],
        guards: ["flag", "unread"],
        check: ({ inputs }, report) => {
            if (inputs.bool("flag") !== true) {
                report.violation("flag", "is not set");
            }
        },
    });
    const casesOf = (inputs: object): RuleCases => ({
        compliant: { set: [resource("bucket", "data", inputs)] },
        violating: {},
        unknown: {},
        notApplicable: {},
    });
    const [flag, unread] = guardsOf(rule);

    test("is held where a change of it is reported", () => {
        expect(() => {
            expectNoticed(rule, flag as Guard, casesOf({ flag: true }));
        }).not.toThrow();
    });

    test("that nothing decides by is named, with what was tried", () => {
        expect(() => {
            expectNoticed(rule, unread as Guard, casesOf({ flag: true, unread: "on" }));
        }).toThrow(/flag-set guards `unread`, but reports no change of just that.*\n.*\ndata.unread: removed/);
    });

    test("that no compliant case sets is told how to be held", () => {
        expect(() => {
            expectNoticed(rule, unread as Guard, casesOf({ flag: true }));
        }).toThrow(/No compliant case sets it: add one that does/);
        expect(() => {
            expectNoticed(rule, { tokens: ["aws:x/y:Y"], property: "z" }, casesOf({ flag: true }));
        }).toThrow(/No compliant case has a resource of aws:x\/y:Y/);
    });
});

describe("a mutant", () => {
    const bucket = (name: string, inputs: object): TestResource => resource("bucket", name, inputs);
    const guard = (property: string): { tokens: readonly string[]; property: string } => ({
        tokens: [bucket("any", {}).type],
        property,
    });
    const labels = (
        program: readonly TestResource[],
        property: string,
        donors: readonly TestResource[] = [],
    ): string[] => [...mutantsOf(program, guard(property), [donors])].map(({ label }) => label);

    test("differs from its program in nothing but the guarded property of one resource", () => {
        const program = [
            bucket("one", { flag: true, other: 1 }),
            bucket("two", { flag: true }),
            resource("vpc", "vpc"),
        ];
        for (const { resources } of mutantsOf(program, guard("flag"), [])) {
            const changed = resources.filter((each, index) => each !== program[index]);
            expect(changed).toHaveLength(1);
            const without = ({ flag: _, ...rest }: Record<string, unknown>): object => rest;
            const original = program.find(({ name }) => name === changed[0]?.name);
            expect(without(changed[0]?.inputs ?? {})).toEqual(without(original?.inputs ?? {}));
            expect(changed[0]?.inputs).not.toEqual(original?.inputs);
        }
    });

    test("has a flag turned, a number at its edges, a list emptied and cut, and what others of its type have", () => {
        expect(labels([bucket("b", { flag: true })], "flag")).toEqual(
            expect.arrayContaining(["b.flag: removed", "b.flag: false"]),
        );
        expect(labels([bucket("b", { count: 3 })], "count")).toEqual(
            expect.arrayContaining(["b.count: 0", "b.count: 1", "b.count: -1", "b.count: 2", "b.count: 4"]),
        );
        expect(labels([bucket("b", { list: ["x", "y"] })], "list")).toEqual(
            expect.arrayContaining(["b.list: []", 'b.list: ["x"]', 'b.list: ["y"]']),
        );
        expect(labels([bucket("b", { mode: "on" })], "mode", [bucket("c", { mode: "off" })])).toContain(
            'b.mode: "off"',
        );
        expect(labels([bucket("b", { at: ref("x") })], "at", [bucket("c", { at: ref("y") })])).toContain(
            'b.at: "<y.id>"',
        );
    });

    test("may be changed deep within lists, objects and documents", () => {
        expect(labels([bucket("b", { rules: [{ on: true }, { on: false }] })], "rules.on")).toEqual(
            expect.arrayContaining(["b.rules.0.on: false", "b.rules.1.on: true"]),
        );
        const policy = json({ Statement: [{ Effect: "Deny" }] });
        expect(labels([bucket("b", { policy })], "policy")).toEqual(
            expect.arrayContaining(["b.policy: removed", "b.policy: Statement: 0: Effect: removed"]),
        );
    });

    test("may have a property set that the program leaves out", () => {
        const program = [bucket("b", {})];
        expect(isSet(program, guard("mode"))).toBe(false);
        expect(labels(program, "mode", [bucket("c", { mode: "off" })])).toContain('b.mode: "off"');
        expect(labels(program, "flag")).toContain("b.flag: false");
    });
});
