/** What a rule says about a resource, before it is worded. */

/** What a rule says about one resource. */
export interface Report {
    /** "<property> <problem>: <why>. Fix: <fix>." The fix defaults to the rule's. */
    violation(property: string, problem: string, fix?: string): void;
    /** The property cannot be judged; by default because it is not known in preview. */
    undetermined(property: string, problem?: string): void;
    /** The property can never be judged from the program alone: shown, but never more than advisory. */
    open(property: string, problem: string): void;
}

export interface Finding {
    readonly kind: "violation" | "undetermined" | "open";
    readonly property: string;
    readonly problem: string;
    readonly fix?: string;
}

const NOT_KNOWN_IN_PREVIEW = "is not known in preview";

/** The report of one resource, which hands each finding on. */
export function reportTo(receive: (finding: Finding) => void): Report {
    return {
        violation: (property, problem, fix) => {
            receive({ kind: "violation", property, problem, ...(fix === undefined ? {} : { fix }) });
        },
        undetermined: (property, problem = NOT_KNOWN_IN_PREVIEW) => {
            receive({ kind: "undetermined", property, problem });
        },
        open: (property, problem) => {
            receive({ kind: "open", property, problem });
        },
    };
}
