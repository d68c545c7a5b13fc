/** What an exemption is, and what a file of them was found to hold. */

/** What every exemption says, wherever it is written. */
export interface ExemptionTerms {
    /** Why the finding is acceptable until then. */
    readonly reason: string;
    /** Who answers for it. */
    readonly owner: string;
    /** Where the work that makes it superfluous is tracked. */
    readonly ticket: string;
    /** Last day on which it holds, YYYY-MM-DD (UTC). */
    readonly expires: string;
}

/** One entry of the file. */
export interface Exemption extends ExemptionTerms {
    /** Id of the rule. */
    readonly rule: string;
    /** Pattern of the resource's URN; `*` stands for any characters. See `urn-pattern.ts` for what "anchored" means. */
    readonly resource: string;
    /** The stacks it is for; without it, the stack that the pattern names outright. */
    readonly stacks?: readonly string[];
}

/** The exemption of a finding, and where it is written. */
export interface GrantedExemption extends ExemptionTerms {
    /** "entry 3 of policy-exemptions.yaml", "the tag `headroom:exempt:rds-multi-az`". */
    readonly where: string;
    /** Whether the resource carries it itself. */
    readonly onResource: boolean;
}

/** An exemption and where it stands. */
export interface LoadedExemption extends Exemption {
    /** Number of the entry in the file, from 1. */
    readonly position: number;
}

/** What the file turned out to be. */
export interface LoadedExemptions {
    readonly exemptions: readonly LoadedExemption[];
    /** What is wrong with the file or its entries, one sentence each. */
    readonly problems: readonly string[];
}
