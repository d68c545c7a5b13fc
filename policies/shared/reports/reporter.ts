/**
 * Writes the reports of a run while it goes on, so that they are there, marked as incomplete, wherever it is stopped: an
 * update ends with the first violation, and the engine kills its packs without a word.
 */
import { join } from "node:path";
import type { Diagnostic } from "../report";
import { renderFindings } from "./findings-json";
import { renderJunit } from "./junit";
import { reportedFindings, type Run, type RunSubject } from "./run";
import { renderSarif } from "./sarif";
import { removeAbandoned, writeAtomically } from "./write-file";

const FORMATS: readonly (readonly [extension: string, render: (run: Run) => string])[] = [
    ["findings.json", renderFindings],
    ["junit.xml", renderJunit],
    ["sarif", renderSarif],
];

/** Writing takes at most one tenth of the time: after each write it waits for nine times as long as that one took. */
const PAUSE = 9;

/** What the surroundings of a run are called, which its first resource says too. */
export interface RunNames {
    readonly project: string;
    readonly stack: string;
}

const NO_DOCUMENTS = (): readonly ReportDocument[] => [];

/** A file beside the reports that a pack adds of its own; incomplete until the stack is judged. */
export interface ReportDocument {
    readonly file: string;
    /** What it says of a stack that was judged to the end. */
    readonly content: object;
}

export class Reporter {
    #diagnostics: Diagnostic[] = [];
    #names: RunNames;
    #ended = false;
    #nextWrite = 0;
    #timer: NodeJS.Timeout | undefined;
    #error: string | undefined;
    #sawViolation = false;

    constructor(
        readonly directory: string,
        readonly subject: RunSubject,
        names: RunNames,
        /** Files of the pack's own. */
        readonly documentFiles: readonly string[] = [],
    ) {
        this.#names = names;
        for (const [extension] of FORMATS) {
            removeAbandoned(this.#file(extension));
        }
        this.#write(false);
        this.#nextWrite = 0;
    }

    #file(extension: string): string {
        return join(this.directory, `${this.subject.pack}.${extension}`);
    }

    /** Why the reports could not be written, if they could not. */
    get error(): string | undefined {
        return this.#error;
    }

    /** Takes what was found about one resource. */
    add(names: RunNames, diagnostics: readonly Diagnostic[]): void {
        this.#names = names;
        if (this.#ended) {
            // The same process judges another run.
            this.#ended = false;
            this.#sawViolation = false;
            this.#diagnostics = [];
        }
        if (diagnostics.length === 0) {
            return;
        }
        this.#diagnostics.push(...diagnostics);
        // An update ends with the first violation: that one is written before the engine hears of it.
        const stops = !this.#sawViolation && diagnostics.some(({ level }) => level === "mandatory");
        this.#sawViolation ||= stops;
        const wait = this.#nextWrite - performance.now();
        if (stops || wait <= 0) {
            this.#write(false);
        } else {
            this.#timer ??= setTimeout(() => {
                this.#write(false);
            }, wait).unref();
        }
    }

    /** Takes what was found about the whole, and completes the reports. */
    finish(diagnostics: readonly Diagnostic[], documents: () => readonly ReportDocument[] = NO_DOCUMENTS): void {
        this.#diagnostics.push(...diagnostics);
        this.#ended = true;
        this.#write(true, documents);
    }

    #write(complete: boolean, documents: () => readonly ReportDocument[] = NO_DOCUMENTS): void {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        const started = performance.now();
        const run: Run = {
            ...this.subject,
            ...this.#names,
            complete,
            findings: reportedFindings(this.#diagnostics),
        };
        try {
            for (const [extension, render] of FORMATS) {
                writeAtomically(this.#file(extension), render(run));
            }
            // Last: what a pack adds must not keep the findings from being told.
            const contents = documents();
            for (const file of this.documentFiles) {
                const content = contents.find((document) => document.file === file)?.content;
                const document = { version: 1, ...this.#names, complete: content !== undefined, ...content };
                writeAtomically(join(this.directory, file), `${JSON.stringify(document, null, 2)}\n`);
            }
            this.#error = undefined;
        } catch (error) {
            this.#error = `the reports in ${this.directory} can not be written: ${(error as Error).message}`;
        }
        const ended = performance.now();
        this.#nextWrite = ended + PAUSE * (ended - started);
    }
}
