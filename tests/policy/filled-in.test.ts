/**
 * That every rule judges the program and not what the cloud makes of it: with all that clouds fill in, an update and a state
 * file say the same of every case of every rule as without it.
 */
import { definition as encryption } from "../../policies/encryption/definition";
import { definition as noSinglePointOfFailure } from "../../policies/no-single-point-of-failure/definition";
import type { RawConfig } from "../../policies/shared/config";
import { ResourceGraph } from "../../policies/shared/graph";
import { Recorder } from "../../policies/shared/recorder";
import type { Rule } from "../../policies/shared/rule";
import type { TierSurvival } from "../../policies/shared/survival";
import { survivalOf } from "../../policies/shared/survival-of-stack";
import { TOKENS } from "../../policies/shared/tokens";
import { gatherCases } from "./support/all-cases";
import type { RuleCases } from "./support/describe-rule";
import { FILLED_IN } from "./support/filled-in";
import { engineView, judge, type TestResource } from "./support/harness";

const mockGathered = new Map<Rule, RuleCases>();
jest.mock("./support/describe-rule", () => ({
    ...jest.requireActual<object>("./support/describe-rule"),
    describeRule: (rule: Rule, cases: RuleCases) => mockGathered.set(rule, cases),
}));

const BY_TOKEN = new Map(
    Object.entries(TOKENS).flatMap(([kind, tokens]) =>
        tokens.map((token) => [token, FILLED_IN[kind as keyof typeof TOKENS] ?? {}] as const),
    ),
);

/** One of these a group must have, and what it leaves to the cloud is the other, which then says no more than the first. */
const PLACES = ["availabilityZones", "vpcZoneIdentifiers"];

function filledIn(resource: TestResource): TestResource {
    const placed = PLACES.some((property) => property in resource.inputs);
    const filled = Object.entries(BY_TOKEN.get(resource.type) ?? {}).filter(
        ([property]) => placed || !PLACES.includes(property),
    );
    return { ...resource, computed: { ...Object.fromEntries(filled), ...resource.computed } };
}

interface Case {
    readonly resources: readonly TestResource[];
    readonly config: RawConfig | undefined;
}

function casesOf(cases: RuleCases | undefined): readonly Case[] {
    if (cases === undefined) {
        return [];
    }
    return [
        ...Object.values(cases.compliant).map((resources) => ({ resources, config: cases.config })),
        ...Object.values(cases.violating).map(({ resources, config }) => ({ resources, config })),
        ...Object.values(cases.notApplicable).map((resources) => ({ resources, config: undefined })),
    ];
}

/** What the tiers of a program survive after its update. */
function survivalAfter(resources: readonly TestResource[]): readonly TierSurvival[] {
    const view = engineView(resources, "up");
    const recorder = new Recorder();
    view.resources.forEach(({ urn, props }) => {
        recorder.record(urn, props as object);
    });
    return survivalOf(new ResourceGraph(view.stack.resources, recorder));
}

describe.each([noSinglePointOfFailure, encryption])("$name", (pack) => {
    const gathered = gatherCases(pack, mockGathered);

    describe.each(pack.rules.map((rule) => [rule.id, casesOf(gathered.get(rule)), rule] as const))(
        "%s",
        (_, all, rule) => {
            test("says the same", () => {
                for (const { resources, config } of all) {
                    const options = { mode: "up", ...(config === undefined ? {} : { config }) } as const;
                    expect(judge(rule, resources.map(filledIn), options)).toEqual(judge(rule, resources, options));
                }
            });

            test("has cases that survive the same", () => {
                for (const { resources } of all) {
                    expect(survivalAfter(resources.map(filledIn))).toEqual(survivalAfter(resources));
                }
            });
        },
    );
});
