/** What a rule is: its metadata, what it looks at, and the check itself. One file per rule defines one with these. */
import type { PolicyConfigJSONSchema } from "@pulumi/policy/schema";
import type { Report } from "./finding";
import type { ResourceGraph } from "./graph";
import type { Readable } from "./unknown";

export type Severity = "low" | "medium" | "high" | "critical";
export type Level = "advisory" | "mandatory" | "remediate" | "disabled";

/** Where public rule sets and guides ask for the same. An empty object: no public rule set that was read has it. */
interface Frameworks {
    /** Controls of AWS Foundational Security Best Practices (Security Hub), "RDS.5". */
    readonly fsbp?: readonly string[];
    /** Checks of checkov, "CKV_AWS_157". */
    readonly checkov?: readonly string[];
    /** Best practices of the AWS Well-Architected Framework, "REL10-BP01". */
    readonly wellArchitected?: readonly string[];
}

/** A configurable value of a rule, as JSON schema. Every one has a default and a description. */
export type Setting = PolicyConfigJSONSchema & { readonly description: string };

/** A property of some types that decides a rule's answer. */
export interface Guard {
    readonly tokens: readonly string[];
    readonly property: string;
    /** Whether it does so on a resource with these inputs. Default: on every one. */
    readonly matters?: (inputs: Readable) => boolean;
}

interface RuleBase {
    /** Name in configuration, exemptions and output. */
    readonly id: string;
    /** What holds where the rule is kept, as a sentence. */
    readonly title: string;
    readonly severity: Severity;
    /** Level where the configuration names none; default: mandatory from severity high on, else advisory. */
    readonly level?: "advisory" | "mandatory";
    readonly frameworks: Frameworks;
    /** One clause: what happens where the rule is broken. Follows "<property> <problem>: ". */
    readonly why: string;
    /** What to write. Follows "Fix: ". */
    readonly fix: string;
    /** Documentation of the property. */
    readonly url: string;
    /** The types the rule looks at. It is skipped where a stack has none of them. */
    readonly tokens: readonly string[];
    /**
     * What decides the rule's answer, which `ignoreChanges` must not hide: properties of these types, or of others that
     * the rule reads along the way.
     */
    readonly guards?: readonly (string | Guard)[];
    /** What can be configured besides the level. */
    readonly settings?: Readonly<Record<string, Setting>>;
    /**
     * The level of "undetermined" findings where the configuration names none. "same" is the rule's own level. Only
     * a rule whose value is regularly unknown in a first preview (a JSON document with ARNs in it) says "advisory".
     */
    readonly undetermined?: "same" | "advisory";
}

/** A resource as a resource rule sees it: the inputs that the provider has checked. */
interface ResourceView {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly inputs: Readable;
    readonly ignoreChanges: readonly string[];
}

/** The configured values of a rule, defaults filled in. */
export type Settings = Readonly<Record<string, unknown>>;

/** A rule about one resource alone. */
export interface ResourceRule extends RuleBase {
    readonly kind: "resource";
    readonly check: (resource: ResourceView, report: Report, settings: Settings) => void;
    /**
     * Changes the inputs so that the rule is kept; runs only where the configured level is "remediate". Only for simple
     * flags that never force a replacement.
     */
    readonly remediate?: (
        inputs: Record<string, unknown>,
        resource: Omit<ResourceView, "inputs">,
        settings?: Settings,
    ) => void;
}

/** The report of one resource of the stack, or of the stack itself. */
export type ReportOn = (at: { readonly urn: string }) => Report;

/** A rule about relations between resources. */
export interface StackRule extends RuleBase {
    readonly kind: "stack";
    readonly check: (graph: ResourceGraph, on: ReportOn, settings: Settings) => void;
}

export type Rule = ResourceRule | StackRule;

export function defineResourceRule(rule: Omit<ResourceRule, "kind">): ResourceRule {
    return { kind: "resource", ...rule };
}

export function defineStackRule(rule: Omit<StackRule, "kind">): StackRule {
    return { kind: "stack", ...rule };
}

/** The level a rule has without configuration. */
export function defaultLevel(rule: Pick<RuleBase, "severity" | "level">): "advisory" | "mandatory" {
    return rule.level ?? (rule.severity === "critical" || rule.severity === "high" ? "mandatory" : "advisory");
}
