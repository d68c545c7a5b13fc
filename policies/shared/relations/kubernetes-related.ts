/** What belongs to each resource where many objects select the same ones, without a list for every pair of them. */
import type { Node } from "../graph";
import { append } from "../multimap";

/** What an object selects for sure, and what it may select. Objects that select alike share one of these. */
export interface Selection {
    readonly sure: readonly { readonly node: Node }[];
    readonly unsure: readonly { readonly node: Node }[];
}

/** What belongs to one resource. Resources that are selected alike share the lists. */
export interface Related<T> {
    readonly sure: readonly T[];
    readonly unsure: readonly T[];
}

const NONE: Related<never> = { sure: [], unsure: [] };

/** Items by the resources that they select. */
export function relate<T>(items: readonly T[], selectionOf: (item: T) => Selection): (node: Node) => Related<T> {
    const alike = new Map<Selection, T[]>();
    for (const item of items) {
        append(alike, selectionOf(item), item);
    }
    const sure = new Map<Node, (readonly T[])[]>();
    const unsure = new Map<Node, (readonly T[])[]>();
    for (const [selection, group] of alike) {
        selection.sure.forEach(({ node }) => {
            append(sure, node, group);
        });
        selection.unsure.forEach(({ node }) => {
            append(unsure, node, group);
        });
    }
    return (node) =>
        sure.has(node) || unsure.has(node) ? { sure: joined(sure.get(node)), unsure: joined(unsure.get(node)) } : NONE;
}

/** One list stays the same object, so that what is worked out for it once holds for all who have it. */
function joined<T>(lists: readonly (readonly T[])[] = []): readonly T[] {
    const [only] = lists;
    return lists.length === 1 && only !== undefined ? only : lists.flat();
}
