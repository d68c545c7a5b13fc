/**
 * A policy pack: runs its rules over what the engine sends and words what they find.
 *
 * To the engine every rule is a policy of its own, with its metadata, level and settings. The work is done by one
 * policy, `configuration`, which reports under the rules' names: the SDK unpacks every property of a resource anew for
 * each policy with a callback, and every resource of the stack anew for each stack policy, which would cost more than
 * all rules together.
 */
import type {
    Policies,
    PolicyComplianceFramework,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
} from "@pulumi/policy";
import { CONFIGURATION, Configuration, EXEMPTIONS, EXEMPTIONS_SETTINGS, settingsOf, type RawConfig } from "./config";
import { Dispatch } from "./dispatch";
import { Exemptions, loadExemptions, rootOf } from "./exemptions";
import { reportTo, type Finding } from "./finding";
import { ResourceGraph } from "./graph";
import { findExemptionsFile } from "./program-directory";
import { Recorder } from "./recorder";
import { diagnose, type Diagnostic } from "./report";
import ruleNames from "./rule-names.json";
import { defaultLevel, type ResourceRule, type Rule } from "./rule";
import { Values } from "./unknown";

/** Ids of every rule of both packs: both read the same file of exemptions. */
const EVERY_RULE: ReadonlySet<string> = new Set(Object.values(ruleNames).flat());

/** Ids that both packs have: whether an exemption of one is used, no pack alone can say. */
const SHARED_RULES: ReadonlySet<string> = new Set(
    Object.values(ruleNames)
        .flat()
        .filter((id, index, all) => all.indexOf(id) !== index),
);

export interface PackDefinition {
    /** Name as it is shown: "no-single-point-of-failure". */
    readonly name: string;
    /** Heading of its rules in the documentation. */
    readonly title: string;
    readonly description: string;
    readonly rules: readonly Rule[];
}

/** What the pack takes from its surroundings; tests put their own in. */
export interface PackEnvironment {
    readonly findExemptions: (file: string) => string | undefined;
    readonly today: () => string;
}

const ENVIRONMENT: PackEnvironment = {
    findExemptions: findExemptionsFile,
    today: () => new Date().toISOString().slice(0, 10),
};

function frameworkOf(rule: Rule): PolicyComplianceFramework | undefined {
    const { fsbp = [], checkov = [] } = rule.frameworks;
    const [name, references] =
        fsbp.length > 0 ? ["AWS Foundational Security Best Practices", fsbp] : ["checkov", checkov];
    return references.length === 0
        ? undefined
        : { name, version: "", reference: references.join(", "), specification: rule.title };
}

function tagsOf(rule: Rule): string[] {
    const { fsbp = [], checkov = [], wellArchitected = [] } = rule.frameworks;
    return [
        ...fsbp.map((control) => `fsbp:${control}`),
        ...checkov.map((check) => `checkov:${check}`),
        ...wellArchitected.map((practice) => `well-architected:${practice}`),
    ];
}

export class Pack {
    readonly #dispatch: Dispatch;
    readonly #recorder = new Recorder();
    readonly #ruleById: ReadonlyMap<string, Rule>;
    #configuration: Configuration;
    #exemptions: Exemptions | undefined;
    #configurationReported = false;

    constructor(
        readonly definition: PackDefinition,
        readonly environment: PackEnvironment = ENVIRONMENT,
    ) {
        this.#dispatch = new Dispatch(definition.rules);
        this.#ruleById = new Map(definition.rules.map((rule) => [rule.id, rule]));
        this.#configuration = new Configuration(definition.rules);
    }

    /** Takes the configuration of the run, before the first resource. */
    configure(raw: RawConfig): void {
        this.#configuration = new Configuration(this.definition.rules, raw);
        this.#exemptions = undefined;
        this.#configurationReported = false;
        this.#recorder.reset();
    }

