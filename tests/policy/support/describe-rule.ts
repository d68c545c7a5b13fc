/**
 * The five cases that every rule has: compliant, violating, unknown in preview, exempted, not applicable. And a check that
 * the rule notices when just one of its guarded properties changes.
 */
import type { RawConfig } from "../../../policies/shared/config";
import { defaultLevel, type Rule } from "../../../policies/shared/rule";
import { TOKENS } from "../../../policies/shared/tokens";
import { guardsOf, isSet, mutantsOf, type Guard } from "./mutants";
import { judge, urnOf, type Reported, type RunOptions, type TestResource } from "./harness";

interface FindingCase {
    readonly resources: readonly TestResource[];
    /** Logical names of the resources that are reported, each as often as it is. */
    readonly at: readonly string[];
    /** What the message of every finding says. */
    readonly says: RegExp;
    readonly config?: RawConfig;
    /** Default: both. */
    readonly modes?: readonly ("preview" | "up")[];
    /** Default: the rule's own, or what the rule says of undetermined findings. */
    readonly level?: "advisory" | "mandatory";
}

export interface RuleCases {
    readonly compliant: Readonly<Record<string, readonly TestResource[]>>;
    readonly violating: Readonly<Record<string, FindingCase>>;
    /** Cases in preview, or why a rule has none. */
    readonly unknown: Readonly<Record<string, FindingCase>> | string;
    readonly notApplicable: Readonly<Record<string, readonly TestResource[]>>;
    /** Configuration of the compliant cases. */
    readonly config?: RawConfig;
}

function nameOf({ urn }: Reported): string {
    return urn?.split("::").at(-1) ?? "";
}

function comparable(findings: readonly Reported[]): readonly string[] {
    return findings.map(({ urn, message }) => `${String(urn)} ${message}`).sort();
}

/** The same resources under every other token of each kind. */
function underOtherTokens(resources: readonly TestResource[]): readonly (readonly TestResource[])[] {
    return Object.values(TOKENS).flatMap((tokens: readonly string[]) => {
        const [usual, ...others] = tokens;
        return resources.some(({ type }) => type === usual)
            ? others.map((other) => resources.map((each) => (each.type === usual ? { ...each, type: other } : each)))
            : [];
    });
}

/**
 * Expects that some change of just the guarded property turns some compliant case into one that is reported: in preview,
 * and once all values are known as a violation or at least as what stops the update.
 */
export function expectNoticed(rule: Rule, guard: Guard, cases: RuleCases): void {
    const options: RunOptions = cases.config === undefined ? {} : { config: cases.config };
    const violating = Object.values(cases.violating).map(({ resources }) => resources);
    const programs = Object.values(cases.compliant);
    const unnoticed: string[] = [];
    for (const program of programs) {
        for (const { label, resources } of mutantsOf(program, guard, violating)) {
            const found = judge(rule, resources, { ...options, mode: "up" });
            const failure = found.find(({ message }) => message.startsWith("the rule itself failed"));
            if (failure !== undefined) {
                throw new Error(`${label}: ${failure.message}`);
            }
            const refused = found.some(
                ({ message, enforcementLevel }) =>
                    !message.startsWith("undetermined: ") || enforcementLevel === "mandatory",
            );
            if (refused && judge(rule, resources, { ...options, mode: "preview" }).length > 0) {
                return;
            }
            unnoticed.push(label);
        }
    }
    const advice = !programs.some((program) => program.some(({ type }) => guard.tokens.includes(type)))
        ? `No compliant case has a resource of ${guard.tokens.join(", ")}: add one that sets it.`
        : !programs.some((program) => isSet(program, guard))
          ? "No compliant case sets it: add one that does."
          : "Add a compliant case in which it decides, or take it out of `guards`.";
    throw new Error(
        `${rule.id} guards \`${guard.property}\`, but reports no change of just that in any compliant case. ${advice}\n` +
            `Changes that went unnoticed: ${unnoticed.length}\n${unnoticed.slice(0, 30).join("\n")}`,
    );
}

