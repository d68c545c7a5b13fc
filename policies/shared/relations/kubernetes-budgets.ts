/** Which pods a PodDisruptionBudget guards, and how many of them it lets be evicted. */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Maybe, type Readable } from "../unknown";
import { amountAt, scaled, type Amount } from "./kubernetes-int-or-percent";
import { namespaceOf } from "./kubernetes-names";
import { podsSelectedBy, type PodOwner, type Selected } from "./kubernetes-pods";
import { selectorAt } from "./label-selector";

/** A budget with what it guards: every pod of its namespace that its whole selector selects. */
export interface Budget {
    readonly node: Node;
    readonly guarded: Selected<PodOwner>;
}

const cache = new WeakMap<ResourceGraph, readonly Budget[]>();

/** All budgets of a stack. */
export function budgets(graph: ResourceGraph): readonly Budget[] {
    let all = cache.get(graph);
    if (all === undefined) {
        all = graph.all("podDisruptionBudget").map((node) => {
            const selector = selectorAt(node, "spec.selector");
            // In policy/v1 an empty selector selects every pod of the namespace, in policy/v1beta1 none.
            // https://kubernetes.io/docs/reference/using-api/deprecation-guide/#poddisruptionbudget-v125
            const none = node.type.includes("policy/v1beta1:") && selector !== UNKNOWN && selector?.length === 0;
            return { node, guarded: podsSelectedBy(graph, none ? undefined : selector, namespaceOf(graph, node)) };
        });
        cache.set(graph, all);
    }
    return all;
}

/** What a budget demands. Kubernetes allows one of the two only. */
export interface Demand {
    readonly property: "spec.maxUnavailable" | "spec.minAvailable";
    readonly amount: Amount;
}

/** What a budget demands; nothing where it says nothing, which lets no pod be evicted. */
export function demandOf(budget: Readable): Maybe<Demand> {
    for (const property of ["spec.maxUnavailable", "spec.minAvailable"] as const) {
        const amount = amountAt(budget, property);
        if (amount !== undefined) {
            return amount === UNKNOWN ? UNKNOWN : { property, amount };
        }
    }
    return undefined;
}

/**
 * How many of a number of healthy pods may be evicted at once. The disruption controller rounds both percentages up: of
 * what may be gone as of what has to stay.
 * https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages
 */
export function evictable(demand: Demand | undefined, pods: number): number {
    if (demand === undefined) {
        // Without either property the controller expects no pods, and then allows no disruption.
        return 0;
    }
    const amount = scaled(demand.amount, pods, "up");
    return demand.property === "spec.maxUnavailable" ? Math.min(amount, pods) : Math.max(0, pods - amount);
}

/** Whether the budget lets no pod be evicted however many there are. */
export function forbidsAll(demand: Demand | undefined): boolean {
    if (demand === undefined) {
        return true;
    }
    const { property, amount } = demand;
    return property === "spec.maxUnavailable" ? amount.value === 0 : amount.percent && amount.value >= 100;
}
