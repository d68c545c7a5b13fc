import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { loadExemptions } from "../../../policies/shared/exemptions";
import { parseExemptions } from "../../../policies/shared/exemption-schema";
import { anchoringProblem, matchesPattern } from "../../../policies/shared/urn-pattern";
import { rdsMultiAz } from "../../../policies/no-single-point-of-failure/rules/rds-multi-az";
import { kmsDeletionWindow } from "../../../policies/no-single-point-of-failure/rules/kms-deletion-window";
import { noIgnoreChangesGuarded } from "../../../policies/shared/ignore-changes";
import { judge, resource, UNKNOWN_VALUE } from "../support/harness";

const OPTIONS = { rules: new Set(["rds-multi-az"]), maximumDays: 366, today: "2026-03-01" };
const URN = "urn:pulumi:dev::shop::aws:rds/instance:Instance::db";
const entry = {
    rule: "rds-multi-az",
    resource: URN,
    stacks: ["dev"],
    reason: "r",
    owner: "o",
    ticket: "t",
    expires: "2026-06-30",
};
const file = (...entries: object[]): string => JSON.stringify({ exemptions: entries });
const db = resource("rdsInstance", "db", { multiAz: false });

describe("the file", () => {
    test("takes YAML with a date that is not quoted", () => {
        const yaml = `exemptions:\n  - rule: rds-multi-az\n    resource: ${URN}\n    reason: r\n    owner: o\n    ticket: T-1\n    expires: 2026-06-30\n`;
        const { exemptions, problems } = parseExemptions(yaml, OPTIONS);
        expect(problems).toEqual([]);
        expect(exemptions[0]?.expires).toBe("2026-06-30");
    });

    test("tells every mistake at once, each with the entry, the key, the value and what is allowed", () => {
        const broken = { ...entry, rule: "rds-multi", expires: "2026-02-30", owner: "", extra: 1, ticket: undefined };
        const { exemptions, problems } = parseExemptions(file(entry, broken, "text" as unknown as object), OPTIONS);
        expect(exemptions).toHaveLength(1);
        expect(problems).toEqual(
            expect.arrayContaining([
                expect.stringMatching(/^entry 2: `rule` is "rds-multi" and names no rule of these packs/),
                expect.stringMatching(/^entry 2: `expires` is "2026-02-30" and must be a date of the form YYYY-MM-DD/),
                expect.stringMatching(/^entry 2: `owner` is "" and must be a text that is not empty/),
                expect.stringMatching(/^entry 2: `ticket` not set and must be a text/),
                expect.stringMatching(/^entry 2: `extra` is not a key of an exemption; allowed are rule, resource/),
                expect.stringMatching(/^entry 3 must be an object/),
            ]),
        );
        expect(problems).toHaveLength(6);
    });

    test.each([
        ["what is no YAML", "exemptions: [", /no valid YAML/],
        ["another key", "exception: []", /one list under the key `exemptions`/],
        ["a key beside the list", "exemptions: []\nversion: 1", /key `version` is not known/],
        ["nothing", "", /one list under the key/],
        [
            "an entry that no stack would ever call unused",
            file({ ...entry, resource: URN.replace("dev", "*"), stacks: undefined }),
            /^entry 1: `stacks` not set, and `resource` names no stack outright\. Write the stacks/,
        ],
        [
            "an entry for no stack at all",
            file({ ...entry, resource: URN.replace("dev", "*"), stacks: [] }),
            /^entry 1: `stacks` is \[\], and/,
        ],
        [
            "a date too far ahead",
            file({ ...entry, expires: "2028-01-01" }),
            /must not be later than 2027-03-02 \(366 days/,
        ],
    ])("refuses %s", (_, text, problem) => {
        expect(parseExemptions(text, OPTIONS).problems).toEqual([expect.stringMatching(problem)]);
    });
});

test("a file that can not be read is told as such, and as nothing else", () => {
    const { exemptions, problems } = loadExemptions(mkdtempSync(join(tmpdir(), "exemptions-")), OPTIONS.rules, 366);
    expect(exemptions).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(/^the file can not be read: EISDIR/)]);
});

