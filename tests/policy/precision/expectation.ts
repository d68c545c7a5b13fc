/** What a careful engineer expects the packs to say about a program. */

/** What becomes of a question that a preview leaves open, once every value is known. */
export type OnceKnown = "found" | "kept" | "still open";

/** Findings of one rule: which resources it names, and why that is right. */
export interface Expectation {
    readonly rule: string;
    /** Logical names of the resources. */
    readonly at: readonly string[];
    readonly because: string;
    /** Set where a preview cannot know: "undetermined" instead of a violation. */
    readonly onceKnown?: OnceKnown;
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

/** The same for what a preview cannot know, and what becomes of it in the update. */
export function leavesOpen(
    rule: string,
    at: readonly string[],
    because: string,
    onceKnown: OnceKnown = "still open",
): Expectation {
    return { rule, at, because, onceKnown };
}

/** "rule resource"; what is undetermined has a question mark. */
export function line(rule: string, name: string, undetermined: boolean): string {
    return `${rule} ${name}${undetermined ? " ?" : ""}`;
}

/** The expectations for a preview, or for an update, line by line. */
export function lines(expected: readonly Expectation[], mode: "preview" | "update"): readonly string[] {
    return expected
        .filter(({ onceKnown }) => mode === "preview" || onceKnown !== "kept")
        .flatMap(({ rule, at, onceKnown }) =>
            at.map((name) => {
                const open = mode === "preview" ? onceKnown !== undefined : onceKnown === "still open";
                return line(rule, name, open);
            }),
        )
        .sort();
}
