/** A rule's metadata in the form in which the SDK takes those of a policy. */
import type { PolicyComplianceFramework, ResourceValidationPolicy } from "@pulumi/policy";
import { settingsOf } from "./config";
import { defaultLevel, type Rule } from "./rule";

function frameworkOf(rule: Rule): PolicyComplianceFramework | undefined {
    const { fsbp = [], checkov = [] } = rule.frameworks;
    const [name, references] =
        fsbp.length > 0 ? ["AWS Foundational Security Best Practices", fsbp] : ["checkov", checkov];
    return references.length === 0
        ? undefined
        : { name, version: "", reference: references.join(", "), specification: rule.title };
}

/** Where public rule sets ask for the same: "fsbp:RDS.5". */
export function referencesOf(rule: Rule): string[] {
    const { fsbp = [], checkov = [], wellArchitected = [] } = rule.frameworks;
    return [
        ...fsbp.map((control) => `fsbp:${control}`),
        ...checkov.map((check) => `checkov:${check}`),
        ...wellArchitected.map((practice) => `well-architected:${practice}`),
    ];
}

/** The policy that stands for a rule to the engine. It finds nothing by itself: see `Pack`. */
export function policyOf(rule: Rule): ResourceValidationPolicy {
    const framework = frameworkOf(rule);
    return {
        name: rule.id,
        displayName: rule.title,
        description: rule.title,
        severity: rule.severity,
        enforcementLevel: defaultLevel(rule),
        tags: referencesOf(rule),
        remediationSteps: rule.fix,
        url: rule.url,
        configSchema: { properties: { ...settingsOf(rule) } },
        ...(framework === undefined ? {} : { framework }),
    };
}