describe("a pattern", () => {
    test.each([
        "urn:pulumi:dev::shop::aws:rds/instance:Instance::db",
        "urn:pulumi:*::shop::*$aws:rds/instance:Instance::db-*",
    ])("%s is anchored", (pattern) => {
        expect(anchoringProblem(pattern)).toBeUndefined();
    });

    test.each([
        ["*", /must begin with/],
        ["database", /must begin with/],
        ["urn:pulumi:dev::shop::db", /four parts/],
        ["urn:pulumi:dev::shop::*::db", /own type in full/],
        ["urn:pulumi:dev::shop::aws:rds/*:Instance::db", /own type in full/],
        ["urn:pulumi:dev::shop::aws:rds:Instance::db", /as URNs have it, `aws:rds\/instance:Instance`/],
        ["urn:pulumi:dev::shop::*$aws:lb:TargetGroup::db", /as URNs have it, `aws:lb\/targetGroup:TargetGroup`/],
        ["urn:pulumi:dev::shop::aws:rds/instance:Instance::*", /name with a literal part/],
        ["urn:pulumi:dev::shop::aws:rds/instance:Instance::*::*", /name with a literal part/],
        ["urn:pulumi:dev::shop::aws:rds/instance:Instance::*a*", /name with a literal part/],
        ["urn:pulumi:dev::shop::aws:rds/instance:Instance::*-*", /name with a literal part/],
    ])("%s is not", (pattern, problem) => {
        expect(anchoringProblem(pattern)).toMatch(problem);
    });

    test("matches the whole URN and takes every character but * for itself", () => {
        expect(
            matchesPattern(
                "urn:pulumi:*::shop::*$aws:rds/instance:Instance::db",
                "urn:pulumi:dev::shop::a:b:C$aws:rds/instance:Instance::db",
            ),
        ).toBe(true);
        expect(matchesPattern(URN, `${URN}-2`)).toBe(false);
        expect(matchesPattern(URN, `x${URN}`)).toBe(false);
        expect(matchesPattern("a.b", "axb")).toBe(false);
        fc.assert(
            fc.property(fc.string(), (text) => matchesPattern(text.replaceAll("*", ""), text.replaceAll("*", ""))),
        );
    });

    test("matches as a regular expression would in which * is any text, a line's end included", () => {
        const text = fc.string({ unit: fc.constantFrom("a", "b", ":", "\n"), maxLength: 8 });
        const pattern = fc.string({ unit: fc.constantFrom("a", "b", ":", "*", "\n"), maxLength: 8 });
        fc.assert(
            fc.property(pattern, text, (wanted, urn) => {
                const expected = new RegExp(`^${wanted.replaceAll("*", "[^]*")}$`).test(urn);
                expect(matchesPattern(wanted, urn)).toBe(expected);
            }),
            { numRuns: 2000 },
        );
        // Tried place by place, this one would not end.
        expect(matchesPattern("a*".repeat(40) + "b", "a".repeat(5_000))).toBe(false);
    });
});

