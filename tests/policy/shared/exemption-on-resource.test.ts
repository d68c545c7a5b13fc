import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sdkProxy from "@pulumi/policy/proxy";
import type { RawConfig } from "../../../policies/shared/config";
import { readTerms } from "../../../policies/shared/exemption-on-resource";
import { Pack } from "../../../policies/shared/pack";
import type { Rule } from "../../../policies/shared/rule";
import { azLossCapacity } from "../../../policies/no-single-point-of-failure/rules/az-loss-capacity";
import { ecsMinTasks } from "../../../policies/no-single-point-of-failure/rules/ecs-min-tasks";
import { kmsDeletionWindow } from "../../../policies/no-single-point-of-failure/rules/kms-deletion-window";
import { rdsMultiAz } from "../../../policies/no-single-point-of-failure/rules/rds-multi-az";
import { noIgnoreChangesGuarded } from "../../../policies/shared/ignore-changes";
import { defineResourceRule } from "../../../policies/shared/rule";
import { judge, resource, UNKNOWN_VALUE, type Reported, type RunOptions, type TestResource } from "../support/harness";

const GOOD = "expires=2026-06-30 owner=platform@example.com ticket=OPS-1 reason=a development database";
const TAG = "headroom:exempt:rds-multi-az";

const db = (tags: unknown, more: object = {}): TestResource =>
    resource("rdsInstance", "db", { multiAz: false, tags, ...more });

const run = (
    tags: Record<string, unknown>,
    options: RunOptions = {},
    rules: Rule | readonly Rule[] = [rdsMultiAz, kmsDeletionWindow],
): readonly Reported[] => judge(rules, [db(tags)], options);

const complaintsOf = (found: readonly Reported[]): readonly Reported[] =>
    found.filter(({ name }) => name === "exemptions");

