/**
 * `<pack>.junit.xml`: a test case for each rule that is kept, and one for each finding. Mandatory findings have failed,
 * exempted ones are skipped with their reason, advisory ones have passed with the message as their output.
 */
import type { ReportedFinding, ReportedRule, Run } from "./run";

interface TestCase {
    readonly rule: string;
    readonly name: string;
    readonly outcome: "passed" | "failed" | "skipped" | "error";
    readonly body: string;
}

/** Everything that XML 1.0 has no place for: most control characters, halves of surrogate pairs, two non-characters. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function escape(text: string): string {
    return text
        .replace(FORBIDDEN, "\ufffd")
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
        .replace(/[\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Names of the findings' test cases, each its own: GitLab leaves out all but the first of those that share one. They hold
 * all that tells findings apart from the start, so that a finding keeps its name when another joins it.
 */
function caseNames(findings: readonly ReportedFinding[]): readonly string[] {
    const taken = new Map<string, number>();
    return findings.map(({ rule, name, type, property }) => {
        const base = `${rule} ${name} (${type})${property === undefined ? "" : ` ${property}`}`;
        const count = (taken.get(base) ?? 0) + 1;
        taken.set(base, count);
        return count === 1 ? base : `${base} #${count}`;
    });
}

function caseOf(finding: ReportedFinding, name: string): TestCase {
    const { rule, urn, level, severity, message, exemption } = finding;
    const base = { rule, name };
    const text = escape(`${urn}\n${message}`);
    if (exemption !== undefined) {
        return { ...base, outcome: "skipped", body: `<skipped message="${escape(message)}"/>` };
    }
    return level === "mandatory"
        ? {
              ...base,
              outcome: "failed",
              body: `<failure message="${escape(message)}" type="${escape(severity)}">${text}</failure>`,
          }
        : { ...base, outcome: "passed", body: `<system-out>${text}</system-out>` };
}

function caseWithoutFindings({ id, level }: ReportedRule, complete: boolean): TestCase {
    const skipped = (message: string): TestCase => ({
        rule: id,
        name: id,
        outcome: "skipped",
        body: `<skipped message="${escape(message)}"/>`,
    });
    if (level === "disabled") {
        return skipped("switched off by the configuration");
    }
    return complete
        ? { rule: id, name: id, outcome: "passed", body: "" }
        : skipped("the run was stopped before the stack was judged");
}

export function renderJunit(run: Run): string {
    const { pack, project, stack, complete, rules, findings } = run;
    const found = new Set(findings.map(({ rule }) => rule));
    const names = caseNames(findings);
    const cases: readonly TestCase[] = [
        ...(complete
            ? []
            : [
                  {
                      rule: pack,
                      name: "the run",
                      outcome: "error",
                      body: '<error message="The run was stopped before the stack was judged: findings are missing." type="incomplete"/>',
                  } as const,
              ]),
        ...rules.filter(({ id }) => !found.has(id)).map((rule) => caseWithoutFindings(rule, complete)),
        ...findings.map((finding, index) => caseOf(finding, names[index] ?? finding.rule)),
    ];
    const count = (outcome: TestCase["outcome"]): number => cases.filter((each) => each.outcome === outcome).length;
    const totals = `tests="${cases.length}" failures="${count("failed")}" errors="${count("error")}"`;
    const suite = `${pack} ${project}/${stack}`;
    return [
        '<?xml version="1.0" encoding="UTF-8"?>',
        `<testsuites name="${escape(suite)}" ${totals}>`,
        `<testsuite name="${escape(suite)}" ${totals} skipped="${count("skipped")}">`,
        ...cases.map(({ rule, name, body }) => {
            const attributes = `classname="${escape(`${pack}.${rule}`)}" name="${escape(name)}"`;
            return body === "" ? `<testcase ${attributes}/>` : `<testcase ${attributes}>${body}</testcase>`;
        }),
        "</testsuite>",
        "</testsuites>",
        "",
    ].join("\n");
}
