import type { OperationResult, PolicyFinding } from "../runner/types";
import type { Paint } from "./colour";
import { nameOf } from "../runner/events";
import { clip, plural, WIDTH, wrap } from "./text";

export type FindingGroup = "mandatory" | "advisory" | "exempted" | "remediated";

/** An exemption shows as an advisory finding whose message says so. */
export function groupOf(finding: PolicyFinding): FindingGroup {
    if (finding.level === "mandatory") return "mandatory";
    if (finding.level === "remediate") return "remediated";
    return /^exempted\b/i.test(textOf(finding)) ? "exempted" : "advisory";
}

/** The engine puts the policy's description before the finding's own text, on a line of its own. */
function partsOf(finding: PolicyFinding): { description: string; text: string } {
    const [first = "", ...rest] = finding.message.split("\n").filter((line) => line.trim() !== "");
    return rest.length === 0
        ? { description: "", text: first.trim() }
        : { description: first.trim(), text: rest.join("\n").trim() };
}

function textOf(finding: PolicyFinding): string {
    return partsOf(finding).text;
}

/** Resources per rule that are written out when the finding is not mandatory. */
const SHOWN = 4;

const TITLES: Record<FindingGroup, string> = {
    mandatory: "mandatory",
    advisory: "advisory",
    exempted: "exempted",
    remediated: "remediated",
};

/** The findings by pack, level and rule. Nothing mandatory is ever left out. */
export function renderPolicy(result: OperationResult, paint: Paint, verbose: boolean): string[] {
    const packs =
        Object.keys(result.policyPacks).length > 0
            ? Object.keys(result.policyPacks)
            : [...new Set(result.policy.map((f) => f.pack))];
    if (packs.length === 0) return [];
    const lines = [paint.bold("Policies")];
    for (const pack of packs) {
        const findings = result.policy.filter((f) => f.pack === pack);
        const version = result.policyPacks[pack];
        const title = `${pack}${version ? ` ${version.replace(/^v?/, "v")}` : ""}`;
        if (findings.length === 0) {
            lines.push(`  ${title}  ${result.ok ? paint.good("passed") : paint.dim("no findings")}`);
            continue;
        }
        lines.push(`  ${title}`);
        for (const group of ["mandatory", "remediated", "advisory", "exempted"] as const) {
            const inGroup = findings.filter((f) => groupOf(f) === group);
            if (inGroup.length > 0) lines.push(...renderGroup(group, inGroup, paint, verbose));
        }
    }
    return lines;
}

function renderGroup(group: FindingGroup, findings: PolicyFinding[], paint: Paint, verbose: boolean): string[] {
    const colour = group === "mandatory" ? paint.error : group === "advisory" ? paint.warning : paint.dim;
    const lines: string[] = [`    ${colour(`${TITLES[group]} (${findings.length})`)}`];
    const rules = [...new Set(findings.map((f) => f.policy))];
    for (const rule of rules) {
        const ofRule = findings.filter((f) => f.policy === rule);
        const severity = ofRule[0]?.severity;
        const about = [severity, ofRule[0] && partsOf(ofRule[0]).description].filter((part) => part).join("  ");
        lines.push(`      ${paint.bold(rule)}${about ? paint.dim(`  ${clip(about, WIDTH - rule.length - 8)}`) : ""}`);
        const all = group === "mandatory" || verbose;
        // Resources with the very same text share it.
        const byText = new Map<string, string[]>();
        for (const finding of ofRule) {
            const text = textOf(finding);
            byText.set(text, [...(byText.get(text) ?? []), finding.urn ? nameOf(finding.urn) : "the stack"]);
        }
        const texts = [...byText];
        const shown = all ? texts : texts.slice(0, SHOWN);
        for (const [text, names] of shown) {
            const listed = all ? names : names.slice(0, SHOWN);
            const more = names.length - listed.length;
            const who = `${listed.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
            lines.push(...wrap(who, WIDTH - 8).map((line) => `        ${line}`));
            const body = all ? wrap(text, WIDTH - 10) : [clip(text, WIDTH - 10)];
            lines.push(...body.map((line) => paint.dim(`          ${line}`)));
        }
        const hidden = texts.slice(shown.length).reduce((sum, [, names]) => sum + names.length, 0);
        if (hidden > 0) lines.push(paint.dim(`        and ${plural(hidden, "more finding")}; --verbose shows all`));
    }
    return lines;
}
