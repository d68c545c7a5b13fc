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
import {
    CONFIGURATION,
    Configuration,
    EXEMPTIONS,
    EXEMPTIONS_SETTINGS,
    REPORTS,
    REPORTS_SETTINGS,
    settingsOf,
    type RawConfig,
} from "./config";
import { Dispatch } from "./dispatch";
import { carriedExemptions } from "./exemption-on-resource";
import { Exemptions, loadExemptions, projectOf, rootOf } from "./exemptions";
import { reportTo, type Finding } from "./finding";
import { ResourceGraph } from "./graph";
import { findExemptionsFile } from "./program-directory";
import { Recorder } from "./recorder";
import { regionOf } from "./region";
import { diagnose, type Diagnostic } from "./report";
import { reportsTarget, type ReportsTarget } from "./reports/directory";
import { Reporter, type RunNames } from "./reports/reporter";
import ruleNames from "./rule-names.json";
import { defaultLevel, type ResourceRule, type Rule, type Settings } from "./rule";
import { Values } from "./unknown";
import { stackOf } from "./urn-pattern";

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
    /** Version of its package. */
    readonly version?: string;
    /** What its rules are about, in the words of code scanning; default: reliability. */
    readonly category?: "security" | "reliability";
    /** Files of its own beside the reports, made of a stack that was judged to the end. */
    readonly documents?: readonly PackDocument[];
}

export interface PackDocument {
    readonly file: string;
    /** @param settings the configured settings of a rule of the pack */
    readonly content: (graph: ResourceGraph, settings: (rule: string) => Settings) => object;
}

/** What the pack takes from its surroundings; tests put their own in. */
export interface PackEnvironment {
    readonly findExemptions: (file: string) => string | undefined;
    readonly today: () => string;
    /** Where reports go, given what is configured; without it there are none. */
    readonly reports?: (configured: string) => ReportsTarget;
}

const ENVIRONMENT: PackEnvironment = {
    findExemptions: findExemptionsFile,
    today: () => new Date().toISOString().slice(0, 10),
    reports: reportsTarget,
};

const CONFIGURATION_TITLE = "The configuration of the policy pack names only rules and settings that exist.";
const EXEMPTIONS_TITLE = "Every exemption is well-formed, not expired and still needed.";

/** What the engine tells a pack about the run before its first resource. */
function namesInEnvironment({ PULUMI_PROJECT = "", PULUMI_STACK = "" } = process.env): RunNames {
    return { project: PULUMI_PROJECT, stack: PULUMI_STACK.split("/").at(-1) ?? "" };
}

function namesOf(urn: string): RunNames {
    return { project: projectOf(urn), stack: stackOf(urn) };
}

