/** How a finding is worded and at which level it is reported. */
import type { GrantedExemption } from "./exemption";
import type { Finding } from "./finding";
import type { Level, Rule, Severity } from "./rule";

/** A finding as it leaves the pack. */
export interface Diagnostic {
    readonly rule: string;
    readonly description: string;
    readonly urn: string;
    readonly level: Exclude<Level, "disabled" | "remediate">;
    readonly severity: Severity;
    readonly message: string;
    /** A rule's finding, or a defect of a rule, of the configuration or of the exemptions. */
    readonly kind: Finding["kind"] | "failure" | "configuration" | "exemption";
    /** The property that a finding is about, as a person finds it. */
    readonly property?: string;
    /** What to write, where it is not what the rule says. */
    readonly fix?: string;
    readonly exemption?: GrantedExemption;
}

function sentence(text: string): string {
    return /[.!?]$/.test(text) ? text : `${text}.`;
}

function wording(rule: Pick<Rule, "title" | "why" | "fix">, finding: Finding): string {
    const where = `${finding.property} ${finding.problem}`;
    return finding.kind === "violation"
        ? `${where}: ${sentence(rule.why)} Fix: ${sentence(finding.fix ?? rule.fix)}`
        : `undetermined: ${where}, so it is open whether this holds: ${sentence(rule.title)}`;
}

/** The level that a rule's configured level means for a violation: what remediation did not mend is mandatory. */
function effective(level: Level): "advisory" | "mandatory" {
    return level === "advisory" ? "advisory" : "mandatory";
}

export interface Levels {
    readonly level: Level;
    readonly undetermined: "same" | "advisory";
}

/** The finding as it is shown: worded, at its level, with its exemption where it has one. */
export function diagnose(
    rule: Rule,
    levels: Levels,
    urn: string,
    finding: Finding,
    exemption: GrantedExemption | undefined,
    expired: GrantedExemption | undefined,
): Diagnostic {
    const message = wording(rule, finding);
    const advisory = finding.kind === "open" || (finding.kind === "undetermined" && levels.undetermined === "advisory");
    const level = advisory ? "advisory" : effective(levels.level);
    const { kind, property, fix } = finding;
    const base = {
        rule: rule.id,
        description: rule.title,
        urn,
        severity: rule.severity,
        kind,
        property,
        ...(fix === undefined ? {} : { fix }),
    };
    if (exemption !== undefined) {
        const { expires, reason, owner, ticket, where, onResource } = exemption;
        const by = onResource ? ` by ${where}` : "";
        return {
            ...base,
            level: "advisory",
            message: `exempted until ${expires}${by} (${reason}; ${owner}, ${ticket}): ${message}`,
            exemption,
        };
    }
    return {
        ...base,
        level,
        message: expired === undefined ? message : `${message} Its exemption expired on ${expired.expires}.`,
    };
}
