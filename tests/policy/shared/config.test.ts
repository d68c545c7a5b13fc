import { Configuration, type RawConfig } from "../../../policies/shared/config";
import { azLossCapacity } from "../../../policies/no-single-point-of-failure/rules/az-loss-capacity";
import { rdsBackup } from "../../../policies/no-single-point-of-failure/rules/rds-backup";
import { kmsPolicyStar } from "../../../policies/encryption/rules/kms-policy-star";
import { judge, resource, UNKNOWN_VALUE } from "../support/harness";

const rules = [azLossCapacity, rdsBackup, kmsPolicyStar];
const config = (
    entries: Record<string, { level?: "advisory" | "mandatory" | "disabled" | "remediate"; properties?: object }>,
): RawConfig =>
    new Map(
        Object.entries(entries).map(([name, { properties = {}, ...rest }]) => [
            name,
            { ...rest, properties: properties as Record<string, unknown> },
        ]),
    );
const db = resource("rdsInstance", "db", { backupRetentionPeriod: 1 });

test("without configuration every rule has its defaults", () => {
    const configuration = new Configuration(rules);
    expect(configuration.problems).toEqual([]);
    expect(configuration.rule("rds-backup")).toEqual({
        level: "mandatory",
        undetermined: "same",
        regions: new Set(),
        settings: { minimumDays: 7 },
    });
    expect(configuration.rule("kms-policy-star").undetermined).toBe("advisory");
});

test("unknown rules, unknown settings and wrong values are all told, with what is allowed", () => {
    const { problems } = new Configuration(
        rules,
        config({
            "rds-bakcup": { level: "advisory" },
            "rds-backup": { properties: { minimumDays: 99, days: 3, undetermined: "never" } },
            "az-loss-capacity": { properties: { neededCapacity: { web: "six" } } },
            exemptions: { properties: { file: 3 } },
        }),
    );
    expect(problems).toEqual([
        'az-loss-capacity.neededCapacity is {"web":"six"} and web: must be of type integer, for example {}.',
        "rds-backup.minimumDays is 99 and must be at most 35, for example 7.",
        'rds-backup.undetermined is "never" and must be one of "same", "advisory", for example "same".',
        "rds-backup.days is not a setting of this rule; allowed are enforcementLevel, minimumDays, undetermined, regions.",
        'exemptions.file is 3 and must be of type string, for example "policy-exemptions.yaml".',
        "`rds-bakcup` is not a rule of this pack; its README lists them.",
    ]);
});

test("a mistake in the configuration is a mandatory violation, once, and the rules still run with their defaults", () => {
    const found = judge(rules, [db, { ...db, name: "db2" }], { config: config({ nonsense: { level: "advisory" } }) });
    expect(found.map(({ name, enforcementLevel }) => [name, enforcementLevel])).toEqual([
        ["configuration", "mandatory"],
        ["rds-backup", "mandatory"],
        ["rds-backup", "mandatory"],
    ]);
});

test("levels are the configured ones, and what remediation has not mended is mandatory", () => {
    const level = (value: "advisory" | "mandatory" | "disabled" | "remediate"): readonly string[] =>
        judge(rules, [db], { config: config({ "rds-backup": { level: value } }) }).map(
            ({ enforcementLevel }) => enforcementLevel,
        );
    expect(level("advisory")).toEqual(["advisory"]);
    expect(level("mandatory")).toEqual(["mandatory"]);
    expect(level("remediate")).toEqual(["mandatory"]);
    expect(level("disabled")).toEqual([]);
});

test("what is undetermined has the rule's level unless the configuration says advisory", () => {
    const open = resource("rdsInstance", "db", { backupRetentionPeriod: UNKNOWN_VALUE });
    expect(judge(rules, [open])).toMatchObject([{ enforcementLevel: "mandatory" }]);
    const lowered = config({ "rds-backup": { properties: { undetermined: "advisory" } } });
    expect(judge(rules, [open], { config: lowered })).toMatchObject([{ enforcementLevel: "advisory" }]);
    // Only what cannot be judged: a violation keeps its level.
    expect(judge(rules, [db], { config: lowered })).toMatchObject([{ enforcementLevel: "mandatory" }]);
});

test("a region that is none, which would leave a rule with nothing to judge, and a rule of the other pack are told", () => {
    const given = config({
        "rds-backup": { properties: { regions: ["us-gov-west-1", "eu_central_1"] } },
        "rds-encrypted": { level: "advisory" },
    });
    expect(new Configuration(rules, given).problems).toEqual([
        expect.stringMatching(
            /^rds-backup\.regions is \["us-gov-west-1","eu_central_1"\] and 1: "eu_central_1" must match /,
        ),
        "`rds-encrypted` is a rule of the pack encryption, not of this one. Each pack takes a configuration file of its own.",
    ]);
});

test("the packs' own settings are checked like a rule's", () => {
    const { problems, exemptions, reportsDirectory } = new Configuration(
        rules,
        config({
            exemptions: { properties: { onResources: "no", maximumDays: 0, days: 3 } },
            reports: { properties: { directory: 3, format: "sarif" } },
            configuration: { properties: { level: "advisory" } },
            "no-such": { level: "disabled" },
        }),
    );
    expect(problems).toEqual([
        "exemptions.maximumDays is 0 and must be at least 1, for example 366.",
        'exemptions.onResources is "no" and must be of type boolean, for example true.',
        "exemptions.days is not a setting of this rule; allowed are enforcementLevel, file, maximumDays, onResources.",
        'reports.directory is 3 and must be of type string, for example "".',
        "reports.format is not a setting of this rule; allowed are enforcementLevel, directory.",
        "configuration.level is not a setting of this rule; allowed are enforcementLevel.",
        "`no-such` is not a rule of this pack; its README lists them.",
    ]);
    // What is wrong has its default.
    expect({ exemptions, reportsDirectory }).toEqual({
        exemptions: { file: "policy-exemptions.yaml", maximumDays: 366, onResources: true, level: "mandatory" },
        reportsDirectory: "",
    });
});
