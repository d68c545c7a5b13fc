import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StackValidationPolicy, ResourceValidationPolicy } from "@pulumi/policy";
import "@microsoft/jest-sarif";
import fc from "fast-check";
import { validateXML } from "xmllint-wasm";
import { rdsBackup } from "../../../../policies/no-single-point-of-failure/rules/rds-backup";
import { rdsMultiAz } from "../../../../policies/no-single-point-of-failure/rules/rds-multi-az";
import { wafAttached } from "../../../../policies/no-single-point-of-failure/rules/waf-attached";
import type { RawConfig } from "../../../../policies/shared/config";
import type { Level, Rule } from "../../../../policies/shared/rule";
import { Pack } from "../../../../policies/shared/pack";
import type { PackDocument } from "../../../../policies/shared/pack-definition";
import type { FindingsDocument } from "../../../../policies/shared/reports/findings-json";
import { renderJunit } from "../../../../policies/shared/reports/junit";
import { reportedFindings, type ReportedFinding, type Run } from "../../../../policies/shared/reports/run";
import { renderSarif } from "../../../../policies/shared/reports/sarif";
import { reportsTarget } from "../../../../policies/shared/reports/directory";
import { removeAbandoned } from "../../../../policies/shared/reports/write-file";

declare global {
    // eslint-disable-next-line @typescript-eslint/no-namespace -- how jest's matchers are extended
    namespace jest {
        interface Matchers<R> {
            toBeValidSarifLog(): R;
        }
    }
}

interface Sarif {
    readonly runs: readonly [
        {
            readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
            readonly automationDetails: { readonly id: string };
            readonly invocations: readonly [{ readonly executionSuccessful: boolean }];
            readonly results: readonly {
                readonly ruleId: string;
                readonly ruleIndex: number;
                readonly level: string;
                readonly message: { readonly text: string };
                readonly partialFingerprints: Readonly<Record<string, string>>;
                readonly suppressions?: readonly object[];
            }[];
        },
    ];
}

const EXEMPTED = "expires=2026-06-30 owner=team ticket=T-1 reason=a <saving> & more";
const urnOf = (name: string): string => `urn:pulumi:dev::shop::aws:rds/instance:Instance::${name}`;

interface Database {
    readonly name: string;
    readonly props: Readonly<Record<string, unknown>>;
}

const violating: Database = { name: "orders", props: { multiAz: false, backupRetentionPeriod: 7 } };
const advisory: Database = { name: "small", props: { multiAz: true, backupRetentionPeriod: 1 } };
const exempted: Database = {
    name: "dev",
    props: { multiAz: false, backupRetentionPeriod: 7, tags: { "headroom:exempt:rds-multi-az": EXEMPTED } },
};
const RULES: readonly Rule[] = [rdsBackup, rdsMultiAz, wafAttached];
const LEVELS: Readonly<Record<string, Level>> = { "rds-backup": "advisory", "waf-attached": "disabled" };

function packWritingTo(
    directory: string,
    levels: Readonly<Record<string, Level>> = LEVELS,
    documents: readonly PackDocument[] = [],
): Pack {
    const pack = new Pack(
        {
            documents,
            name: "pack-under-test",
            title: "P",
            description: "A pack under test.",
            version: "1.2.3",
            rules: RULES,
        },
        {
            findExemptions: () => undefined,
            today: () => "2026-03-01",
            reports: () => ({ directory, projectFile: "infra/Pulumi.yaml" }),
        },
    );
    const config: RawConfig = new Map(Object.entries(levels).map(([rule, level]) => [rule, { level, properties: {} }]));
    pack.configure(config);
    return pack;
}

/** Runs a pack; without `toTheEnd` it stops before the stack is judged. */
function run(
    pack: Pack,
    databases: readonly Database[],
    toTheEnd = true,
): readonly { message: string; name: string }[] {
    const [runner] = pack.policies() as [ResourceValidationPolicy & StackValidationPolicy];
    const reported: { message: string; name: string }[] = [];
    const report = (violation: unknown): void => {
        reported.push(violation as { message: string; name: string });
    };
    const resources = databases.map(({ name, props }) => ({
        urn: urnOf(name),
        type: "aws:rds/instance:Instance",
        name,
        props,
        opts: { ignoreChanges: [] },
        dependencies: [],
        propertyDependencies: {},
    }));
    for (const resource of resources) {
        (runner.validateResource as (args: object, report: unknown) => void)(resource, report);
    }
    if (toTheEnd) {
        (runner.validateStack as (args: object, report: unknown) => void)({ resources }, report);
    }
    return reported;
}