/** Describes a rule by its cases and checks what holds for all rules along the way. */
export function describeRule(rule: Rule, cases: RuleCases): void {
    const level = defaultLevel(rule);
    const expectFindings = (
        found: readonly Reported[],
        { at, says }: FindingCase,
        kind: "violation" | "undetermined",
        expectedLevel: string,
    ): void => {
        expect(found.map(nameOf).sort()).toEqual([...at].sort());
        for (const finding of found) {
            expect(finding.name).toBe(rule.id);
            expect(finding.message).toMatch(says);
            expect(finding.message.startsWith("undetermined: ")).toBe(kind === "undetermined");
            expect(finding.enforcementLevel).toBe(expectedLevel);
            expect(finding.severity).toBe(rule.severity);
        }
    };

    describe(rule.id, () => {
        describe("is silent on what keeps it", () => {
            test.each(Object.entries(cases.compliant))("%s", (_, resources) => {
                const options: RunOptions = cases.config === undefined ? {} : { config: cases.config };
                expect(judge(rule, resources, { ...options, mode: "preview" })).toEqual([]);
                expect(judge(rule, resources, { ...options, mode: "up" })).toEqual([]);
            });
        });

        describe("reports what breaks it", () => {
            test.each(Object.entries(cases.violating))("%s", (_, each) => {
                const options: RunOptions = each.config === undefined ? {} : { config: each.config };
                for (const mode of each.modes ?? (["preview", "up"] as const)) {
                    const found = judge(rule, each.resources, { ...options, mode });
                    expectFindings(found, each, "violation", each.level ?? level);
                    const reversed = judge(rule, [...each.resources].reverse(), { ...options, mode });
                    expect(comparable(reversed)).toEqual(comparable(found));
                    for (const renamed of underOtherTokens(each.resources)) {
                        const others = judge(rule, renamed, { ...options, mode });
                        expect(others.map(nameOf).sort()).toEqual([...each.at].sort());
                    }
                }
            });
        });

        const { unknown } = cases;
        if (typeof unknown === "string") {
            test(`has no case that is unknown in preview: ${unknown}`, () => {
                expect(rule.undetermined).toBeUndefined();
            });
        } else {
            describe("takes nothing unknown for kept", () => {
                test.each(Object.entries<FindingCase>(unknown))("%s", (_, each) => {
                    const options: RunOptions = each.config === undefined ? {} : { config: each.config };
                    const found = judge(rule, each.resources, { ...options, mode: "preview" });
                    const usual = rule.undetermined === "advisory" ? "advisory" : level;
                    expectFindings(found, each, "undetermined", each.level ?? usual);
                });
            });
        }

        test("shows an exempted finding as advisory, with its reason", () => {
            const [first] = Object.values(cases.violating);
            if (first === undefined) {
                throw new Error("a rule has a violating case");
            }
            const urns = [...new Set(first.at)].map((name) => {
                const found = first.resources.find((each) => each.name === name);
                return found === undefined ? "" : urnOf(found);
            });
            const exemptions = JSON.stringify({
                exemptions: urns.map((urn) => ({
                    rule: rule.id,
                    resource: urn,
                    stacks: ["dev"],
                    reason: "it is a test",
                    owner: "team",
                    ticket: "T-1",
                    expires: "2026-06-30",
                })),
            });
            const options: RunOptions =
                first.config === undefined ? { exemptions } : { exemptions, config: first.config };
            const found = judge(rule, first.resources, { ...options, mode: first.modes?.[0] ?? "preview" });
            expect(found).toHaveLength(first.at.length);
            for (const finding of found) {
                expect(finding.enforcementLevel).toBe("advisory");
                expect(finding.message).toMatch(/^exempted until 2026-06-30 \(it is a test; team, T-1\): /);
                expect(finding.message).toMatch(first.says);
            }
        });

        const guards = guardsOf(rule);
        test("names what decides its answer", () => {
            expect(guards).not.toHaveLength(0);
        });
        for (const guard of guards) {
            const [token = ""] = guard.tokens;
            const type = guard.tokens === rule.tokens ? "" : ` of ${token.split(":").at(-1) ?? ""}`;
            test(`reports a compliant case with just ${guard.property}${type} changed`, () => {
                expectNoticed(rule, guard, cases);
            });
        }

        describe("does not concern itself with", () => {
            test.each(Object.entries(cases.notApplicable))("%s", (_, resources) => {
                expect(judge(rule, resources, { mode: "preview" })).toEqual([]);
                expect(judge(rule, resources, { mode: "up" })).toEqual([]);
            });
        });
    });
}

/** Configuration of one rule's own settings. */
export function settings(rule: Rule, properties: Record<string, unknown>): RawConfig {
    return new Map([[rule.id, { properties }]]);
}