describe("a tag", () => {
    test("lowers the finding to advisory; the message says where the exemption is, until when and why", () => {
        for (const mode of ["preview", "up"] as const) {
            expect(run({ [TAG]: GOOD, Name: "db" }, { mode })).toMatchObject([
                {
                    name: "rds-multi-az",
                    enforcementLevel: "advisory",
                    message: expect.stringMatching(
                        /^exempted until 2026-06-30 by the tag `headroom:exempt:rds-multi-az` \(a development database; platform@example.com, OPS-1\): multiAz is false/,
                    ) as string,
                },
            ]);
        }
    });

    test("covers a relation's finding on the resource that carries it, and no other resource's", () => {
        const service = (name: string, tags: object): TestResource =>
            resource("ecsService", name, { desiredCount: 1, tags });
        const found = judge(ecsMinTasks, [
            service("web", { "headroom:exempt:ecs-min-tasks": GOOD }),
            service("worker", {}),
        ]);
        expect(
            found.map(({ urn, enforcementLevel }) => `${String(urn?.split("::").at(-1))} ${enforcementLevel}`),
        ).toEqual(["web advisory", "worker mandatory"]);
    });

    test("does not cover what is reported at the stack", () => {
        const config: RawConfig = new Map([["az-loss-capacity", { properties: { neededCapacity: { nothing: 2 } } }]]);
        const service = resource("ecsService", "web", {
            desiredCount: 0,
            tags: { "headroom:exempt:az-loss-capacity": GOOD },
        });
        const atStack = judge(azLossCapacity, [service], { config }).filter(({ urn }) => urn?.includes("pulumi:Stack"));
        expect(atStack.length).toBeGreaterThan(0);
        for (const { enforcementLevel } of atStack) {
            expect(enforcementLevel).toBe("mandatory");
        }
    });

    test("is read from the list that Auto Scaling groups have", () => {
        const rule = defineResourceRule({
            ...rdsMultiAz,
            tokens: ["aws:autoscaling/group:Group"],
            check: (_, report) => {
                report.violation("minSize", "is 1");
            },
        });
        const group = (...tags: object[]): TestResource => resource("autoScalingGroup", "hosts", { tags });
        const entry = { key: TAG, value: GOOD, propagateAtLaunch: false };
        expect(judge(rule, [group({ key: "Name", value: "x" }, entry)])).toMatchObject([
            { enforcementLevel: "advisory" },
        ]);
        expect(judge(rule, [group({ key: "Name", value: "x" })])).toMatchObject([{ enforcementLevel: "mandatory" }]);
    });

    test("holds on its last day; on the next, the finding is back and the tag itself is a violation of the resource", () => {
        expect(run({ [TAG]: GOOD }, { today: "2026-06-30" })).toMatchObject([{ enforcementLevel: "advisory" }]);
        expect(run({ [TAG]: GOOD }, { today: "2026-07-01" })).toMatchObject([
            {
                name: "rds-multi-az",
                enforcementLevel: "mandatory",
                message: expect.stringMatching(/Its exemption expired on 2026-06-30\.$/) as string,
            },
            {
                name: "exemptions",
                enforcementLevel: "mandatory",
                urn: "urn:pulumi:dev::shop::aws:rds/instance:Instance::db",
                message: expect.stringMatching(
                    /^the tag `headroom:exempt:rds-multi-az` expired on 2026-06-30 \(today is 2026-07-01\).* have platform@example\.com renew it/,
                ) as string,
            },
        ]);
    });

    test("that matches no finding is a violation of the resource", () => {
        const kept = resource("rdsInstance", "db", { multiAz: true, tags: { [TAG]: GOOD } });
        expect(judge(rdsMultiAz, [kept])).toMatchObject([
            {
                name: "exemptions",
                enforcementLevel: "mandatory",
                urn: "urn:pulumi:dev::shop::aws:rds/instance:Instance::db",
                message: expect.stringMatching(/matches no finding of rds-multi-az on this resource/) as string,
            },
        ]);
    });

    test("of a rule that is switched off, or of the other pack, or that both packs have, is not called unused", () => {
        const off: RawConfig = new Map([["rds-multi-az", { level: "disabled", properties: {} }]]);
        expect(run({ [TAG]: GOOD }, { config: off })).toEqual([]);
        expect(complaintsOf(run({ "headroom:exempt:rds-encrypted": GOOD }))).toEqual([]);
        const guard = noIgnoreChangesGuarded([rdsMultiAz]);
        const shared = { "headroom:exempt:no-ignore-changes-guarded": GOOD };
        expect(complaintsOf(run(shared, {}, [rdsMultiAz, guard]))).toEqual([]);
    });

    test.each([
        ["no such rule", "rds-mutli-az", GOOD, [/`rds-mutli-az` is no rule of these packs/]],
        [
            "nothing",
            "rds-multi-az",
            "",
            [/`reason` not set/, /`owner` not set/, /`ticket` not set/, /`expires` not set/],
        ],
        [
            "no date",
            "rds-multi-az",
            GOOD.replace("2026-06-30", "2026-06-31"),
            [/`expires` is "2026-06-31".*YYYY-MM-DD/],
        ],
        ["a date too far ahead", "rds-multi-az", GOOD.replace("2026", "2029"), [/must not be later than 2027-03-02/]],
        ["another key", "rds-multi-az", `until=2026 ${GOOD}`, [/`until` is not a key of an exemption/]],
        ["a word too many", "rds-multi-az", `please ${GOOD}`, [/a word that belongs to no key/]],
        ["a key twice", "rds-multi-az", `owner=a ${GOOD}`, [/`owner` is there twice/]],
    ])("with %s exempts nothing, and all that is wrong with it is told at the resource", (_, rule, value, problems) => {
        const found = run({ [`headroom:exempt:${rule}`]: value });
        expect(found[0]).toMatchObject({ name: "rds-multi-az", enforcementLevel: "mandatory" });
        const complaints = complaintsOf(found);
        expect(complaints).toHaveLength(problems.length);
        problems.forEach((problem) => {
            expect(complaints).toContainEqual(
                expect.objectContaining({
                    enforcementLevel: "mandatory",
                    urn: expect.stringMatching(/::db$/) as string,
                    message: expect.stringMatching(problem) as string,
                }),
            );
        });
    });

    test("whose value, or whose whole map, is not known in preview exempts nothing", () => {
        expect(run({ [TAG]: UNKNOWN_VALUE })).toMatchObject([
            { name: "rds-multi-az", enforcementLevel: "mandatory" },
            {
                name: "exemptions",
                message: expect.stringMatching(/is not known in preview, so it exempts nothing/) as string,
            },
        ]);
        expect(judge(rdsMultiAz, [db(UNKNOWN_VALUE)])).toMatchObject([{ enforcementLevel: "mandatory" }]);
    });

    test("in `tagsAll` does not count", () => {
        expect(judge(rdsMultiAz, [db({}, { tagsAll: { [TAG]: GOOD } })])).toMatchObject([
            { name: "rds-multi-az", enforcementLevel: "mandatory" },
        ]);
    });

    test("stands beside an entry of the file, and both count as used", () => {
        const exemptions = JSON.stringify({
            exemptions: [
                {
                    rule: "rds-multi-az",
                    resource: "urn:pulumi:dev::shop::aws:rds/instance:Instance::db",
                    reason: "r",
                    owner: "o",
                    ticket: "t",
                    expires: "2026-05-31",
                },
            ],
        });
        expect(run({ [TAG]: GOOD }, { exemptions })).toMatchObject([{ enforcementLevel: "advisory" }]);
        // The file's has expired, the tag's holds: the finding stays exempted, and the file's is to be removed.
        expect(run({ [TAG]: GOOD }, { exemptions, today: "2026-06-15" })).toMatchObject([
            { name: "rds-multi-az", enforcementLevel: "advisory" },
            { name: "exemptions", message: expect.stringMatching(/entry 1 .* expired on 2026-05-31/) as string },
        ]);
    });

    test("is reported and exempts nothing where only the reviewed file may", () => {
        const config: RawConfig = new Map([["exemptions", { properties: { onResources: false } }]]);
        expect(run({ [TAG]: GOOD }, { config })).toMatchObject([
            { name: "rds-multi-az", enforcementLevel: "mandatory" },
            {
                name: "exemptions",
                enforcementLevel: "mandatory",
                urn: expect.stringMatching(/::db$/) as string,
                message: expect.stringMatching(/switched off by the setting `onResources`/) as string,
            },
        ]);
    });
});

