/** Which pods a PodDisruptionBudget guards. */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN } from "../unknown";
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