const SUBJECT: Omit<Run, "findings"> = {
    pack: "p",
    version: "1.0.0",
    description: "P.",
    category: "security",
    rules: [],
    projectFile: "Pulumi.yaml",
    maximumDays: 366,
    project: "shop",
    stack: "dev",
    complete: true,
};

const newFolder = (): string => mkdtempSync(join(tmpdir(), "reports-"));
const read = (folder: string, extension: string): string =>
    readFileSync(join(folder, `pack-under-test.${extension}`), "utf8");
const readSarif = (folder: string): Sarif => JSON.parse(read(folder, "sarif")) as Sarif;
const readFindings = (folder: string): FindingsDocument =>
    JSON.parse(read(folder, "findings.json")) as FindingsDocument;

async function expectValidJunit(xml: string): Promise<void> {
    const schema = readFileSync(join(__dirname, "junit.xsd"), "utf8");
    const { valid, rawOutput } = await validateXML({
        xml: [{ fileName: "report.xml", contents: xml }],
        schema: [{ fileName: "junit.xsd", contents: schema }],
    });
    expect({ valid, rawOutput }).toMatchObject({ valid: true });
}

describe("a run to its end", () => {
    const folder = newFolder();
    run(packWritingTo(folder), [violating, advisory, exempted]);

    test("leaves three files and nothing else", () => {
        expect(readdirSync(folder).sort()).toEqual([
            "pack-under-test.findings.json",
            "pack-under-test.junit.xml",
            "pack-under-test.sarif",
        ]);
    });

    test("has every finding in findings.json, with its level, its resource and its exemption", () => {
        const document = readFindings(folder);
        expect(document).toMatchObject({
            version: 1,
            pack: { name: "pack-under-test", version: "1.2.3" },
            project: "shop",
            stack: "dev",
            complete: true,
            exemptions: { maximumDays: 366 },
        });
        expect(document.rules.map(({ id, level }) => `${id} ${level}`)).toEqual([
            "rds-backup advisory",
            "rds-multi-az mandatory",
            "waf-attached disabled",
        ]);
        expect(document.findings.map(({ rule, name, level, kind }) => [rule, name, level, kind].join(" "))).toEqual([
            "rds-backup small advisory violation",
            "rds-multi-az dev advisory violation",
            "rds-multi-az orders mandatory violation",
        ]);
        expect(document.findings[1]).toMatchObject({
            urn: urnOf("dev"),
            type: "aws:rds/instance:Instance",
            property: "multiAz",
            exemption: {
                reason: "a <saving> & more",
                owner: "team",
                ticket: "T-1",
                expires: "2026-06-30",
                where: "the tag `headroom:exempt:rds-multi-az`",
            },
        });
    });

    test("is valid SARIF 2.1.0", () => {
        expect(readSarif(folder)).toBeValidSarifLog();
        // The matcher is no formality.
        expect({ ...readSarif(folder), version: "2.0.0" }).not.toBeValidSarifLog();
    });

    test("has what code scanning reads of SARIF: levels, rules with help, a file, a fingerprint of each finding's own", () => {
        const [{ tool, results, automationDetails, invocations }] = readSarif(folder).runs;
        expect(automationDetails.id).toBe("pack-under-test/shop/dev/");
        expect(invocations).toEqual([{ executionSuccessful: true }]);
        expect(results.map(({ ruleId, level }) => `${ruleId} ${level}`)).toEqual([
            "rds-backup warning",
            "rds-multi-az warning",
            "rds-multi-az error",
        ]);
        for (const { ruleIndex, ruleId } of results) {
            expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
        }
        expect(tool.driver.rules.find(({ id }) => id === "rds-multi-az")).toMatchObject({
            defaultConfiguration: { enabled: true, level: "error" },
            help: { text: expect.stringMatching(/^Where it is broken: .* Fix: /) as string },
            helpUri: rdsMultiAz.url,
            properties: {
                "security-severity": "8.0",
                tags: expect.arrayContaining(["reliability", "fsbp:RDS.5"]) as [],
            },
        });
        expect(tool.driver.rules.find(({ id }) => id === "waf-attached")).toMatchObject({
            defaultConfiguration: { enabled: false },
        });
        expect(results[2]).toMatchObject({
            message: { text: expect.stringMatching(/^orders: multiAz is false/) as string },
            locations: [
                {
                    physicalLocation: { artifactLocation: { uri: "infra/Pulumi.yaml", uriBaseId: "%SRCROOT%" } },
                    logicalLocations: [{ name: "orders", fullyQualifiedName: urnOf("orders"), kind: "resource" }],
                },
            ],
        });
        expect(results[2]).not.toHaveProperty("suppressions");
        expect(results[1]?.suppressions).toEqual([
            {
                kind: "external",
                status: "accepted",
                justification:
                    "a <saving> & more (team, T-1, until 2026-06-30; the tag `headroom:exempt:rds-multi-az`)",
            },
        ]);
        const hashes = results.map(({ partialFingerprints }) => partialFingerprints["primaryLocationLineHash"]);
        expect(new Set(hashes).size).toBe(results.length);
    });

    test("is well-formed JUnit: kept rules have passed, mandatory findings failed, exempted ones are skipped", async () => {
        const xml = read(folder, "junit.xml");
        await expectValidJunit(xml);
        expect(xml).toMatch(
            /<testsuite name="pack-under-test shop\/dev" tests="4" failures="1" errors="0" skipped="2">/,
        );
        expect(xml).toMatch(
            /name="rds-multi-az orders \(aws:rds\/instance:Instance\) multiAz"><failure message="multiAz is false/,
        );
        expect(xml).toMatch(
            /name="rds-multi-az dev \(.*\) multiAz"><skipped message="exempted until .* \(a &lt;saving&gt; &amp; more; /,
        );
        expect(xml).toMatch(/name="rds-backup small \(.*\) backupRetentionPeriod"><system-out>/);
        expect(xml).toMatch(/name="waf-attached"><skipped message="switched off by the configuration"\/>/);
    });

    test("says the same whatever order the resources came in, and whatever day it is", () => {
        const other = newFolder();
        run(packWritingTo(other), [exempted, advisory, violating]);
        for (const extension of ["findings.json", "junit.xml", "sarif"]) {
            expect(read(other, extension)).toBe(read(folder, extension));
        }
    });
});

