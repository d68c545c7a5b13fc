import {
    lstatSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    statSync,
    symlinkSync,
    writeFileSync,
    chmodSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { extendExemptions, type Baseline } from "../../../../policies/shared/baseline/extend";
import { baseline, type Outcome } from "../../../../policies/shared/baseline/main";
import { parseExemptions } from "../../../../policies/shared/exemption-schema";
import type { FindingsDocument } from "../../../../policies/shared/reports/findings-json";
import type { ReportedFinding } from "../../../../policies/shared/reports/run";

const TODAY = "2026-03-01";
const urn = (name: string, stack = "dev"): string => `urn:pulumi:${stack}::shop::aws:rds/instance:Instance::${name}`;

function finding(rule: string, name: string, more: Partial<ReportedFinding> = {}): ReportedFinding {
    return {
        rule,
        kind: "violation",
        level: "mandatory",
        severity: "high",
        urn: urn(name),
        type: "aws:rds/instance:Instance",
        name,
        property: "x",
        message: `${rule} is broken`,
        fingerprint: `${rule}${name}`,
        ...more,
    };
}

function report(findings: readonly ReportedFinding[], more: Partial<FindingsDocument> = {}): FindingsDocument {
    return {
        version: 1,
        pack: { name: "p", version: "1.0.0" },
        project: "shop",
        stack: "dev",
        complete: true,
        exemptions: { maximumDays: 366 },
        rules: [],
        findings,
        ...more,
    };
}

const TERMS = { reason: "it was there before", owner: "platform@example.com", ticket: "OPS-1", expires: "2026-09-30" };
const OPTIONS = { rules: new Set(["rds-multi-az", "rds-backup", "rds-encrypted"]), maximumDays: 366, today: TODAY };
const extend = (
    source: string | undefined,
    findings: readonly ReportedFinding[],
    filters: { rules?: readonly string[]; severities?: readonly string[] } = {},
): Baseline => {
    const request = { terms: TERMS, rules: new Set(filters.rules), severities: new Set(filters.severities) };
    const result = extendExemptions(source, [report(findings)], request, OPTIONS);
    if ("problems" in result) {
        throw new Error(result.problems.join());
    }
    return result;
};

describe("the file", () => {
    const findings = [finding("rds-multi-az", "orders"), finding("rds-backup", "orders", { kind: "undetermined" })];

    test("is made where there is none, is well-formed, and names each resource by its whole URN", () => {
        const { text, added } = extend(undefined, findings);
        expect(added).toHaveLength(2);
        const { exemptions, problems } = parseExemptions(text ?? "", OPTIONS);
        expect(problems).toEqual([]);
        expect(exemptions).toEqual([
            { rule: "rds-multi-az", resource: urn("orders"), ...TERMS, position: 1 },
            { rule: "rds-backup", resource: urn("orders"), ...TERMS, position: 2 },
        ]);
        expect(text).toMatch(/^# Known findings/);
        expect(text).toMatch(/^ {2}- rule: rds-multi-az$/m);
        expect(text).toMatch(/^ {4}expires: 2026-09-30$/m);
    });

    const OLD = `# Reviewed by the platform team.
exemptions:
  # Cheap on purpose.
  - rule: rds-backup # seven days cost too much
    resource: "urn:pulumi:dev::shop::*$aws:rds/instance:Instance::scratch"
    stacks: [dev]
    reason: a scratch database holds nothing that could not be made again, however long this line may become in time
    owner: data@example.com
    ticket: OPS-9
    expires: 2026-06-30

  # The end.
`;

    test("keeps every byte that is there, comments and ways of writing included", () => {
        for (const source of [
            OLD,
            OLD.replace("\n\n  # The end.\n", ""),
            OLD.replace(/expires: (.*)/, "expires: >-\n      $1"),
        ]) {
            const { text = "" } = extend(source, findings);
            const { added } = extend(undefined, findings);
            const lines = added.flatMap((entry) =>
                Object.entries(entry).map(([key, value]) => `${key}: ${String(value)}`),
            );
            expect(lines).toHaveLength(12);
            const own = text.split("\n").filter((line) => !lines.includes(line.replace(/^ {2}(- | {2})/, "")));
            expect(own.join("\n").trimEnd()).toBe(source.trimEnd());
            const { exemptions, problems } = parseExemptions(text, OPTIONS);
            expect(problems).toEqual([]);
            expect(exemptions.map(({ rule }) => rule)).toEqual(["rds-backup", "rds-multi-az", "rds-backup"]);
        }
    });

    test.each([
        ["an empty list", "exemptions: []\n", /^exemptions:\n {2}- rule: rds-multi-az/],
        [
            "a list at the margin",
            `exemptions:\n- ${
                OLD.split("- ")[1]
                    ?.replace(/\n {4}/g, "\n  ")
                    .split("\n\n")[0] ?? ""
            }\n`,
            /^- rule: rds-multi-az/m,
        ],
        [
            "entries in braces",
            `exemptions:\n  - { rule: rds-backup, resource: "${urn("a")}", reason: r, owner: o, ticket: t, expires: 2026-06-30 }\n`,
            /- \{ rule: rds-backup, .*\}\n {2}- rule: rds-multi-az/,
        ],
        [
            "JSON",
            JSON.stringify({ exemptions: [{ rule: "rds-backup", resource: urn("a"), ...TERMS }] }),
            /^\{\n {4}"exemptions": \[/,
        ],
    ])("goes on as it was written: %s", (_, source, expected) => {
        const { text = "" } = extend(source, findings);
        expect(text).toMatch(expected);
        const { problems, exemptions } = parseExemptions(text, OPTIONS);
        expect(problems).toEqual([]);
        expect(exemptions.length).toBe(parseExemptions(source, OPTIONS).exemptions.length + 2);
    });

    test.each([
        ["YAML", OLD],
        ["an empty list", "# Ours.\nexemptions: []\n"],
        ["JSON", JSON.stringify({ exemptions: [] }, null, 2)],
    ])("keeps Windows' line ends and its byte order mark: %s", (_, source) => {
        const { text = "" } = extend(`\ufeff${source.replaceAll("\n", "\r\n")}`, findings);
        expect(text).toMatch(/^\ufeff[^\ufeff]*$/);
        expect(text).not.toMatch(/[^\r]\n|\r\r/);
        const { problems, exemptions } = parseExemptions(text, OPTIONS);
        expect(problems).toEqual([]);
        expect(exemptions.length).toBe(parseExemptions(source, OPTIONS).exemptions.length + 2);
    });

    test("keeps the indentation of JSON, and stays JSON", () => {
        const { text = "" } = extend(JSON.stringify({ exemptions: [] }, null, 2), findings);
        expect(text).toMatch(/^\{\n {2}"exemptions": \[\n {4}\{\n {6}"rule"/);
    });

    test("is not touched where it is malformed: everything that is wrong is told", () => {
        const request = { terms: TERMS, rules: new Set<string>(), severities: new Set<string>() };
        expect(extendExemptions("exemptions:\n  - rule: nonsense\n", [report(findings)], request, OPTIONS)).toEqual({
            problems: expect.arrayContaining([expect.stringMatching(/^entry 1: `rule` is "nonsense"/)]) as string[],
        });
    });
});

describe("a finding", () => {
    test("gets one entry however often it is reported", () => {
        const twice = [finding("rds-backup", "orders"), finding("rds-backup", "orders", { property: "y" })];
        expect(extend(undefined, twice).added).toHaveLength(1);
    });

    test("that the file covers already, by a pattern too, gets none: a second time adds nothing", () => {
        const findings = [finding("rds-multi-az", "orders")];
        const { text = "" } = extend(undefined, findings);
        expect(extend(text, findings)).toEqual({ added: [], covered: 1, left: [], text: undefined });
        const pattern = text.replace("urn:pulumi:dev::shop", "urn:pulumi:dev::*");
        expect(extend(pattern, findings)).toMatchObject({ added: [], covered: 1 });
        // An entry for another stack covers nothing here.
        expect(extend(text.replace("urn:pulumi:dev", "urn:pulumi:prod"), findings).added).toHaveLength(1);
    });

    test("whose entry has expired gets no second one", () => {
        const { text = "" } = extend(undefined, [finding("rds-multi-az", "orders")]);
        expect(extend(text.replace("2026-09-30", "2026-02-28"), [finding("rds-multi-az", "orders")])).toMatchObject({
            added: [],
            left: [{ why: expect.stringMatching(/entry 1, that expired on 2026-02-28: renew it/) as string }],
        });
    });

    test("that stops nothing gets none: advisory ones, exempted ones among them", () => {
        expect(extend(undefined, [finding("rds-multi-az", "orders", { level: "advisory" })])).toEqual({
            added: [],
            covered: 0,
            left: [],
            text: undefined,
        });
    });

    test.each(["configuration", "exemption", "failure"] as const)("of the kind %s is never exempted", (kind) => {
        const { added, left } = extend(undefined, [finding("rds-backup", "orders", { kind })]);
        expect(added).toEqual([]);
        expect(left).toMatchObject([{ why: expect.stringMatching(/can not be exempted/) as string }]);
    });

    test("is chosen by rule and by severity", () => {
        const findings = [
            finding("rds-multi-az", "orders"),
            finding("rds-backup", "orders", { severity: "medium" }),
            finding("rds-encrypted", "orders", { severity: "critical" }),
        ];
        const chosen = (filters: object): readonly string[] =>
            extend(undefined, findings, filters).added.map(({ rule }) => rule);
        expect(chosen({ rules: ["rds-backup", "rds-encrypted"] })).toEqual(["rds-backup", "rds-encrypted"]);
        expect(chosen({ severities: ["medium", "high"] })).toEqual(["rds-multi-az", "rds-backup"]);
        expect(chosen({ rules: ["rds-backup"], severities: ["high"] })).toEqual([]);
        expect(extend(undefined, findings, { rules: ["rds-backup"] }).left).toHaveLength(2);
    });

    test("on a resource whose name no pattern could hold is left, and why is told", () => {
        const odd = finding("rds-backup", "odd", { urn: urn("*") });
        expect(extend(undefined, [odd]).left).toMatchObject([
            { why: expect.stringMatching(/no exemption can name/) as string },
        ]);
    });
});

describe("the command", () => {
    const place = (
        document: object = report([finding("rds-multi-az", "orders")]),
    ): { folder: string; file: string } => {
        const folder = mkdtempSync(join(tmpdir(), "baseline-"));
        writeFileSync(join(folder, "p.findings.json"), JSON.stringify(document));
        return { folder, file: join(folder, "policy-exemptions.yaml") };
    };
    const GIVEN = ["--owner", "a team", "--ticket=OPS-1", "--reason", "it was there", "--expires", "2026-09-30"];
    const command = ({ folder, file }: { folder: string; file: string }, ...args: string[]): Outcome =>
        baseline(["--reports", folder, "--file", file, ...args], {}, TODAY);

    test("writes the file and says what it wrote; a second time it changes nothing", () => {
        const at = place();
        const { code, lines } = command(at, ...GIVEN);
        expect({ code, lines }).toEqual({
            code: 0,
            lines: [`Added 1 exemption, until 2026-09-30, to ${at.file}:`, `  + rds-multi-az ${urn("orders")}`],
        });
        const first = readFileSync(at.file, "utf8");
        expect(parse(first)).toMatchObject({ exemptions: [{ owner: "a team", reason: "it was there" }] });
        expect(command(at, ...GIVEN).lines).toEqual([
            `Nothing to add to ${at.file}.`,
            "1 finding is exempted there already.",
        ]);
        expect(readFileSync(at.file, "utf8")).toBe(first);
        expect(readdirSync(at.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    });

    test("says what to do where the reports are of a run with everything advisory", () => {
        const rule = { id: "rds-multi-az", title: "t", severity: "high", level: "advisory", url: "u" } as const;
        const findings = [finding("rds-multi-az", "a", { level: "advisory" })];
        const nothing = /^Nothing to add/;
        expect(command(place(report(findings, { rules: [rule] })), ...GIVEN).lines).toEqual([
            expect.stringMatching(nothing),
            "The reports are of a run in which no rule could stop it. Preview with the levels that you want to keep, and run this again.",
        ]);
        const mandatory = { ...rule, id: "rds-backup", level: "mandatory" } as const;
        expect(command(place(report(findings, { rules: [rule, mandatory] })), ...GIVEN).lines).toEqual([
            expect.stringMatching(nothing),
        ]);
    });

    test("says and writes nothing else with --dry-run", () => {
        const at = place();
        expect(command(at, ...GIVEN, "--dry-run").lines[0]).toMatch(/^Would add 1 exemption/);
        expect(readdirSync(at.folder)).toEqual(["p.findings.json"]);
    });

    test("refuses to run without owner, ticket, reason and expiry date, and tells all that is wrong at once", () => {
        const at = place();
        const { code, lines } = command(
            at,
            "--owner",
            " ",
            "--expires",
            "2026-13-01",
            "--rule",
            "rds-mutli-az",
            "--severity",
            "bad",
            "--force",
            "x",
        );
        expect(code).toBe(2);
        expect(lines).toEqual([
            expect.stringMatching(/^--force is no option; there are --owner/),
            expect.stringMatching(/^"x" belongs to no option/),
            expect.stringMatching(/^--rule is "rds-mutli-az", which is no rule/),
            expect.stringMatching(/^--severity is "bad"; allowed are low, medium, high, critical/),
            expect.stringMatching(/^--reason not set/),
            expect.stringMatching(/^--owner is ""/),
            expect.stringMatching(/^--ticket not set/),
            expect.stringMatching(/^--expires is "2026-13-01" and must be a date/),
            expect.stringMatching(/^Nothing was written/),
        ]);
        expect(readdirSync(at.folder)).toEqual(["p.findings.json"]);
    });

    test.each([
        ["a day that has passed", "2026-02-28", /--expires is "2026-02-28", which has passed \(today is 2026-03-01\)/],
        [
            "a day that the packs would refuse",
            "2026-06-30",
            /--expires is "2026-06-30" and must not be later than 2026-03-31 \(30 days/,
        ],
    ])("refuses %s", (_, expires, problem) => {
        const at = place(report([finding("rds-backup", "a")], { exemptions: { maximumDays: 30 } }));
        const { code, lines } = command(at, ...GIVEN.slice(0, -1), expires);
        expect(code).toBe(2);
        expect(lines[0]).toMatch(problem);
    });

    test.each([
        ["incomplete", report([], { complete: false }), /is incomplete: the run was stopped/],
        ["of another version", { version: 2, findings: [] }, /is not a report of version 1/],
    ])("refuses reports that are %s", (_, document, problem) => {
        const { code, lines } = command(place(document), ...GIVEN);
        expect(code).toBe(2);
        expect(lines.join("\n")).toMatch(problem);
    });

    test("refuses a folder without reports, and says how they come there", () => {
        const folder = mkdtempSync(join(tmpdir(), "baseline-"));
        expect(baseline([...GIVEN], { HEADROOM_POLICY_REPORTS: folder }, TODAY).lines[0]).toMatch(
            /holds no \*\.findings\.json\. Run a preview with both packs and the variable HEADROOM_POLICY_REPORTS/,
        );
    });

    test("leaves a malformed file as it is", () => {
        const at = place();
        writeFileSync(at.file, "exemptions: 3\n");
        expect(command(at, ...GIVEN)).toMatchObject({ code: 1 });
        expect(readFileSync(at.file, "utf8")).toBe("exemptions: 3\n");
    });

    test("writes through a link, and leaves the file's mode", () => {
        const at = place();
        const target = join(at.folder, "shared.yaml");
        writeFileSync(target, "exemptions: []\n");
        chmodSync(target, 0o640);
        symlinkSync(target, at.file);
        command(at, ...GIVEN);
        expect(lstatSync(at.file).isSymbolicLink()).toBe(true);
        expect(readFileSync(target, "utf8")).toMatch(/rds-multi-az/);
        expect(statSync(target).mode & 0o777).toBe(0o640);
    });

    test("explains itself", () => {
        expect(baseline(["--help"], {}, TODAY)).toMatchObject({
            code: 0,
            lines: [expect.stringMatching(/--dry-run/) as string],
        });
    });
});
