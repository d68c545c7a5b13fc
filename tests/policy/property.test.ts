/**
 * What must hold for every program, also for those that nobody thought of: a pack never fails, says the same in any order of
 * registration, shows no secret, and takes time that grows no faster than the stack.
 *
 * `HEADROOM_PROPERTY_RUNS` asks for more random stacks than a pull request waits for.
 */
import { join } from "node:path";
import fc from "fast-check";
import { Catalogue } from "../../offline/catalogue";
import { sharedCacheDir } from "../../offline/runner/paths";
import { definition as encryption } from "../../policies/encryption/definition";
import { definition as noSinglePointOfFailure } from "../../policies/no-single-point-of-failure/definition";
import { Pack } from "../../policies/shared/pack";
import type { PackDefinition } from "../../policies/shared/pack-definition";
import type { Rule } from "../../policies/shared/rule";
import { TOKENS } from "../../policies/shared/tokens";
import { gatherCases } from "./support/all-cases";
import type { RuleCases } from "./support/describe-rule";
import { engineView, runOver, type EngineView, type Reported, type TestResource } from "./support/harness";
import { RandomStacks, SECRET } from "./support/random-stack";
import { copyOf, programsOf } from "./support/vocabulary";

const mockGathered = new Map<Rule, RuleCases>();
jest.mock("./support/describe-rule", () => ({
    ...jest.requireActual<object>("./support/describe-rule"),
    describeRule: (rule: Rule, cases: RuleCases) => mockGathered.set(rule, cases),
}));

const RUNS = Number(process.env["HEADROOM_PROPERTY_RUNS"] ?? 60);
/** Whether there is time for everything. */
const EVERYTHING = RUNS >= 500;
const SOME = { minLength: 6, maxLength: 6 };
jest.setTimeout(30_000 + RUNS * 1_000);

const packs = [noSinglePointOfFailure, encryption];
packs.forEach((pack) => gatherCases(pack, mockGathered));
const programs = programsOf(mockGathered);

const root = join(__dirname, "..", "..");
const catalogues = (["aws", "kubernetes", "random"] as const).map((name) =>
    Catalogue.open(name, [root], sharedCacheDir),
);
/** Types that no rule looks at: every hundredth of each package. */
const OTHERS = catalogues.flatMap(({ index }) =>
    Object.keys(index.resources)
        .filter((token) => !token.startsWith("pulumi:"))
        .sort()
        .filter((_, position) => position % 100 === 0),
);
const types = [...new Set([...Object.values(TOKENS).flat(), ...OTHERS])];
const stacks = new RandomStacks(catalogues, programs);

function packOf(definition: PackDefinition): Pack {
    const pack = new Pack(definition, { findExemptions: () => undefined, today: () => "2026-03-01" });
    pack.configure(new Map());
    return pack;
}

function findings(definition: PackDefinition, view: EngineView): readonly string[] {
    return runOver(packOf(definition), view)
        .map(
            ({ name, urn, enforcementLevel, message }: Reported) =>
                `${name} ${urn ?? ""} ${enforcementLevel} ${message}`,
        )
        .sort();
}

/** What the engine may send of a stack: before and after the update, and where a cluster is still to be created. */
function viewsOf(resources: readonly TestResource[]): readonly EngineView[] {
    return [
        engineView(resources, "preview"),
        engineView(resources, "up"),
        engineView(resources, "preview", "dev", (type) => !type.startsWith("kubernetes:")),
    ];
}

type Stack = (copies: number) => readonly TestResource[];

/** A program many times over: side by side, or all around the first, as with one network, one key, one topic for all. */
const WEAVES = {
    "side by side": (program: readonly TestResource[], copies: number) => multiplied(program, copies, (copy) => copy),
    "around one": (program: readonly TestResource[], copies: number) => multiplied(program, copies, () => 0),
};

function multiplied(
    program: readonly TestResource[],
    copies: number,
    referring: (copy: number) => number,
): readonly TestResource[] {
    return Array.from({ length: copies }, (_, copy) => copyOf(program, `-${copy}`, `-${referring(copy)}`)).flat();
}

