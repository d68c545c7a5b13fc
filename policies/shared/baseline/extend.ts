/** Which findings get an exemption, and the text of the file with them. */
import { Document, isMap, isSeq, parseDocument, stringify, type YAMLSeq } from "yaml";
import type { Exemption, ExemptionTerms, LoadedExemption } from "../exemption";
import { parseExemptions, type SchemaOptions } from "../exemption-schema";
import type { FindingsDocument } from "../reports/findings-json";
import type { ReportedFinding } from "../reports/run";
import { anchoringProblem, matchesPattern, stackOf } from "../urn-pattern";

export interface BaselineRequest {
    readonly terms: ExemptionTerms;
    /** Rules to take findings of; empty: all. */
    readonly rules: ReadonlySet<string>;
    /** Severities to take findings of; empty: all. */
    readonly severities: ReadonlySet<string>;
}

/** A finding that gets no exemption although it stops a run, and why. */
export interface LeftFinding {
    readonly finding: ReportedFinding;
    readonly why: string;
}

export interface Baseline {
    readonly added: readonly Exemption[];
    /** How many findings the file exempts already. */
    readonly covered: number;
    readonly left: readonly LeftFinding[];
    /** The file's new text; `undefined` where nothing is added. */
    readonly text: string | undefined;
}

const HEADER = ` Known findings that are accepted for a time; the README of the packs says what each key means.`;

function whyLeft(
    finding: ReportedFinding,
    { rules, severities }: BaselineRequest,
    expired: LoadedExemption | undefined,
): string | undefined {
    const { kind, rule, severity, urn } = finding;
    if (kind === "configuration" || kind === "exemption" || kind === "failure") {
        return "is no finding about a resource and can not be exempted";
    }
    if ((rules.size > 0 && !rules.has(rule)) || (severities.size > 0 && !severities.has(severity))) {
        return "is left out by --rule or --severity";
    }
    if (expired !== undefined) {
        return `has an exemption, entry ${expired.position}, that expired on ${expired.expires}: renew it or mend the resource`;
    }
    const problem = anchoringProblem(urn);
    return problem === undefined ? undefined : `has a URN that no exemption can name: it ${problem}`;
}

/**
 * Extends a file of exemptions by what the packs found.
 * @param source the file's text, `undefined` where there is none yet
 */
export function extendExemptions(
    source: string | undefined,
    documents: readonly FindingsDocument[],
    request: BaselineRequest,
    options: SchemaOptions,
): Baseline | { readonly problems: readonly string[] } {
    const { exemptions, problems } =
        source === undefined ? { exemptions: [], problems: [] } : parseExemptions(source, options);
    if (problems.length > 0) {
        return { problems };
    }
    const added = new Map<string, Exemption>();
    const left: LeftFinding[] = [];
    let covered = 0;
    const findings = documents.flatMap((document) => document.findings);
    for (const finding of findings.filter(({ level }) => level === "mandatory")) {
        const { rule, urn } = finding;
        const matching = exemptions.filter(
            (entry) =>
                entry.rule === rule &&
                (entry.stacks === undefined || entry.stacks.includes(stackOf(urn))) &&
                matchesPattern(entry.resource, urn),
        );
        if (matching.some(({ expires }) => expires >= options.today)) {
            covered += 1;
            continue;
        }
        const why = whyLeft(finding, request, matching[0]);
        if (why === undefined) {
            added.set(`${rule} ${urn}`, { rule, resource: urn, ...request.terms });
        } else {
            left.push({ finding, why });
        }
    }
    const entries = [...added.values()];
    const text = entries.length === 0 ? undefined : extended(source, entries);
    return { added: entries, covered, left, text };
}

/** The file with more entries, with the byte order mark and the line ends that it has. */
function extended(source: string | undefined, entries: readonly Exemption[]): string {
    const mark = source?.startsWith("\ufeff") === true ? "\ufeff" : "";
    const text = mark + withEntries(source?.slice(mark.length), entries);
    return source?.includes("\r\n") === true ? text.replace(/\r?\n/g, "\r\n") : text;
}

function isJson(source: string): boolean {
    try {
        JSON.parse(source);
        return true;
    } catch {
        return false;
    }
}

/** The file with more entries at its end. What is there, comments included, stays. */
function withEntries(source: string | undefined, entries: readonly Exemption[]): string {
    if (source !== undefined && isJson(source)) {
        const document = JSON.parse(source) as { exemptions: object[] };
        const indent = /^[ \t]+/m.exec(source)?.[0] ?? "    ";
        return `${JSON.stringify({ ...document, exemptions: [...document.exemptions, ...entries] }, null, indent)}\n`;
    }
    if (source === undefined) {
        const document = new Document({ exemptions: entries });
        document.commentBefore = HEADER;
        return document.toString({ lineWidth: 0 });
    }
    const document = parseDocument(source);
    const list = isMap(document.contents) ? document.contents.get("exemptions") : undefined;
    if (!isSeq(list)) {
        throw new Error("the file was checked to hold a list");
    }
    const last = list.items.at(-1);
    if (list.flow === true || last === undefined) {
        // A list in brackets, or an empty one: it goes on with one line for each key.
        const written: YAMLSeq = list;
        written.flow = false;
        entries.forEach((entry) => {
            written.add(document.createNode(entry));
        });
        return document.toString({ lineWidth: 0 });
    }
    const [start] = list.range;
    const [, end] = last.range;
    // Put in as text, so that all the rest stays as it was written.
    const margin = " ".repeat(start - (source.lastIndexOf("\n", start - 1) + 1));
    const lines = stringify(entries, { lineWidth: 0 }).trimEnd().split("\n");
    const added = lines.map((line) => `${margin}${line}\n`).join("");
    const lineEnd = source[end - 1] === "\n" ? end : source.indexOf("\n", end) + 1;
    // The last line may have no end.
    return lineEnd === 0 ? `${source}\n${added}` : source.slice(0, lineEnd) + added + source.slice(lineEnd);
}
