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
    PolicyResource,
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
    type RawConfig,
} from "./config";
import { Dispatch } from "./dispatch";
import { carriedExemptions } from "./exemption-on-resource";
import { Exemptions, loadExemptions, rootOf } from "./exemptions";
import { reportTo, type Finding } from "./finding";
import { ResourceGraph } from "./graph";
import type { PackDefinition } from "./pack-definition";
import { findExemptionsFile } from "./program-directory";
import { Recorder } from "./recorder";
import { regionOf } from "./region";
import { diagnose, type Diagnostic } from "./report";
import { reportsTarget, type ReportsTarget } from "./reports/directory";
import type { RunNames } from "./reports/reporter";
import { RunReports } from "./reports/run-reports";
import ruleNames from "./rule-names.json";
import type { ResourceRule, Rule } from "./rule";
import { policyOf } from "./rule-policy";
import { Values } from "./unknown";

/** Ids of every rule of both packs: both read the same file of exemptions. */
const EVERY_RULE: ReadonlySet<string> = new Set(Object.values(ruleNames).flat());

/** Ids that both packs have: whether an exemption of one is used, no pack alone can say. */
const SHARED_RULES: ReadonlySet<string> = new Set(
    Object.values(ruleNames)
        .flat()
        .filter((id, index, all) => all.indexOf(id) !== index),
);

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

/** What the engine says about a run before its first resource. */
export interface Operation extends RunNames {
    /**
     * Whether it is an update. Its preview may have needed the exemption of a value that the update makes known, so an update
     * calls none unused: the next preview does.
     */
    readonly updates: boolean;
}

const CONFIGURATION_TITLE = "The configuration of the policy pack names only rules and settings that exist.";
const EXEMPTIONS_TITLE = "Every exemption is well-formed, not expired and still needed.";

/** What is known of a resource when it is judged. */
type Judged = Pick<ResourceValidationArgs, "urn" | "type" | "props" | "provider">;

/** The kind of an error and where it was thrown. Not its message, which may repeat a value, and a value may be a secret. */
function placeOf(error: unknown): string {
    if (!(error instanceof Error)) {
        return typeof error;
    }
    const frame = /^\s+at .*$/m.exec(error.stack ?? "")?.[0].trim();
    return [error.name, frame].filter((part) => part !== undefined).join(" ");
}

export class Pack {
    readonly #dispatch: Dispatch;
    readonly #recorder = new Recorder();
    readonly #ruleById: ReadonlyMap<string, Rule>;
    #configuration: Configuration;
    #exemptions: Exemptions | undefined;
    #configurationReported = false;
    #reports: RunReports | undefined;
    /** Of the stack that was judged last. */
    #graph: ResourceGraph | undefined;
    /** Regions by URN, where a rule is limited to some. */
    readonly #regions = new Map<string, string>();
    /** What was found about resources without a single property, by URN, until the whole stack is known. */
    readonly #waiting = new Map<string, readonly Diagnostic[]>();
    /** What the run is about; without names where a state file is judged. */
    operation: Operation = { project: "", stack: "", updates: false };

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
        this.#waiting.clear();
        const target = this.environment.reports?.(this.#configuration.reportsDirectory);
        this.#reports = new RunReports(this.definition, this.#configuration, target, this.operation);
    }

    /** The policies as the SDK takes them. */
    policies(): Policies {
        const rules = this.definition.rules.map((rule): ResourceValidationPolicy => {
            const policy = policyOf(rule);
            return rule.kind === "resource" && rule.remediate !== undefined
                ? { ...policy, remediateResource: (args) => this.#remediate(rule, args) }
                : policy;
        });
        const runner: ResourceValidationPolicy & StackValidationPolicy = {
            name: CONFIGURATION,
            description: CONFIGURATION_TITLE,
            severity: "high",
            enforcementLevel: "mandatory",
            validateResource: (args, report) => {
                const found = this.resource(args);
                this.#reports?.add(args.urn, found);
                this.#send(found, report);
            },
            validateStack: (args, report) => {
                const found = this.stack(args);
                this.#reports?.finish(found, () => this.#graph ?? new ResourceGraph(args.resources, this.#recorder));
                this.#send([...found, ...(this.#reports?.problems(args.resources[0]?.urn) ?? [])], report);
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

    /** What the resource rules say about one resource. */
    resource(args: ResourceValidationArgs): readonly Diagnostic[] {
        const inputs = this.#recorder.record(args.urn, args.props);
        this.#notice(args, inputs);
        const problems = this.#configurationProblems(args.urn);
        const diagnostics: Diagnostic[] = [];
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
        if (Object.keys(args.props).length === 0) {
            // Only the whole stack shows whether it is left out or empty.
            this.#waiting.set(args.urn, diagnostics);
            return problems;
        }
        return [...problems, ...diagnostics];
    }

    /**
     * Whether a run with `--target` leaves a resource out that was never made. The engine hands it over all the same, without a
     * single property, while one that is made has its region, its name or its ARN at least.
     */
    #isLeftOut({ urn, type, props }: Pick<PolicyResource, "urn" | "type" | "props">): boolean {
        const inputs = this.#recorder.inputsOf(urn);
        return (
            /^(?:aws|kubernetes):/.test(type) &&
            Object.keys(props).length === 0 &&
            (inputs === undefined || inputs.keys().length === 0)
        );
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
            if (this.#isLeftOut(resource)) {
                this.#waiting.delete(resource.urn);
                this.#loadedExemptions().notJudged(resource.urn);
            } else if (this.#recorder.inputsOf(resource.urn) === undefined) {
                this.#notice(resource, new Values(resource.props));
                this.#loadedExemptions().notJudged(resource.urn);
            }
        }
        const present = args.resources.filter((resource) => !this.#isLeftOut(resource));
        const graph = new ResourceGraph(present, this.#recorder);
        this.#graph = graph;
        const diagnostics: Diagnostic[] = [...this.#configurationProblems(root), ...[...this.#waiting.values()].flat()];
        this.#waiting.clear();
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
            const message = `the rule itself failed (${placeOf(error)}), so nothing is known. Report it as a defect of the pack.`;
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
        const seesAll = (rule: string): boolean => !this.operation.updates && !SHARED_RULES.has(rule);
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
