/** The reports of one run of a pack: none where no folder is named for them. */
import { REPORTS, type Configuration } from "../config";
import { projectOf, rootOf } from "../exemptions";
import type { ResourceGraph } from "../graph";
import type { PackDefinition } from "../pack-definition";
import type { Diagnostic } from "../report";
import { referencesOf } from "../rule-policy";
import { stackOf } from "../urn-pattern";
import type { ReportsTarget } from "./directory";
import { Reporter, type RunNames } from "./reporter";
import type { RunSubject } from "./run";

function namesOf(urn: string): RunNames {
    return { project: projectOf(urn), stack: stackOf(urn) };
}

export class RunReports {
    readonly #definition: PackDefinition;
    readonly #configuration: Configuration;
    readonly #reporter: Reporter | undefined;
    readonly #problem: string | undefined;

    /** @param names what is known of the run before its first resource */
    constructor(
        definition: PackDefinition,
        configuration: Configuration,
        target: ReportsTarget | undefined,
        { project, stack }: RunNames,
    ) {
        this.#definition = definition;
        this.#configuration = configuration;
        this.#problem = target?.problem;
        this.#reporter =
            target?.directory === undefined
                ? undefined
                : new Reporter(
                      target.directory,
                      this.#subject(target.projectFile),
                      { project, stack },
                      definition.documents?.map(({ file }) => file),
                  );
    }

    #subject(projectFile: string): RunSubject {
        const { name, version = "0.0.0", description, category = "reliability", rules } = this.#definition;
        return {
            pack: name,
            version,
            description,
            category,
            projectFile,
            maximumDays: this.#configuration.exemptions.maximumDays,
            rules: rules.map((rule) => {
                const { id, title, severity, why, fix, url } = rule;
                const { level } = this.#configuration.rule(id);
                return { id, title, severity, level, why, fix, url, references: referencesOf(rule) };
            }),
        };
    }

    /** Takes what was found about one resource. */
    add(urn: string, found: readonly Diagnostic[]): void {
        this.#reporter?.add(namesOf(urn), found);
    }

    /** Takes what was found about the whole, and completes the reports. */
    finish(found: readonly Diagnostic[], graph: () => ResourceGraph): void {
        this.#reporter?.finish(found, () => {
            const documents = this.#definition.documents ?? [];
            const judged = documents.length === 0 ? undefined : graph();
            return documents.flatMap(({ file, content }) =>
                judged === undefined
                    ? []
                    : [{ file, content: content(judged, (rule) => this.#configuration.rule(rule).settings) }],
            );
        });
    }

    /** Reports that were asked for and are not there are no reason for a silent pass. */
    problems(urn: string | undefined): readonly Diagnostic[] {
        const problem = this.#problem ?? this.#reporter?.error;
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
}