describe("an annotation", () => {
    const key = "policies.headroom.dev/exempt.rds-multi-az";
    const rule = defineResourceRule({
        ...rdsMultiAz,
        tokens: ["kubernetes:apps/v1:Deployment"],
        check: (_, report) => {
            report.violation("spec.replicas", "is 1");
        },
    });
    const deployment = (metadata: object, more: object = {}): TestResource =>
        resource("deployment", "web", { metadata, ...more });

    test("does what a tag does", () => {
        expect(judge(rule, [deployment({ annotations: { [key]: GOOD } })])).toMatchObject([
            {
                enforcementLevel: "advisory",
                message: expect.stringMatching(
                    /^exempted until 2026-06-30 by the annotation `policies\.headroom\.dev\/exempt\.rds-multi-az`/,
                ) as string,
            },
        ]);
    });

    test("of the pods, a label, or a tag by that name, exempts nothing", () => {
        const template = { metadata: { annotations: { [key]: GOOD } } };
        for (const each of [
            deployment({ labels: { [key]: GOOD } }),
            deployment({}, { spec: { template } }),
            deployment({}, { tags: { [TAG]: GOOD } }),
        ]) {
            expect(judge(rule, [each])).toMatchObject([{ name: "rds-multi-az", enforcementLevel: "mandatory" }]);
        }
    });
});

