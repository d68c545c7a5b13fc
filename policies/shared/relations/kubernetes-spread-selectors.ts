/** Terms that are to spread a workload's pods and select other pods, or none. */
import type { ResourceGraph } from "../graph";
import { UNKNOWN } from "../unknown";
import { hasPodsOfOthers, podsSelectedBy } from "./kubernetes-pods";
import type { Workload } from "./kubernetes-workloads";
import type { SpreadTerm } from "./kubernetes-zone-spread";

/** What is wrong with the selector of a term, or open about it. */
export interface SelectorProblem {
    readonly term: SpreadTerm;
    readonly kind: "violation" | "undetermined" | "open";
    /** What the selector does; nothing where it is not known. */
    readonly problem: string | undefined;
}

/** The terms of a workload whose selectors miss its own pods by mistake, or may. */
export function selectorProblems(graph: ResourceGraph, workload: Workload): readonly SelectorProblem[] {
    const { floor, spread } = workload;
    const spreadsItself = spread.terms.some(({ selectsOwn }) => selectsOwn === true);
    return spread.terms.flatMap((term) => {
        if (term.kind === "constraint") {
            return ofConstraint(term);
        }
        return !spreadsItself && (floor === UNKNOWN || floor > 1) ? ofAntiAffinity(graph, workload, term) : [];
    });
}

const NO_SELECTOR = "is not set, so it selects no pods";

/** A constraint counts the pods that its selector selects wherever this workload's pods go: it is about them. */
function ofConstraint(term: SpreadTerm): readonly SelectorProblem[] {
    if (term.selectsOwn === UNKNOWN) {
        return [{ term, kind: "undetermined", problem: undefined }];
    }
    const problem = term.selector === undefined ? NO_SELECTOR : "selects none of the workload's own pods";
    return term.selectsOwn ? [] : [{ term, kind: "violation", problem }];
}

/**
 * An anti-affinity may well be about others, to keep away from them, and is where it names their namespaces. It is a mistake
 * where it selects nobody at all of the stack, and the workload is spread by nothing else.
 */
function ofAntiAffinity(
    graph: ResourceGraph,
    { node, namespace }: Workload,
    term: SpreadTerm,
): readonly SelectorProblem[] {
    if (term.inOwnNamespace === false || term.selectsOwn === true) {
        return [];
    }
    if (term.selectsOwn === UNKNOWN) {
        return [{ term, kind: "undetermined", problem: undefined }];
    }
    const others = podsSelectedBy(graph, term.selector, namespace);
    if (others.sure.some((owner) => owner.node !== node)) {
        return [];
    }
    if (others.unsure.length > 0) {
        return [{ term, kind: "undetermined", problem: "selects pods whose labels are not known in preview" }];
    }
    if (term.selector === undefined) {
        return [{ term, kind: "violation", problem: NO_SELECTOR }];
    }
    // Pods of an add-on, a chart's release or an operator are in no stack.
    return [
        {
            term,
            kind: hasPodsOfOthers(graph) ? "open" : "violation",
            problem: "selects neither the workload's own pods nor others of this stack, and nothing else spreads them",
        },
    ];
}
