/**
 * The workloads of a stack that run copies of one pod: Deployments, StatefulSets and bare ReplicaSets, with what sets
 * their number, guards them against drains and spreads them. Worked out here once, for every rule and report.
 */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Maybe, type Unknown } from "../unknown";
import { autoscalers, SCALABLE, type Autoscaler } from "./kubernetes-autoscalers";
import { budgets, type Budget } from "./kubernetes-budgets";
import { nameOf } from "./kubernetes-names";
import { podOwners, type PodOwner } from "./kubernetes-pods";
import { relate, type Related } from "./kubernetes-related";
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
    /** Switched off: its program says that no pod runs, which stops a HorizontalPodAutoscaler too. KEDA starts what is at zero. */
    readonly off: boolean;
    /** What scales it for sure, and what may scale it. */
    readonly autoscalers: readonly Autoscaler[];
    readonly possibleAutoscalers: readonly Autoscaler[];
    /** The PodDisruptionBudgets that guard its pods for sure, and those that may. */
    readonly budgets: readonly Budget[];
    readonly possibleBudgets: readonly Budget[];
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
        const scalers = relate(autoscalers(graph), ({ target }) => target);
        const guards = relate(budgets(graph), ({ guarded }) => guarded);
        workloads = new Map(
            podOwners(graph)
                .filter(({ kind }) => SCALABLE.includes(kind))
                .map((owner) => [owner.node, workload(owner, scalers(owner.node), guards(owner.node))]),
        );
        cache.set(graph, workloads);
    }
    return workloads;
}

function workload(owner: PodOwner, scalers: Related<Autoscaler>, guards: Related<Budget>): Workload {
    const { node } = owner;
    return {
        ...owner,
        name: nameOf(node) ?? UNKNOWN,
        ...countOf(node, scalers),
        off: isOff(node, scalers),
        autoscalers: scalers.sure,
        possibleAutoscalers: scalers.unsure,
        budgets: guards.sure,
        possibleBudgets: guards.unsure,
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

/** https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation */
function isOff(node: Node, { sure, unsure }: Related<Autoscaler>): boolean {
    return replicasOf(node) === 0 && ![...sure, ...unsure].some(({ kind }) => kind === "ScaledObject");
}

function countOf(node: Node, scalers: Related<Autoscaler>): Count {
    const { sure, unsure } = scalers;
    const given = replicasOf(node);
    const replicas = given ?? DEFAULT_REPLICAS;
    const first = unsure[0] ?? sure[0];
    if (first === undefined || isOff(node, scalers)) {
        return { floor: replicas, floorProperty: "spec.replicas", floorIsSet: given !== undefined, ceiling: replicas };
    }
    if (unsure.length > 0) {
        return { floor: UNKNOWN, floorProperty: propertyOf(first), floorIsSet: true, ceiling: UNKNOWN };
    }
    // Two autoscalers contradict each other: the lower floor may be reached.
    return sure
        .slice(1)
        .map(countBy)
        .reduce(
            (one, other): Count => ({
                ...(isLower(other.floor, one.floor) ? other : one),
                ceiling:
                    one.ceiling === UNKNOWN || other.ceiling === UNKNOWN
                        ? UNKNOWN
                        : Math.max(one.ceiling, other.ceiling),
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