describe("the provider's default tags", () => {
    const proxy = sdkProxy as unknown as { unknownCheckingProxy(value: object): object; unknownStringValue: string };
    const urn = "urn:pulumi:dev::shop::aws:rds/instance:Instance::db";
    const judged = (tags: object, defaultTags: unknown): readonly string[] => {
        const pack = new Pack(
            { name: "p", title: "P", description: "p", rules: [rdsMultiAz] },
            { findExemptions: () => undefined, today: () => "2026-03-01" },
        );
        pack.configure(new Map());
        const args = {
            urn,
            type: "aws:rds/instance:Instance",
            name: "db",
            // What the provider's check returns: its default tags are merged into the resource's.
            props: proxy.unknownCheckingProxy({ multiAz: false, tags }),
            opts: { ignoreChanges: [] },
            provider: { props: proxy.unknownCheckingProxy({ region: "eu-west-1", defaultTags }) },
        };
        const rest = { dependencies: [], propertyDependencies: {} };
        return [...pack.resource(args as never), ...pack.stack({ resources: [{ ...args, ...rest } as never] })].map(
            ({ rule, level, message }) => `${rule} ${level} ${message}`,
        );
    };

    test.each([
        ["as a JSON text", JSON.stringify({ tags: { [TAG]: GOOD } })],
        ["as an object", { tags: { [TAG]: GOOD } }],
    ])("exempt nothing, %s", (_, defaultTags) => {
        expect(judged({ [TAG]: GOOD }, defaultTags)).toEqual([
            expect.stringMatching(/^rds-multi-az mandatory multiAz/),
            expect.stringMatching(
                /^exemptions mandatory .* is one of the provider's default tags, which name no resource/,
            ),
        ]);
    });

    test("leave a resource's own tag alone", () => {
        const own = GOOD.replace("OPS-1", "OPS-2");
        expect(judged({ [TAG]: own }, JSON.stringify({ tags: { [TAG]: GOOD } }))).toEqual([
            expect.stringMatching(/^rds-multi-az advisory exempted .*OPS-2/),
        ]);
        expect(judged({ [TAG]: GOOD }, JSON.stringify({ tags: { team: "a" } }))).toHaveLength(1);
    });

    test("that are not known in preview may be it, so it exempts nothing", () => {
        expect(judged({ [TAG]: GOOD }, proxy.unknownStringValue)).toEqual([
            expect.stringMatching(/^rds-multi-az mandatory/),
            expect.stringMatching(/^exemptions mandatory .* may be one of the provider's default tags/),
        ]);
    });
});

describe("remediation", () => {
    const mend = (value: string): unknown => {
        const pack = new Pack(
            { name: "p", title: "P", description: "p", rules: [kmsDeletionWindow] },
            { findExemptions: () => undefined, today: () => "2026-03-01" },
        );
        const { remediateResource } = pack.policies().at(-1) as unknown as {
            remediateResource: (args: object) => unknown;
        };
        return remediateResource({
            urn: "urn:pulumi:dev::shop::aws:kms/key:Key::data",
            type: "aws:kms/key:Key",
            name: "data",
            props: { deletionWindowInDays: 7, tags: { "headroom:exempt:kms-deletion-window": value } },
            opts: { ignoreChanges: [] },
        });
    };
    test("leaves alone what its tag exempts, for as long as it does", () => {
        expect(mend(GOOD)).toBeUndefined();
        expect(mend(GOOD.replace("2026-06", "2026-01"))).toMatchObject({ deletionWindowInDays: 30 });
        expect(mend("nonsense")).toMatchObject({ deletionWindowInDays: 30 });
    });
});

test("the reason takes the rest of the text, whatever is in it, and an owner may be several words", () => {
    expect(
        readTerms("ticket=T-1  owner=Platform Team expires=2026-01-01 reason=costs = 5 per day, owner=nobody"),
    ).toEqual({
        terms: {
            ticket: "T-1",
            owner: "Platform Team",
            expires: "2026-01-01",
            reason: "costs = 5 per day, owner=nobody",
        },
        problems: [],
    });
});

test("nothing is called unused about a resource that the run judges as a part of the stack only, as with --target", () => {
    const urn = "urn:pulumi:dev::shop::aws:rds/instance:Instance::db";
    const folder = mkdtempSync(join(tmpdir(), "target-"));
    const file = join(folder, "policy-exemptions.yaml");
    const entry = { rule: "rds-multi-az", reason: "r", owner: "o", ticket: "t", expires: "2026-06-30" };
    const gone = "urn:pulumi:dev::shop::aws:rds/instance:Instance::gone";
    writeFileSync(file, JSON.stringify({ exemptions: [urn, gone].map((each) => ({ ...entry, resource: each })) }));
    const pack = new Pack(
        { name: "p", title: "P", description: "p", rules: [rdsMultiAz] },
        { findExemptions: () => file, today: () => "2026-03-01" },
    );
    const database = {
        urn,
        type: "aws:rds/instance:Instance",
        name: "db",
        props: { multiAz: true, tags: { [TAG]: GOOD } },
        opts: { ignoreChanges: [] },
        dependencies: [],
        propertyDependencies: {},
    } as never;
    const complaints = (): readonly string[] => pack.stack({ resources: [database] }).map(({ message }) => message);
    expect(complaints()).toEqual([expect.stringMatching(/Instance::gone\) matches no finding/)]);
    pack.resource(database);
    expect(complaints()).toHaveLength(3);
});
