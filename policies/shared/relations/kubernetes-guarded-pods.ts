/** How many pods a PodDisruptionBudget counts: those of all workloads that it selects, together. */
import type { ResourceGraph } from "../graph";
import { UNKNOWN, type Unknown } from "../unknown";
import type { Budget } from "./kubernetes-budgets";
import { workloadOf, type Workload } from "./kubernetes-workloads";

export interface GuardedPods {
    /** At least so many run while any does: the sum of the floors that are known, and one. */
    readonly known: number;
    /** Whether `known` is all of them. It is not where a floor, or what else is selected, is not known. */
    readonly all: boolean;
    /** Whether no program says how many there are: pods of a DaemonSet, a Job or alone are among them. */
    readonly uncountable: boolean;
    /** The most that run at a time. */
    readonly ceiling: number | Unknown;
    /** Everything that it selects is switched off. */
    readonly off: boolean;
}

const cache = new WeakMap<Budget["guarded"], GuardedPods>();

/** The pods that a budget counts. Worked out once for all budgets that select alike. */
export function guardedPods(graph: ResourceGraph, { guarded }: Budget): GuardedPods {
    let pods = cache.get(guarded);
    if (pods === undefined) {
        pods = count(graph, guarded);
        cache.set(guarded, pods);
    }
    return pods;
}

function count(graph: ResourceGraph, guarded: Budget["guarded"]): GuardedPods {
    const found = guarded.sure.map(({ node }) => workloadOf(graph, node));
    const workloads = found.filter((each): each is Workload => each !== undefined);
    // Pods of a DaemonSet or a Job have no number that a program sets.
    const counted = guarded.unsure.length === 0 && workloads.length === found.length;
    const floors = workloads.map(({ floor }) => floor);
    const ceilings = workloads.map(({ ceiling }) => ceiling);
    return {
        known: Math.max(
            1,
            floors.reduce<number>((sum, floor) => sum + (floor === UNKNOWN ? 0 : floor), 0),
        ),
        all: counted && !floors.includes(UNKNOWN),
        uncountable: workloads.length < found.length,
        ceiling: counted
            ? ceilings.reduce<number | Unknown>(
                  (sum, each) => (sum === UNKNOWN || each === UNKNOWN ? UNKNOWN : sum + each),
                  0,
              )
            : UNKNOWN,
        off: counted && workloads.every(({ off }) => off),
    };
}