    /** The policies as the SDK takes them. */
    policies(): Policies {
        const rules = this.definition.rules.map((rule): ResourceValidationPolicy => {
            const framework = frameworkOf(rule);
            return {
                name: rule.id,
                displayName: rule.title,
                description: rule.title,
                severity: rule.severity,
                enforcementLevel: defaultLevel(rule),
                tags: tagsOf(rule),
                remediationSteps: rule.fix,
                url: rule.url,
                configSchema: { properties: { ...settingsOf(rule) } },
                ...(framework === undefined ? {} : { framework }),
                ...(rule.kind === "resource" && rule.remediate !== undefined
                    ? { remediateResource: (args) => this.#remediate(rule, args) }
                    : {}),
            };
        });
        const runner: ResourceValidationPolicy & StackValidationPolicy = {
            name: CONFIGURATION,
            description: "The configuration of the policy pack names only rules and settings that exist.",
            severity: "high",
            enforcementLevel: "mandatory",
            validateResource: (args, report) => {
                this.#send(this.resource(args), report);
            },
            validateStack: (args, report) => {
                this.#send(this.stack(args), report);
            },
        };
        const exemptions: ResourceValidationPolicy = {
            name: EXEMPTIONS,
            description: "Every exemption is well-formed, not expired and still needed.",
            severity: "high",
            enforcementLevel: "mandatory",
            configSchema: { properties: { ...EXEMPTIONS_SETTINGS } },
        };
        return [runner, exemptions, ...rules];
    }

    /** What the resource rules say about one resource. */
    resource(args: ResourceValidationArgs): readonly Diagnostic[] {
        const inputs = this.#recorder.record(args.urn, args.props);
        const diagnostics: Diagnostic[] = this.#configurationProblems(args.urn);
        for (const rule of this.#dispatch.resourceRules(args.type)) {
            const { level, settings } = this.#configuration.rule(rule.id);
            if (level === "disabled") {
                continue;
            }
            const report = reportTo((finding) => diagnostics.push(this.#diagnose(rule, args.urn, finding)));
            const { urn, type, name } = args;
            const { ignoreChanges } = args.opts;
            this.#attempt(rule, urn, diagnostics, () => {
                rule.check({ urn, type, name, inputs, ignoreChanges }, report, settings);
            });
        }
        return diagnostics;
    }

    /** What the stack rules say about the whole, and what is wrong with the exemptions. */
    stack(args: Pick<StackValidationArgs, "resources">): readonly Diagnostic[] {
        const [first] = args.resources;
        if (first === undefined) {
            return [];
        }
        // The display of `pulumi policy analyze` fails on a finding without a URN.
        const root = rootOf(first.urn);
        const graph = new ResourceGraph(args.resources, this.#recorder);
        const diagnostics: Diagnostic[] = this.#configurationProblems(root);
        for (const rule of this.#dispatch.stackRulesFor(graph.types)) {
            const { level, settings } = this.#configuration.rule(rule.id);
            if (level !== "disabled") {
                const on = (node: { readonly urn: string }): ReturnType<typeof reportTo> =>
                    reportTo((finding) => diagnostics.push(this.#diagnose(rule, node.urn, finding)));
                this.#attempt(rule, root, diagnostics, () => {
                    rule.check(graph, on, settings);
                });
            }
        }
        diagnostics.push(...this.#exemptionProblems(root));
        return diagnostics;
    }

    /** Mends what the rule refuses, and nothing else: neither what it accepts nor what is exempted from it. */
    #remediate(rule: ResourceRule, args: ResourceValidationArgs): Record<string, unknown> | undefined {
        const { urn, type, name, props, opts } = args;
        if (rule.remediate === undefined || !rule.tokens.includes(type)) {
            return undefined;
        }
        const view = { urn, type, name, ignoreChanges: opts.ignoreChanges };
        const { settings } = this.#configuration.rule(rule.id);
        const findings: Finding[] = [];
        rule.check(
            { ...view, inputs: new Values(props) },
            reportTo((finding) => findings.push(finding)),
            settings,
        );
        const refused = findings.some(({ kind }) => kind === "violation");
        if (!refused || this.#loadedExemptions().covering(rule.id, urn).current !== undefined) {
            return undefined;
        }
        rule.remediate(props, view);
        return props;
    }

    /** A mistake in one rule must neither hide the other rules' findings nor pass for compliance. */
    #attempt(rule: Rule, urn: string, diagnostics: Diagnostic[], check: () => void): void {
        try {
            check();
        } catch (error) {
            const { id, title, severity } = rule;
            const message = `the rule itself failed (${String(error)}), so nothing is known. Report it as a defect of the pack.`;
            diagnostics.push({ rule: id, description: title, urn, level: "mandatory", severity, message });
        }
    }

    #loadedExemptions(): Exemptions {
        if (this.#exemptions === undefined) {
            const { file, maximumDays } = this.#configuration.exemptions;
            const path = this.environment.findExemptions(file);
            const today = this.environment.today();
            this.#exemptions = new Exemptions(path, loadExemptions(path, EVERY_RULE, maximumDays, today), today);
        }
        return this.#exemptions;
    }

    #diagnose(rule: Rule, urn: string, finding: Finding): Diagnostic {
        const { current, expired } = this.#loadedExemptions().covering(rule.id, urn);
        return diagnose(rule, this.#configuration.rule(rule.id), urn, finding, current, expired);
    }

    /** Mistakes in the configuration, once per run: with the first resource, so that they stop the run early. */
    #configurationProblems(urn: string): Diagnostic[] {
        if (this.#configurationReported) {
            return [];
        }
        this.#configurationReported = true;
        return this.#configuration.problems.map((message) => ({
            rule: CONFIGURATION,
            description: "The configuration of the policy pack names only rules and settings that exist.",
            urn,
            level: "mandatory",
            severity: "high",
            message,
        }));
    }

    #exemptionProblems(urn: string): Diagnostic[] {
        const { level } = this.#configuration.exemptions;
        const exemptions = this.#loadedExemptions();
        const complaints = [
            ...exemptions.problems,
            ...exemptions.complaints(
                urn,
                (rule) => this.#ruleById.has(rule) && this.#configuration.runs(rule),
                (rule) => !SHARED_RULES.has(rule),
            ),
        ];
        exemptions.reset();
        if (level === "disabled") {
            return [];
        }
        return complaints.map((complaint) => ({
            rule: EXEMPTIONS,
            description: "Every exemption is well-formed, not expired and still needed.",
            urn,
            level: level === "advisory" ? "advisory" : "mandatory",
            severity: "high",
            message: `${exemptions.file ?? this.#configuration.exemptions.file}: ${complaint}`,
        }));
    }

    /** Hands diagnostics to the SDK in the form in which it takes a name and a level of their own. */
    #send(diagnostics: readonly Diagnostic[], report: ReportViolation): void {
        for (const { rule, description, urn, level, severity, message } of diagnostics) {
            // The declared type of the SDK knows the string form only; the object form is there at run time.
            const violation = { name: rule, description, urn, enforcementLevel: level, severity, message };
            report(violation as unknown as string);
        }
    }
}