/** What is known of a resource when it is judged. */
type Judged = Pick<ResourceValidationArgs, "urn" | "type" | "props" | "provider">;

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
    #reporter: Reporter | undefined;
    /** Of the stack that was judged last. */
    #graph: ResourceGraph | undefined;
    #reportsProblem: string | undefined;
    /** Regions by URN, where a rule is limited to some. */
    readonly #regions = new Map<string, string>();

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
        this.#regions.clear();
        this.#startReports();
    }

    #startReports(): void {
        const target = this.environment.reports?.(this.#configuration.reportsDirectory);
        this.#reportsProblem = target?.problem;
        this.#reporter = undefined;
        if (target?.directory === undefined) {
            return;
        }
        const { name, version = "0.0.0", description, category = "reliability", rules } = this.definition;
        this.#reporter = new Reporter(
            target.directory,
            {
                pack: name,
                version,
                description,
                category,
                projectFile: target.projectFile,
                maximumDays: this.#configuration.exemptions.maximumDays,
                rules: rules.map((rule) => {
                    const { id, title, severity, why, fix, url } = rule;
                    const { level } = this.#configuration.rule(id);
                    return { id, title, severity, level, why, fix, url, references: tagsOf(rule) };
                }),
            },
            namesInEnvironment(),
            this.definition.documents?.map(({ file }) => file),
        );
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
            description: CONFIGURATION_TITLE,
            severity: "high",
            enforcementLevel: "mandatory",
            validateResource: (args, report) => {
                const found = this.resource(args);
                this.#reporter?.add(namesOf(args.urn), found);
                this.#send(found, report);
            },
            validateStack: (args, report) => {
                const found = this.stack(args);
                this.#finishReports(args, found);
                this.#send([...found, ...this.#reportsProblems(args.resources[0]?.urn)], report);
            },
        };
        const exemptions: ResourceValidationPolicy = {
            name: EXEMPTIONS,
            description: EXEMPTIONS_TITLE,
            severity: "high",
            enforcementLevel: "mandatory",
            configSchema: { properties: { ...EXEMPTIONS_SETTINGS } },
        };
        const reports: ResourceValidationPolicy = {
            name: REPORTS,
            description: "Settings of the reports for CI; it finds nothing.",
            severity: "low",
            enforcementLevel: "advisory",
            configSchema: { properties: { ...REPORTS_SETTINGS } },
        };
        return [runner, exemptions, reports, ...rules];
    }

    #finishReports({ resources }: Pick<StackValidationArgs, "resources">, found: readonly Diagnostic[]): void {
        if (this.#reporter === undefined) {
            return;
        }
        const graph = this.#graph ?? new ResourceGraph(resources, this.#recorder);
        this.#reporter.finish(found, () =>
            (this.definition.documents ?? []).map(({ file, content }) => ({
                file,
                content: content(graph, (rule) => this.#configuration.rule(rule).settings),
            })),
        );
    }

    /** Reports that were asked for and are not there are no reason for a silent pass. */
    #reportsProblems(urn: string | undefined): readonly Diagnostic[] {
        const problem = this.#reportsProblem ?? this.#reporter?.error;
        return problem === undefined || urn === undefined
            ? []
            : [
                  {
                      rule: REPORTS,
                      description: "The reports that were asked for are written.",
                      urn: rootOf(urn),
                      level: "mandatory",
                      severity: "high",
                      message: problem,
                      kind: "configuration",
                  },
              ];
    }

    /** What the resource rules say about one resource. */
    resource(args: ResourceValidationArgs): readonly Diagnostic[] {
        const inputs = this.#recorder.record(args.urn, args.props);
        this.#notice(args, inputs);
        const diagnostics: Diagnostic[] = this.#configurationProblems(args.urn);
        for (const rule of this.#dispatch.resourceRules(args.type)) {
            const { level, settings } = this.#configuration.rule(rule.id);
            if (level === "disabled" || !this.#concerns(rule, args.urn)) {
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
        for (const resource of args.resources) {
            if (this.#recorder.inputsOf(resource.urn) === undefined) {
                this.#notice(resource, new Values(resource.props));
                this.#loadedExemptions().notJudged(resource.urn);
            }
        }
        const graph = new ResourceGraph(args.resources, this.#recorder);
        this.#graph = graph;
        const diagnostics: Diagnostic[] = this.#configurationProblems(root);
        for (const rule of this.#dispatch.stackRulesFor(graph.types)) {
            const { level, settings } = this.#configuration.rule(rule.id);
            if (level !== "disabled") {
                const on = (node: { readonly urn: string }): ReturnType<typeof reportTo> =>
                    reportTo((finding) => {
                        if (this.#concerns(rule, node.urn)) {
                            diagnostics.push(this.#diagnose(rule, node.urn, finding));
                        }
                    });
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
        const inputs = new Values(props);
        this.#notice(args, inputs);
        if (!this.#concerns(rule, urn)) {
            return undefined;
        }
        rule.check(
            { ...view, inputs },
            reportTo((finding) => findings.push(finding)),
            settings,
        );
        const refused = findings.some(({ kind }) => kind === "violation");
        if (!refused || this.#loadedExemptions().covering(rule.id, urn).current !== undefined) {
            return undefined;
        }
        rule.remediate(props, view, settings);
        return props;
    }

    /** Keeps what the resource says for itself: its exemptions, and its region where a rule asks for it. */
    #notice({ urn, type, provider }: Judged, properties: Values): void {
        const carried = carriedExemptions(type, properties, provider);
        // The file is read, and the exemptions are made, only where there is something to keep or to forget.
        if (carried.length > 0 || this.#exemptions !== undefined) {
            this.#loadedExemptions().carry(urn, carried);
        }
        const region = this.#configuration.limitsRegions ? regionOf(type, properties, provider) : undefined;
        if (region === undefined) {
            this.#regions.delete(urn);
        } else {
            this.#regions.set(urn, region);
        }
    }

    /** Whether a rule judges the resource: everywhere, unless it is limited to other regions. */
    #concerns(rule: Rule, urn: string): boolean {
        const { regions } = this.#configuration.rule(rule.id);
        const region = regions.size === 0 ? undefined : this.#regions.get(urn);
        return region === undefined || regions.has(region);
    }

    /** A mistake in one rule must neither hide the other rules' findings nor pass for compliance. */
    #attempt(rule: Rule, urn: string, diagnostics: Diagnostic[], check: () => void): void {
        try {
            check();
        } catch (error) {
            const { id, title, severity } = rule;
            const message = `the rule itself failed (${String(error)}), so nothing is known. Report it as a defect of the pack.`;
            diagnostics.push({
                rule: id,
                description: title,
                urn,
                level: "mandatory",
                severity,
                message,
                kind: "failure",
            });
        }
    }

    #loadedExemptions(): Exemptions {
        if (this.#exemptions === undefined) {
            const { file, maximumDays, onResources } = this.#configuration.exemptions;
            const path = this.environment.findExemptions(file);
            const today = this.environment.today();
            const loaded = loadExemptions(path, EVERY_RULE, maximumDays, today);
            this.#exemptions = new Exemptions(path, loaded, { rules: EVERY_RULE, maximumDays, today, onResources });
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
            description: CONFIGURATION_TITLE,
            urn,
            level: "mandatory",
            severity: "high",
            message,
            kind: "configuration",
        }));
    }

    #exemptionProblems(urn: string): Diagnostic[] {
        const { level } = this.#configuration.exemptions;
        const exemptions = this.#loadedExemptions();
        const judges = (rule: string): boolean => this.#ruleById.has(rule) && this.#configuration.runs(rule);
        const seesAll = (rule: string): boolean => !SHARED_RULES.has(rule);
        const file = exemptions.file ?? this.#configuration.exemptions.file;
        const complaints = [
            ...[...exemptions.problems, ...exemptions.complaints(urn, judges, seesAll)].map((complaint) => ({
                urn,
                message: `${file}: ${complaint}`,
            })),
            ...exemptions
                .complaintsOnResources(judges, seesAll)
                .map(({ urn: resource, complaint }) => ({ urn: resource, message: complaint })),
        ];
        exemptions.reset();
        if (level === "disabled") {
            return [];
        }
        return complaints.map((complaint) => ({
            ...complaint,
            rule: EXEMPTIONS,
            description: EXEMPTIONS_TITLE,
            level: level === "advisory" ? "advisory" : "mandatory",
            severity: "high",
            kind: "exemption",
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