/** The time that a resource takes in a stack of 2,000 of them, as a multiple of what it takes among 500. */
function costRatio(definition: PackDefinition, mode: "preview" | "up", stackOf: Stack): number {
    const size = stackOf(1).length;
    const views = [500, 2_000].map((count) => engineView(stackOf(Math.max(1, Math.round(count / size))), mode));
    // The least of several: other work of the machine and the garbage of the run before only ever add.
    const rounds = Array.from({ length: 3 }, () => views.map((view) => costOf(packOf(definition), view)));
    const [small = 0, large = 0] = [0, 1].map((index) => Math.min(...rounds.map((costs) => costs[index] ?? Infinity)));
    return large / small;
}

function costOf(pack: Pack, view: EngineView): number {
    const start = process.cpuUsage();
    runOver(pack, view);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / view.resources.length;
}

/** The least ratio of a few tries, which end with the first that leaves no doubt. */
function leastCostRatio(definition: PackDefinition, mode: "preview" | "up", stackOf: Stack): number {
    let least = Infinity;
    for (let attempt = 0; attempt < 4 && least > CLEARLY_LINEAR; attempt += 1) {
        least = Math.min(least, costRatio(definition, mode, stackOf));
    }
    return least;
}

/** Linear is 1, quadratic is 4. */
const CLEARLY_LINEAR = 1.5;
const NOT_LINEAR = 2;

/** The first compliant and the first violating case of a rule as one program. */
function programOf(rule: Rule): readonly TestResource[] {
    const { compliant, violating } = mockGathered.get(rule) ?? { compliant: {}, violating: {} };
    return [...(Object.values(compliant)[0] ?? []), ...copyOf(Object.values(violating)[0]?.resources ?? [], "-broken")];
}

describe.each(packs)("$name, over any stack,", (definition) => {
    const anyStack = fc.oneof(stacks.of(types, 40), stacks.near(6));
    const settings: fc.Parameters<unknown> = { numRuns: RUNS };

    test("never fails", () => {
        fc.assert(
            fc.property(anyStack, (resources) => {
                for (const view of viewsOf(resources)) {
                    expect(
                        findings(definition, view).filter((each) => each.includes("the rule itself failed")),
                    ).toEqual([]);
                }
            }),
            settings,
        );
    });

    test("finds the same in any order of registration", () => {
        const shuffled = anyStack.chain((resources) =>
            fc.tuple(
                fc.constant(resources),
                fc.shuffledSubarray([...resources], { minLength: resources.length, maxLength: resources.length }),
            ),
        );
        fc.assert(
            fc.property(shuffled, ([resources, others]) => {
                const inOrder = viewsOf(resources).map((view) => findings(definition, view));
                expect(viewsOf(others).map((view) => findings(definition, view))).toEqual(inOrder);
            }),
            settings,
        );
    });

    // All of them where there is time for it, else a few at random: each takes about half a second.
    const tested = definition.rules.filter((rule) => mockGathered.has(rule));
    const rules = EVERYTHING ? tested : fc.sample(fc.shuffledSubarray(tested, SOME), 1).flat();
    describe.each(Object.entries(WEAVES))("takes linear time over many programs %s", (_, weave) => {
        test.each(["preview", "up"] as const)("with all of its rules, in %s", (mode) => {
            const program = definition.rules.flatMap((rule) => copyOf(programOf(rule), `-${rule.id}`));
            expect(leastCostRatio(definition, mode, (copies) => weave(program, copies))).toBeLessThan(NOT_LINEAR);
        });

        // Alone, since what one rule does with every pair of resources is little beside what all rules do with each.
        test.each(rules.map((rule) => [rule.id, rule] as const))("with %s alone", (_id, rule) => {
            const program = programOf(rule);
            const alone = { ...definition, rules: [rule] };
            for (const mode of ["preview", "up"] as const) {
                expect(leastCostRatio(alone, mode, (copies) => weave(program, copies))).toBeLessThan(NOT_LINEAR);
            }
        });
    });

    test("shows no secret", () => {
        fc.assert(
            fc.property(anyStack, (resources) => {
                for (const view of viewsOf(resources)) {
                    expect(findings(definition, view).filter((each) => each.includes(SECRET))).toEqual([]);
                }
            }),
            settings,
        );
    });
});
