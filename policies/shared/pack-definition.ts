/** What a pack is made of, and what it makes beside its findings. */
import type { ResourceGraph } from "./graph";
import type { Rule, Settings } from "./rule";

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
