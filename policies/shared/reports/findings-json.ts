/** `<pack>.findings.json`: everything that a run found, for programs to read. docs/policies/reports.md describes it. */
import type { ReportedFinding, ReportedRule, Run } from "./run";

/** Goes up when a reader of the old form would misread the new one; new keys alone do not raise it. */
export const FINDINGS_VERSION = 1;

/** The document as it is written. */
export interface FindingsDocument {
    readonly version: typeof FINDINGS_VERSION;
    readonly pack: { readonly name: string; readonly version: string };
    readonly project: string;
    readonly stack: string;
    readonly complete: boolean;
    readonly exemptions: { readonly maximumDays: number };
    readonly rules: readonly Pick<ReportedRule, "id" | "title" | "severity" | "level" | "url">[];
    readonly findings: readonly ReportedFinding[];
}

export function renderFindings(run: Run): string {
    const { pack, version, project, stack, complete, maximumDays, rules, findings } = run;
    const document: FindingsDocument = {
        version: FINDINGS_VERSION,
        pack: { name: pack, version },
        project,
        stack,
        complete,
        exemptions: { maximumDays },
        rules: rules.map(({ id, title, severity, level, url }) => ({ id, title, severity, level, url })),
        findings,
    };
    return `${JSON.stringify(document, null, 2)}\n`;
}
