/** What a run found, in the form that all report files are written from. */
import { createHash } from "node:crypto";
import type { GrantedExemption } from "../exemption";
import type { Diagnostic } from "../report";
import type { Level, Severity } from "../rule";

/** A rule as a report describes it, whether it found something or not. */
export interface ReportedRule {
    readonly id: string;
    readonly title: string;
    readonly severity: Severity;
    /** The level that is configured for it. */
    readonly level: Level;
    readonly why: string;
    readonly fix: string;
    readonly url: string;
    /** "fsbp:RDS.5", "checkov:CKV_AWS_157". */
    readonly references: readonly string[];
}

/** One finding. */
export interface ReportedFinding {
    readonly rule: string;
    readonly kind: Diagnostic["kind"];
    readonly level: "advisory" | "mandatory";
    readonly severity: Severity;
    readonly urn: string;
    /** Type and logical name, which are part of the URN. */
    readonly type: string;
    readonly name: string;
    readonly property?: string;
    readonly message: string;
    readonly exemption?: GrantedExemption;
    /** The same in every run for the same rule, resource and property. */
    readonly fingerprint: string;
}

/** What the report is about: all that does not change during a run. */
export interface RunSubject {
    readonly pack: string;
    readonly version: string;
    readonly description: string;
    /** What the rules are about, in the words of code scanning. */
    readonly category: "security" | "reliability";
    readonly rules: readonly ReportedRule[];
    /** Path of the program's project file from the root of its repository. */
    readonly projectFile: string;
    /** How far ahead an exemption may expire, for the command that writes them. */
    readonly maximumDays: number;
}

export interface Run extends RunSubject {
    readonly project: string;
    readonly stack: string;
    /** Whether the stack was judged to the end. */
    readonly complete: boolean;
    readonly findings: readonly ReportedFinding[];
}

function compare(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}

/** The findings in one order whatever order the resources came in, without repetitions, each with its fingerprint. */
export function reportedFindings(diagnostics: Iterable<Diagnostic>): readonly ReportedFinding[] {
    const unique = new Map<string, Diagnostic>();
    for (const diagnostic of diagnostics) {
        unique.set(
            [diagnostic.rule, diagnostic.urn, diagnostic.property ?? "", diagnostic.message].join("\0"),
            diagnostic,
        );
    }
    const seen = new Map<string, number>();
    return [...unique]
        .sort(([a], [b]) => compare(a, b))
        .map(([, { rule, kind, level, severity, urn, property, message, exemption }]) => {
            // A defect of the configuration has no property; its message says which one it is, up to the day of the run.
            const subject = property ?? message.replace(/ \(today is [^)]*\)/, "");
            const identity = [rule, urn, subject].join("\0");
            const occurrence = seen.get(identity) ?? 0;
            seen.set(identity, occurrence + 1);
            const parts = urn.split("::");
            return {
                rule,
                kind,
                level,
                severity,
                urn,
                type: parts[2]?.split("$").at(-1) ?? "",
                name: parts.slice(3).join("::"),
                ...(property === undefined ? {} : { property }),
                message,
                ...(exemption === undefined ? {} : { exemption }),
                fingerprint: createHash("sha256").update(`${identity}\0${occurrence}`).digest("hex").slice(0, 32),
            };
        });
}