test("a rule that is kept has passed", async () => {
    const folder = newFolder();
    run(packWritingTo(folder), [advisory]);
    expect(read(folder, "junit.xml")).toMatch(
        /<testcase classname="pack-under-test.rds-multi-az" name="rds-multi-az"\/>/,
    );
    await expectValidJunit(read(folder, "junit.xml"));
});

describe("a run that is stopped", () => {
    test("before its first resource leaves reports that say so", async () => {
        const folder = newFolder();
        packWritingTo(folder);
        expect(readFindings(folder)).toMatchObject({ complete: false, findings: [] });
        await expectValidJunit(read(folder, "junit.xml"));
    });

    test("before its first resource names the stack that the engine has announced", () => {
        const folder = newFolder();
        const pack = packWritingTo(folder);
        pack.operation = { project: "shop", stack: "dev", updates: false };
        pack.configure(new Map());
        expect(readFindings(folder)).toMatchObject({ complete: false, project: "shop", stack: "dev" });
        expect(readSarif(folder).runs[0].automationDetails.id).toBe("pack-under-test/shop/dev/");
    });

    test("by a violation leaves what was found, and passes nowhere as complete", async () => {
        const folder = newFolder();
        run(packWritingTo(folder), [violating], false);
        expect(readFindings(folder)).toMatchObject({ complete: false, findings: [{ rule: "rds-multi-az" }] });
        const sarif = readSarif(folder);
        expect(sarif).toBeValidSarifLog();
        expect(sarif.runs[0].invocations[0]).toMatchObject({ executionSuccessful: false });
        const xml = read(folder, "junit.xml");
        await expectValidJunit(xml);
        expect(xml).toMatch(/errors="1"/);
        expect(xml).toMatch(/name="the run"><error message="The run was stopped before the stack was judged/);
        // Nobody knows whether the other rules are kept.
        expect(xml).toMatch(/name="rds-backup"><skipped message="the run was stopped/);
    });

    test("replaces the reports of the run before it", () => {
        const folder = newFolder();
        run(packWritingTo(folder), [violating]);
        run(packWritingTo(folder), [advisory], false);
        expect(readFindings(folder)).toMatchObject({ complete: false, findings: [{ rule: "rds-backup" }] });
    });

    test("loses no finding that waits for its turn to be written", async () => {
        const folder = newFolder();
        const many = Array.from({ length: 200 }, (_, index) => ({ ...violating, name: `orders-${index}` }));
        run(packWritingTo(folder), many, false);
        const deadline = Date.now() + 20_000;
        while (readFindings(folder).findings.length < many.length && Date.now() < deadline) {
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
        expect(readFindings(folder).findings).toHaveLength(many.length);
    });

    test("by force, again and again, never leaves a torn file", async () => {
        const folder = newFolder();
        const script = `
            const { writeAtomically } = require(${JSON.stringify(join(__dirname, "../../../../policies/shared/reports/write-file.ts"))});
            const text = (n) => JSON.stringify({ n, padding: "x".repeat(400_000) });
            writeAtomically(process.argv[1], text(0));
            console.log("started");
            for (let n = 1; ; n++) writeAtomically(process.argv[1], text(n));
        `;
        const register = join(__dirname, "../../../../offline/register.js");
        for (let round = 0; round < 5; round++) {
            const file = join(folder, "torn.json");
            const child = spawn(process.execPath, ["-r", register, "-e", script, file]);
            const ended = new Promise((resolve) => child.once("close", resolve));
            await new Promise((resolve) => child.stdout.once("data", resolve));
            await new Promise((resolve) => setTimeout(resolve, 7 * round));
            child.kill("SIGKILL");
            await ended;
            expect(JSON.parse(readFileSync(file, "utf8"))).toHaveProperty("padding");
        }
        // What such a run leaves beside the file goes with a later one, never while it may still be written.
        const [left = ".torn.json.1.tmp"] = readdirSync(folder).filter((name) => name.endsWith(".tmp"));
        writeFileSync(join(folder, left), "");
        removeAbandoned(join(folder, "torn.json"));
        expect(readdirSync(folder)).toContain(left);
        utimesSync(join(folder, left), new Date(0), new Date(0));
        removeAbandoned(join(folder, "torn.json"));
        expect(readdirSync(folder)).not.toContain(left);
    }, 60_000);
});

test("a process that judges a second run starts its reports anew", () => {
    const folder = newFolder();
    const pack = packWritingTo(folder);
    run(pack, [violating]);
    run(pack, [advisory]);
    expect(readFindings(folder).findings.map(({ rule }) => rule)).toEqual(["rds-backup"]);
});

test("reports that can not be written are a mandatory violation, and the findings still come", () => {
    const folder = newFolder();
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    const found = run(packWritingTo(join(file, "reports")), [violating]);
    expect(found).toMatchObject([
        { name: "rds-multi-az" },
        {
            name: "reports",
            enforcementLevel: "mandatory",
            message: expect.stringMatching(
                /the reports in .*a-file\/reports can not be written: (ENOTDIR|EEXIST)/,
            ) as string,
        },
    ]);
});

test("a file of the pack's own that can not be made is a mandatory violation, and keeps nothing else from being complete", () => {
    const folder = newFolder();
    const failing = {
        file: "own.json",
        content: (): object => {
            throw new TypeError("no such thing");
        },
    };
    const found = run(packWritingTo(folder, LEVELS, [failing]), [violating]);
    expect(found).toMatchObject([
        { name: "rds-multi-az" },
        {
            name: "reports",
            enforcementLevel: "mandatory",
            message: expect.stringMatching(/: no such thing$/) as string,
        },
    ]);
    expect(readFindings(folder)).toMatchObject({ complete: true, findings: [{ rule: "rds-multi-az" }] });
    expect(JSON.parse(readFileSync(join(folder, "own.json"), "utf8"))).toMatchObject({ complete: false });
});

describe("fingerprints", () => {
    const diagnostic = {
        rule: "rds-multi-az",
        description: "",
        urn: urnOf("orders"),
        level: "mandatory",
        severity: "high",
        kind: "violation",
        property: "multiAz",
        message: "one",
    } as const;
    const of = (...diagnostics: Parameters<typeof reportedFindings>[0][]): readonly string[] =>
        reportedFindings(diagnostics.flatMap((each) => [...each])).map(({ fingerprint }) => fingerprint);

    test("stay while the wording, the level and the exemption of a finding change", () => {
        const exemption = { reason: "", owner: "", ticket: "", expires: "", where: "", onResource: false };
        const [before] = of([diagnostic]);
        expect(of([{ ...diagnostic, message: "two", level: "advisory", kind: "undetermined", exemption }])).toEqual([
            before,
        ]);
    });

    test("differ by rule, resource and property, and for two findings on one property", () => {
        const all = of([
            diagnostic,
            { ...diagnostic, message: "two" },
            { ...diagnostic, rule: "rds-backup" },
            { ...diagnostic, urn: urnOf("other") },
            { ...diagnostic, property: "storage" },
        ]);
        expect(new Set(all).size).toBe(5);
    });

    test("of an expired exemption stay from one day to the next", () => {
        const { property: _, ...complaint } = { ...diagnostic, rule: "exemptions", kind: "exemption" as const };
        const on = (day: string): readonly string[] =>
            of([{ ...complaint, message: `entry 1 expired on 2026-01-01 (today is ${day}). Mend it.` }]);
        expect(on("2026-02-01")).toEqual(on("2026-02-02"));
    });
});

test("every JUnit case has a name of its own: same resource name, same property, same parent's type", () => {
    const base: ReportedFinding = {
        rule: "alarm-coverage",
        kind: "violation",
        level: "mandatory",
        severity: "medium",
        urn: urnOf("web"),
        type: "aws:lb/loadBalancer:LoadBalancer",
        name: "web",
        property: "alarm",
        message: "has none",
        fingerprint: "0",
    };
    const { property: _, ...whole } = base;
    const xml = renderJunit({
        ...SUBJECT,
        findings: [
            base,
            { ...base, type: "aws:rds/instance:Instance" },
            { ...base, property: "another" },
            { ...base, message: "has two" },
            whole,
        ],
    });
    const names = [...xml.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"/g)].map(([, , name]) => name);
    expect(names).toHaveLength(5);
    expect(new Set(names).size).toBe(5);
});

test("any text is told in well-formed files", async () => {
    const messages = fc
        .sample(fc.string({ unit: "binary", maxLength: 200 }), 50)
        .concat(["\u0000\u001b[31m]]>\ud800", "\n\t"]);
    const findings = reportedFindings(
        messages.map((message, index) => ({
            rule: "rds-multi-az",
            description: "",
            urn: urnOf(`${index} ${message}`),
            level: index % 2 === 0 ? ("mandatory" as const) : ("advisory" as const),
            severity: "high" as const,
            kind: "violation" as const,
            property: message,
            message,
        })),
    );
    const subject: Run = { ...SUBJECT, findings };
    await expectValidJunit(renderJunit(subject));
    expect(JSON.parse(renderSarif(subject))).toBeValidSarifLog();
}, 60_000);

describe("the folder", () => {
    const program = newFolder();
    writeFileSync(join(program, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    const inProgram = { HEADROOM_PROGRAM_DIR: program };

    test("is none where neither the variable nor the configuration names one", () => {
        expect(reportsTarget("", {})).toEqual({ projectFile: "Pulumi.yaml" });
    });
    test("is the variable's before the configuration's, below the program's folder where it is relative", () => {
        const previous = process.env["HEADROOM_PROGRAM_DIR"];
        process.env["HEADROOM_PROGRAM_DIR"] = program;
        try {
            expect(reportsTarget("out", inProgram)).toMatchObject({ directory: join(program, "out") });
            expect(reportsTarget("out", { ...inProgram, HEADROOM_POLICY_REPORTS: "/ci" })).toMatchObject({
                directory: "/ci",
            });
        } finally {
            if (previous === undefined) {
                delete process.env["HEADROOM_PROGRAM_DIR"];
            } else {
                process.env["HEADROOM_PROGRAM_DIR"] = previous;
            }
        }
    });
    test("the project file is named from the root of its repository", () => {
        mkdirSync(join(program, ".git"));
        mkdirSync(join(program, "infra"));
        writeFileSync(join(program, "infra", "Pulumi.yaml"), "");
        const previous = process.env["HEADROOM_PROGRAM_DIR"];
        process.env["HEADROOM_PROGRAM_DIR"] = join(program, "infra");
        try {
            expect(reportsTarget("/ci", {})).toEqual({ directory: "/ci", projectFile: "infra/Pulumi.yaml" });
        } finally {
            if (previous === undefined) {
                delete process.env["HEADROOM_PROGRAM_DIR"];
            } else {
                process.env["HEADROOM_PROGRAM_DIR"] = previous;
            }
        }
    });
});
