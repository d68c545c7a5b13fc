/** What a careful engineer expects the packs to say about a program. */

/** Findings of one rule: which resources it names, and why that is right. */
export interface Expectation {
    readonly rule: string;
    /** Logical names of the resources. */
    readonly at: readonly string[];
    readonly because: string;
    /** Set where a preview cannot know: "undetermined" instead of a violation. */
    readonly undetermined?: true;
}

/** A program in the shape of a well-known public example, and what is to be found in it. */
export interface Example {
    /** Where the shape is known from. */
    readonly shape: string;
    readonly program: () => unknown;
    /** Exactly these findings: nothing else, and none of them missing. */
    readonly expected: readonly Expectation[];
}

/** One line of an expectation: rule, resources, reason. */
export function finds(rule: string, at: readonly string[], because: string): Expectation {
    return { rule, at, because };
}

/** The same for what a preview cannot know. */
export function leavesOpen(rule: string, at: readonly string[], because: string): Expectation {
    return { rule, at, because, undetermined: true };
}

/** "rule resource", sorted; what is undetermined has a question mark. */
export function line(rule: string, name: string, undetermined = false): string {
    return `${rule} ${name}${undetermined ? " ?" : ""}`;
}

/** The expectations line by line. */
export function lines(expected: readonly Expectation[]): readonly string[] {
    return expected
        .flatMap(({ rule, at, undetermined = false }) => at.map((name) => line(rule, name, undetermined)))
        .sort();
}
