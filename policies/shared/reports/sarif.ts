/**
 * `<pack>.sarif`: the findings in the Static Analysis Results Interchange Format 2.1.0, for code scanning.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, and what GitHub reads of it:
 * https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
import type { Severity } from "../rule";
import type { ReportedFinding, ReportedRule, Run } from "./run";

/** GitHub: above 9.0 critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, below low. The middle of each. */
const SECURITY_SEVERITY: Readonly<Record<Severity, string>> = {
    critical: "9.5",
    high: "8.0",
    medium: "5.5",
    low: "2.0",
};

const RULE_LEVEL: Readonly<Record<Severity, "error" | "warning" | "note">> = {
    critical: "error",
    high: "error",
    medium: "warning",
    low: "note",
};

function sentence(text: string): string {
    const upper = text.charAt(0).toUpperCase() + text.slice(1);
    return /[.!?]$/.test(upper) ? upper : `${upper}.`;
}

function ruleDescriptor(rule: ReportedRule, category: Run["category"]): object {
    const { id, title, severity, level, why, fix, url, references } = rule;
    return {
        id,
        name: id,
        shortDescription: { text: sentence(title) },
        fullDescription: { text: `${sentence(title)} Where it is broken: ${sentence(why)}` },
        help: {
            text: `Where it is broken: ${sentence(why)} Fix: ${sentence(fix)}`,
            markdown: `Where it is broken: ${sentence(why)}\n\n**Fix:** ${sentence(fix)}\n\n[Documentation](${url})`,
        },
        helpUri: url,
        defaultConfiguration: { enabled: level !== "disabled", level: RULE_LEVEL[severity] },
        properties: {
            precision: "high",
            "problem.severity": RULE_LEVEL[severity] === "note" ? "recommendation" : RULE_LEVEL[severity],
            "security-severity": SECURITY_SEVERITY[severity],
            tags: [category, ...references],
        },
    };
}

/** A rule of the pack's own: its configuration and its exemptions. */
function ownDescriptor(id: string, title: string): object {
    return {
        id,
        name: id,
        shortDescription: { text: title },
        defaultConfiguration: { enabled: true, level: "error" },
        properties: { "security-severity": SECURITY_SEVERITY.high, tags: ["configuration"] },
    };
}

function result(finding: ReportedFinding, index: number, projectFile: string): object {
    const { rule, kind, level, severity, urn, name, type, property, message, exemption, fingerprint } = finding;
    return {
        ruleId: rule,
        ruleIndex: index,
        // What stops a run is an error whatever its severity; what does not is none.
        level: level === "mandatory" ? "error" : severity === "low" ? "note" : "warning",
        message: { text: `${name}: ${message}` },
        locations: [
            {
                // Code scanning wants a file, and the project file is the one that every program has.
                physicalLocation: {
                    artifactLocation: { uri: encodeURI(projectFile), uriBaseId: "%SRCROOT%" },
                    region: { startLine: 1 },
                },
                logicalLocations: [{ name, fullyQualifiedName: urn, kind: "resource" }],
            },
        ],
        // All findings stand on one line of one file, so the line must not be what tells them apart.
        partialFingerprints: { "headroomFinding/v1": fingerprint, primaryLocationLineHash: `${fingerprint}:1` },
        ...(exemption === undefined
            ? {}
            : {
                  suppressions: [
                      {
                          kind: "external",
                          status: "accepted",
                          justification: `${exemption.reason} (${exemption.owner}, ${exemption.ticket}, until ${exemption.expires}; ${exemption.where})`,
                      },
                  ],
              }),
        properties: {
            enforcementLevel: level,
            severity,
            finding: kind,
            resourceType: type,
            ...(property === undefined ? {} : { property }),
        },
    };
}

export function renderSarif(run: Run): string {
    const { pack, version, description, category, rules, project, stack, complete, findings, projectFile } = run;
    const descriptors = [
        ...rules.map((rule) => ruleDescriptor(rule, category)),
        ownDescriptor("configuration", "The configuration of the pack names only rules and settings that exist."),
        ownDescriptor("exemptions", "Every exemption is well-formed, not expired and still needed."),
    ];
    const index = new Map([...rules.map(({ id }) => id), "configuration", "exemptions"].map((id, i) => [id, i]));
    const stopped = {
        level: "error",
        message: { text: "The run was stopped before the stack was judged: findings are missing." },
    };
    const document = {
        $schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [
            {
                tool: {
                    driver: {
                        name: `headroom-${pack}`,
                        fullName: description,
                        version,
                        semanticVersion: version,
                        rules: descriptors,
                    },
                },
                // Runs of one pack on several stacks stand side by side.
                automationDetails: { id: `${pack}/${project}/${stack}/` },
                invocations: [
                    {
                        executionSuccessful: complete,
                        ...(complete ? {} : { toolExecutionNotifications: [stopped] }),
                    },
                ],
                columnKind: "utf16CodeUnits",
                results: findings.map((finding) => result(finding, index.get(finding.rule) ?? -1, projectFile)),
            },
        ],
    };
    return `${JSON.stringify(document, null, 2)}\n`;
}
