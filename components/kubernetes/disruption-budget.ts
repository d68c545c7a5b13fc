/** Whom a disruption budget spares. */
export interface BudgetFacts {
    /** Pods that run at the least. */
    readonly minimum: number;
    /** Pods that carry the load. */
    readonly needed: number;
}

/** A tenth of the pods may be away at a time: as much as nodes are exchanged at a time. */
const share = 0.1;

/**
 * How many pods may be evicted at a time, for nodes to be drained: one, or a tenth where there are many, and never so many that too
 * few are left.
 *
 * A lone pod may be evicted as well. It could not be spared, but a node with it could never be drained, and then upgrades of nodes
 * wait for ever or end by force; that its work is interrupted meanwhile is what running one pod means.
 *
 * @returns 0 where the budget could let no pod go: every pod is needed, and there are several
 */
export function disruptionBudget({ minimum, needed }: BudgetFacts): number {
    if (minimum <= 1) {
        return 1;
    }
    const wanted = Math.max(1, Math.floor(minimum * share));
    return Math.max(0, Math.min(wanted, minimum - needed));
}
