/**
 * The workloads of a stack that run copies of one pod: Deployments, StatefulSets and bare ReplicaSets, with what sets
 * their number, guards them against drains and spreads them. Worked out here once, for every rule and report.
 */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Maybe, type Unknown } from "../unknown";
import { autoscalers, SCALABLE, type Autoscaler } from "./kubernetes-autoscalers";
import { budgets } from "./kubernetes-budgets";
import { nameOf } from "./kubernetes-names";
import { podOwners, type PodOwner } from "./kubernetes-pods";
import { zoneSpreadOf, type ZoneSpread } from "./kubernetes-zone-spread";

export interface Workload extends PodOwner {
    /** `UNKNOWN` where it is not known yet: a reference to it is then an edge of the graph. */
    readonly name: string | Unknown;
    /** The fewest pods that always run: the autoscaler's minimum, else the fixed count. `UNKNOWN` where it is not known. */
    readonly floor: number | Unknown;
    /** The property that sets the floor, as a person finds it. */
    readonly floorProperty: string;
    /** Whether the program sets that property; else the floor is Kubernetes' default. */
    readonly floorIsSet: boolean;
    /** The most pods that run at a time. */
    readonly ceiling: number | Unknown;
    /** Switched off: its program says that no pod runs, which stops autoscaling too. */
    readonly off: boolean;
    /** What scales it for sure, and what may scale it. */
    readonly autoscalers: readonly Autoscaler[];
    readonly possibleAutoscalers: readonly Autoscaler[];
    /** The PodDisruptionBudgets that guard its pods for sure, and those that may. */
    readonly budgets: readonly Node[];
    readonly possibleBudgets: readonly Node[];
    /** Where its pods may run, and what keeps them apart. */
    readonly spread: ZoneSpread;
}

const cache = new WeakMap<ResourceGraph, ReadonlyMap<Node, Workload>>();

/** All workloads of a stack. */
export function kubernetesWorkloads(graph: ResourceGraph): readonly Workload[] {
    return [...byNode(graph).values()];
}

/** The workload that a resource is; nothing for anything else, a DaemonSet or a Job too. */
export function workloadOf(graph: ResourceGraph, node: Node): Workload | undefined {
    return byNode(graph).get(node);
}

function byNode(graph: ResourceGraph): ReadonlyMap<Node, Workload> {
    let workloads = cache.get(graph);
    if (workloads === undefined) {
        const scalers = new Relation<Autoscaler>();
        for (const scaler of autoscalers(graph)) {
            scalers.add(scaler, scaler.target);
        }
        const guards = new Relation<Node>();
        for (const { node, guarded } of budgets(graph)) {
            guards.add(node, guarded);
        }
        workloads = new Map(
            podOwners(graph)
                .filter(({ kind }) => SCALABLE.includes(kind))
                .map((owner) => [owner.node, workload(owner, scalers, guards)]),
        );
        cache.set(graph, workloads);
    }
    return workloads;
}

/** What belongs to each pod owner, for sure and perhaps. */
class Relation<T> {
    readonly #sure = new Map<Node, T[]>();
    readonly #unsure = new Map<Node, T[]>();

    add(item: T, to: { readonly sure: readonly PodOwner[]; readonly unsure: readonly PodOwner[] }): void {
        for (const [index, owners] of [
            [this.#sure, to.sure],
            [this.#unsure, to.unsure],
        ] as const) {
            for (const { node } of owners) {
                const list = index.get(node);
                if (list === undefined) {
                    index.set(node, [item]);
                } else {
                    list.push(item);
                }
            }
        }
    }

    sure(node: Node): readonly T[] {
        return this.#sure.get(node) ?? [];
    }

    unsure(node: Node): readonly T[] {
        return this.#unsure.get(node) ?? [];
    }
}

function workload(owner: PodOwner, scalers: Relation<Autoscaler>, guards: Relation<Node>): Workload {
    const { node } = owner;
    const own = scalers.sure(node);
    const possible = scalers.unsure(node);
    return {
        ...owner,
        name: nameOf(node) ?? UNKNOWN,
        ...countOf(node, own, possible),
        off: replicasOf(node) === 0,
        autoscalers: own,
        possibleAutoscalers: possible,
        budgets: guards.sure(node),
        possibleBudgets: guards.unsure(node),
        spread: zoneSpreadOf(owner),
    };
}

/** How many pods Kubernetes runs where `spec.replicas` is not set. */
const DEFAULT_REPLICAS = 1;

/** As the program says: the result holds the count of the moment, which an autoscaler elsewhere may have set. */
function replicasOf(node: Node): Maybe<number> {
    return (node.inputs ?? node).num("spec.replicas");
}

type Count = Pick<Workload, "floor" | "floorProperty" | "floorIsSet" | "ceiling">;

function countOf(node: Node, own: readonly Autoscaler[], possible: readonly Autoscaler[]): Count {
    const given = replicasOf(node);
    const replicas = given ?? DEFAULT_REPLICAS;
    const [first, ...others] = [...own, ...possible];
    if (first === undefined || replicas === 0) {
        return { floor: replicas, floorProperty: "spec.replicas", floorIsSet: given !== undefined, ceiling: replicas };
    }
    if (possible.length > 0) {
        return { floor: UNKNOWN, floorProperty: propertyOf(first), floorIsSet: true, ceiling: UNKNOWN };
    }
    // Two autoscalers contradict each other: the lower floor may be reached.
    return others.map(countBy).reduce(
        (one, other): Count => ({
            ...(isLower(other.floor, one.floor) ? other : one),
            ceiling:
                one.ceiling === UNKNOWN || other.ceiling === UNKNOWN ? UNKNOWN : Math.max(one.ceiling, other.ceiling),
        }),
        countBy(first),
    );
}

function countBy(scaler: Autoscaler): Count {
    return {
        floor: scaler.floor ?? scaler.defaultFloor,
        floorProperty: propertyOf(scaler),
        floorIsSet: scaler.floor !== undefined,
        ceiling: scaler.ceiling ?? UNKNOWN,
    };
}

/** A floor that is not known may be lower than any other. */
function isLower(floor: number | Unknown, than: number | Unknown): boolean {
    return than !== UNKNOWN && (floor === UNKNOWN || floor < than);
}

/** "spec.minReplicas of the HorizontalPodAutoscaler web". */
function propertyOf({ floorProperty, kind, node }: Autoscaler): string {
    return `${floorProperty} of the ${kind} ${node.name}`;
}
