/** The baseline command: from the reports of the packs to the file of exemptions. */
import { chmodSync, existsSync, readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { EXEMPTIONS_SETTINGS } from "../config";
import { termsProblems } from "../exemption-schema";
import type { ExemptionTerms } from "../exemption";
import { FINDINGS_VERSION, type FindingsDocument } from "../reports/findings-json";
import { writeAtomically } from "../reports/write-file";
import ruleNames from "../rule-names.json";
import { parseArguments, USAGE } from "./arguments";
import { extendExemptions, type Baseline } from "./extend";

const EVERY_RULE: ReadonlySet<string> = new Set(Object.values(ruleNames).flat());
const DEFAULT_MAXIMUM_DAYS = EXEMPTIONS_SETTINGS.maximumDays.default as number;
const SUFFIX = ".findings.json";

/** What the command has to say, and its exit code: 0 done, 1 it can not be done, 2 it was called wrongly. */
export interface Outcome {
    readonly code: 0 | 1 | 2;
    readonly lines: readonly string[];
}

/** The packs' findings, and what is wrong with them. */
function readReports(folder: string): { documents: readonly FindingsDocument[]; problems: readonly string[] } {
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(SUFFIX)) : [];
    if (names.length === 0) {
        const problem =
            `--reports is ${JSON.stringify(folder)}, which holds no *${SUFFIX}. Run a preview with both packs and the variable ` +
            "HEADROOM_POLICY_REPORTS set to that folder first.";
        return { documents: [], problems: [problem] };
    }
    const problems: string[] = [];
    const documents = names.sort().flatMap((name): readonly FindingsDocument[] => {
        const path = join(folder, name);
        let document: FindingsDocument;
        try {
            document = JSON.parse(readFileSync(path, "utf8")) as FindingsDocument;
        } catch (error) {
            problems.push(`${path} can not be read: ${(error as Error).message}`);
            return [];
        }
        if ((document.version as number) !== FINDINGS_VERSION || !Array.isArray(document.findings)) {
            problems.push(`${path} is not a report of version ${FINDINGS_VERSION}: use the command of the same pack.`);
            return [];
        }
        if (!document.complete) {
            problems.push(
                `${path} is incomplete: the run was stopped before the stack was judged. Run a preview to its end.`,
            );
        }
        return [document];
    });
    return { documents, problems };
}

function said(
    baseline: Baseline,
    file: string,
    expires: string,
    dryRun: boolean,
    nothingStops: boolean,
): readonly string[] {
    const { added, covered, left } = baseline;
    const lines: string[] = [];
    if (added.length === 0) {
        lines.push(`Nothing to add to ${file}.`);
        if (nothingStops) {
            lines.push(
                "The reports are of a run in which no rule could stop it. Preview with the levels that you want to keep, and run this again.",
            );
        }
    } else {
        const what = added.length === 1 ? "1 exemption" : `${added.length} exemptions`;
        lines.push(`${dryRun ? "Would add" : "Added"} ${what}, until ${expires}, to ${file}:`);
        lines.push(...added.map(({ rule, resource }) => `  + ${rule} ${resource}`));
    }
    if (covered > 0) {
        lines.push(`${covered === 1 ? "1 finding is" : `${covered} findings are`} exempted there already.`);
    }
    if (left.length > 0) {
        lines.push("Mandatory findings that stay:");
        lines.push(...left.map(({ finding, why }) => `  - ${finding.rule} ${finding.urn} ${why}`));
    }
    return lines;
}

/** Runs the command in a folder. */
export function baseline(
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    today: string = new Date().toISOString().slice(0, 10),
): Outcome {
    const { parsed, problems: misused } = parseArguments(args, env, EVERY_RULE);
    if (parsed.help) {
        return { code: 0, lines: [USAGE] };
    }
    const { documents, problems: unread } = readReports(parsed.reports);
    const limits = documents.map(({ exemptions }) => exemptions.maximumDays);
    const maximumDays = limits.length === 0 ? DEFAULT_MAXIMUM_DAYS : Math.min(...limits);
    const terms = termsProblems(parsed.terms, { maximumDays, today }).map((problem) =>
        problem.replace(/^`(\w+)`/, "--$1"),
    );
    const { expires = "" } = parsed.terms;
    const past = terms.some((problem) => problem.startsWith("--expires")) || expires >= today;
    const problems = [
        ...misused,
        ...terms,
        ...(past ? [] : [`--expires is ${JSON.stringify(expires)}, which has passed (today is ${today}).`]),
        ...unread,
    ];
    if (problems.length > 0) {
        return { code: 2, lines: [...problems, "Nothing was written. --help says what there is."] };
    }
    const source = existsSync(parsed.file) ? readFileSync(parsed.file, "utf8") : undefined;
    const request = { ...parsed, terms: parsed.terms as ExemptionTerms };
    const result = extendExemptions(source, documents, request, { rules: EVERY_RULE, maximumDays, today });
    if ("problems" in result) {
        const lines = result.problems.map((problem) => `${parsed.file}: ${problem}`);
        return { code: 1, lines: [...lines, "Nothing was written: correct the file first."] };
    }
    if (result.text !== undefined && !parsed.dryRun) {
        writeKeepingMode(parsed.file, result.text);
    }
    const rules = documents.flatMap((document) => document.rules);
    const nothingStops = rules.length > 0 && rules.every(({ level }) => level === "advisory" || level === "disabled");
    return { code: 0, lines: said(result, parsed.file, expires, parsed.dryRun, nothingStops) };
}

/** Replaces what a link points to, not the link, and leaves the file as readable as it was. */
function writeKeepingMode(file: string, text: string): void {
    const target = existsSync(file) ? realpathSync(file) : file;
    const mode = statSync(target, { throwIfNoEntry: false })?.mode;
    writeAtomically(target, text);
    if (mode !== undefined) {
        chmodSync(target, mode);
    }
}