describe("an exemption", () => {
    const run = (entries: object[], options: object = {}) =>
        judge([rdsMultiAz, kmsDeletionWindow], [db], { exemptions: file(...entries), ...options });

    test("lowers the finding to advisory and shows its reason", () => {
        expect(run([entry])).toMatchObject([
            {
                name: "rds-multi-az",
                enforcementLevel: "advisory",
                urn: URN,
                message: expect.stringMatching(/^exempted until 2026-06-30 \(r; o, t\): multiAz is false/) as string,
            },
        ]);
    });

    test("holds on its last day and not on the next", () => {
        expect(run([entry], { today: "2026-06-30" })).toMatchObject([{ enforcementLevel: "advisory" }]);
        expect(run([entry], { today: "2026-07-01" })).toMatchObject([
            {
                name: "rds-multi-az",
                enforcementLevel: "mandatory",
                message: expect.stringMatching(/Its exemption expired on 2026-06-30\.$/) as string,
            },
            {
                name: "exemptions",
                enforcementLevel: "mandatory",
                message: expect.stringMatching(/entry 1 .* expired on 2026-06-30 \(today is 2026-07-01\)/) as string,
            },
        ]);
    });

    test("covers what is undetermined, too", () => {
        const open = resource("rdsInstance", "db", { multiAz: UNKNOWN_VALUE });
        expect(judge(rdsMultiAz, [open], { exemptions: file(entry) })).toMatchObject([
            {
                enforcementLevel: "advisory",
                message: expect.stringMatching(/^exempted until .*: undetermined: /) as string,
            },
        ]);
    });

    test("is for its stacks only", () => {
        const anyStack = { ...entry, resource: "urn:pulumi:*::shop::aws:rds/instance:Instance::db" };
        expect(run([anyStack], { stack: "prod" })).toMatchObject([
            { name: "rds-multi-az", enforcementLevel: "mandatory" },
        ]);
    });

    test("that matches nothing is a violation in a stack that it names, and in no other", () => {
        const unused = { ...entry, rule: "kms-deletion-window", resource: "urn:pulumi:*::shop::aws:kms/key:Key::data" };
        expect(run([entry, unused])).toEqual([
            expect.objectContaining({ enforcementLevel: "advisory" }),
            expect.objectContaining({
                name: "exemptions",
                enforcementLevel: "mandatory",
                message: expect.stringMatching(/entry 2 .* matches no finding in stack dev/) as string,
            }),
        ]);
        expect(run([{ ...unused, stacks: ["staging"] }]).filter(({ name }) => name === "exemptions")).toEqual([]);
    });

    test("that matches nothing is told which findings of its rule it may have meant", () => {
        const others = ["b", "c", "d", "e"].map((name) => resource("rdsInstance", name, { multiAz: false }));
        const told = judge(rdsMultiAz, [db, ...others], {
            exemptions: file({ ...entry, resource: `${URN}-1` }, { ...entry, resource: URN }),
        }).find(({ name }) => name === "exemptions")?.message;
        expect(told).toMatch(
            /entry 1 .* matches no finding in stack dev\. Findings of the rule without an exemption are at .*::b, .*::c, .*::d and 1 more: correct `resource`/,
        );
        expect(told).not.toMatch(/::db, /);
    });

    test("is judged as unused by its URN where it names no stacks", () => {
        const { stacks: _, ...unused } = {
            ...entry,
            resource: "urn:pulumi:dev::shop::aws:rds/instance:Instance::gone",
        };
        expect(run([unused]).map(({ name }) => name)).toEqual(["rds-multi-az", "exemptions"]);
    });

    test("for another project is left to that project, expired or not", () => {
        const foreign = { ...entry, resource: "urn:pulumi:*::other::aws:rds/instance:Instance::db" };
        expect(run([entry, foreign], { today: "2026-03-01" }).filter(({ name }) => name === "exemptions")).toEqual([]);
        const stale = { ...foreign, expires: "2026-01-01" };
        expect(run([entry, stale]).filter(({ name }) => name === "exemptions")).toEqual([]);
    });

    test("is complained about at the stack itself, since a finding needs a URN", () => {
        const unused = { ...entry, resource: "urn:pulumi:dev::shop::aws:rds/instance:Instance::gone" };
        const [complaint] = run([entry, unused]).filter(({ name }) => name === "exemptions");
        expect(complaint?.urn).toBe("urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev");
    });

    test("for a rule of the other pack is left to that pack", () => {
        const foreign = {
            ...entry,
            rule: "rds-encrypted",
            resource: "urn:pulumi:dev::shop::aws:rds/instance:Instance::gone",
        };
        expect(run([entry, foreign]).filter(({ name }) => name === "exemptions")).toEqual([]);
    });

    test("of a rule that is switched off is not called unused", () => {
        const config = new Map([["rds-multi-az", { level: "disabled" as const, properties: {} }]]);
        expect(run([entry], { config })).toEqual([]);
    });

    test("is called by its place in the file, whatever is wrong with those before it", () => {
        const unused = { ...entry, resource: "urn:pulumi:dev::shop::aws:rds/instance:Instance::gone" };
        const complaints = run([{ ...entry, reason: "" }, entry, unused]).filter(({ name }) => name === "exemptions");
        expect(complaints.map(({ message }) => /entry \d/.exec(message)?.[0])).toEqual(["entry 1", "entry 3"]);
    });

    test("of a rule that both packs have is not called unused by the pack without the finding", () => {
        const guard = noIgnoreChangesGuarded([rdsMultiAz]);
        const exemptions = file({ ...entry, rule: "no-ignore-changes-guarded" });
        const kept = resource("rdsInstance", "db", { multiAz: true }, { ignoreChanges: ["storageEncrypted"] });
        expect(judge([rdsMultiAz, guard], [kept], { exemptions })).toEqual([]);
        expect(judge([rdsMultiAz, guard], [kept], { exemptions, today: "2026-07-01" })).toMatchObject([
            { name: "exemptions", message: expect.stringMatching(/expired on 2026-06-30/) as string },
        ]);
    });

    test("that is malformed is a violation, and the others hold", () => {
        expect(run([{ ...entry, reason: "" }, entry])).toMatchObject([
            { enforcementLevel: "advisory" },
            {
                name: "exemptions",
                enforcementLevel: "mandatory",
                message: expect.stringMatching(/policy-exemptions.yaml: entry 1: `reason` is ""/) as string,
            },
        ]);
    });
});
