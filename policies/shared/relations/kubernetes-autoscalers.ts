/** What sets the number of a workload's pods: HorizontalPodAutoscalers, and KEDA's ScaledObjects. */
import type { Node, ResourceGraph } from "../graph";
import { append } from "../multimap";
import { UNKNOWN, type Maybe, type Unknown } from "../unknown";
import { annotation } from "./kubernetes-annotations";
import { inOrder, NamespacedIndex, nameOf, namespaceOf, sameNamespace } from "./kubernetes-names";
import { podOwners, type PodOwner, type PodOwnerKind } from "./kubernetes-pods";
import { every } from "./label-selector";

/** An object that scales a workload. */
export interface Autoscaler {
    readonly node: Node;
    readonly kind: "HorizontalPodAutoscaler" | "ScaledObject";
    /** The property that sets the floor, "spec.minReplicas". */
    readonly floorProperty: string;
    /** The fewest pods it leaves; nothing where it does not say, which the kind's default answers. */
    readonly floor: Maybe<number>;
    /** What an unset floor means. */
    readonly defaultFloor: number;
    /** The most pods it makes. */
    readonly ceiling: Maybe<number>;
    /** What it scales. */
    readonly target: ScaleTarget;
}

/** What an autoscaler names, and which workloads of the stack that is. */
export interface ScaleTarget {
    /** "Deployment"; may be a kind that no workload here has. */
    readonly kind: Maybe<string>;
    readonly name: Maybe<string>;
    readonly sure: readonly PodOwner[];
    /** Those that it may be, where a name or a namespace is not known. */
    readonly unsure: readonly PodOwner[];
}

/** The kinds that can be scaled and of which a stack knows the pods. */
export const SCALABLE: readonly PodOwnerKind[] = ["Deployment", "StatefulSet", "ReplicaSet"];

const cache = new WeakMap<ResourceGraph, readonly Autoscaler[]>();

/** All autoscalers of a stack. */
export function autoscalers(graph: ResourceGraph): readonly Autoscaler[] {
    let all = cache.get(graph);
    if (all === undefined) {
        const candidates = new ScalableOwners(podOwners(graph).filter(({ kind }) => SCALABLE.includes(kind)));
        all = inOrder([
            ...graph.all("horizontalPodAutoscaler").map((node): Autoscaler => ({
                node,
                kind: "HorizontalPodAutoscaler",
                floorProperty: "spec.minReplicas",
                floor: (node.inputs ?? node).num("spec.minReplicas"),
                // https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
                defaultFloor: 1,
                ceiling: node.num("spec.maxReplicas"),
                target: candidates.targetOf(graph, node, node.str("spec.scaleTargetRef.kind")),
            })),
            ...graph.all("scaledObject").map((node): Autoscaler => {
                const { property, count } = fewestOf(node);
                return {
                    node,
                    kind: "ScaledObject",
                    floorProperty: property,
                    floor: count,
                    // https://keda.sh/docs/latest/reference/scaledobject-spec/
                    defaultFloor: 0,
                    ceiling: node.num("spec.maxReplicaCount") ?? 100,
                    target: candidates.targetOf(graph, node, node.str("spec.scaleTargetRef.kind") ?? "Deployment"),
                };
            }),
        ]);
        cache.set(graph, all);
    }
    return all;
}

/** With this annotation KEDA keeps so many pods, whatever the triggers say. */
const PAUSED = "autoscaling.keda.sh/paused-replicas";

/** The fewest pods that KEDA leaves, and where that is said. */
function fewestOf(scaledObject: Node): { readonly property: string; readonly count: Maybe<number> } {
    const paused = annotation(scaledObject, PAUSED);
    if (paused !== undefined) {
        const count = typeof paused === "string" && /^\d+$/.test(paused) ? Number(paused) : UNKNOWN;
        return { property: `metadata.annotations["${PAUSED}"]`, count };
    }
    // Without a trigger that is active KEDA goes to the idle count, where there is one.
    const idle = scaledObject.num("spec.idleReplicaCount");
    return idle === undefined
        ? { property: "spec.minReplicaCount", count: scaledObject.num("spec.minReplicaCount") }
        : { property: "spec.idleReplicaCount", count: idle };
}

/** The workloads that can be scaled, by their names. */
class ScalableOwners {
    readonly #byName = new NamespacedIndex<PodOwner>();
    readonly #byNode = new Map<Node, PodOwner>();
    /** Those to which Pulumi has given no name yet, by their logical names, which a program may tell it to use as they are. */
    readonly #unnamed = new Map<string, PodOwner[]>();
    /** Those whose name the program gives, but with a value that is not known. */
    readonly #unknownNames: PodOwner[] = [];
    readonly #named = new Map<string, ScaleTarget>();

    constructor(owners: readonly PodOwner[]) {
        for (const owner of owners) {
            this.#byNode.set(owner.node, owner);
            const name = nameOf(owner.node);
            if (name === UNKNOWN) {
                this.#unknownNames.push(owner);
            } else if (name === undefined) {
                append(this.#unnamed, owner.node.name, owner);
            } else {
                this.#byName.add(owner.namespace, name, owner);
            }
        }
    }

    targetOf(graph: ResourceGraph, node: Node, kind: Maybe<string>): ScaleTarget {
        const name = node.str("spec.scaleTargetRef.name");
        const namespace = namespaceOf(graph, node);
        const edges = graph
            .dependenciesOf(node, "spec", "deployment", "statefulSet", "replicaSet")
            .flatMap((dependency) => this.#byNode.get(dependency) ?? [])
            .filter((owner) => kind === UNKNOWN || owner.kind === kind);
        if (name === undefined || (typeof name === "string" && this.#byName.has(name)) || edges.length === 0) {
            return this.#namedAlike(kind, name, namespace);
        }
        // The name of a workload that is not known from its own properties.
        const candidates = edges.filter((owner) => name === UNKNOWN || typeof nameOf(owner.node) !== "string");
        return target({ kind, name }, namespace, candidates, candidates.length === 1 ? true : UNKNOWN);
    }

    /** What a name means by itself. The same object for all autoscalers that name the same. */
    #namedAlike(kind: Maybe<string>, name: Maybe<string>, namespace: string | Unknown): ScaleTarget {
        const key = JSON.stringify([kind, name, namespace].map((each) => (typeof each === "symbol" ? {} : each)));
        let named = this.#named.get(key);
        if (named === undefined) {
            const found = name === UNKNOWN ? [] : this.#byName.find(namespace, name ?? "");
            const perhaps = name === UNKNOWN ? this.#unknownNames : (this.#unnamed.get(name ?? "") ?? []);
            named =
                found.length > 0
                    ? target({ kind, name }, namespace, found, true)
                    : target({ kind, name }, namespace, perhaps, UNKNOWN);
            this.#named.set(key, named);
        }
        return named;
    }
}

function target(
    { kind, name }: Pick<ScaleTarget, "kind" | "name">,
    namespace: string | Unknown,
    candidates: readonly PodOwner[],
    named: boolean | Unknown,
): ScaleTarget {
    const sure: PodOwner[] = [];
    const unsure: PodOwner[] = [];
    for (const owner of candidates) {
        const verdict = every([
            named,
            kind === UNKNOWN ? UNKNOWN : owner.kind === kind,
            sameNamespace(owner.namespace, namespace),
        ]);
        if (verdict !== false) {
            (verdict === true ? sure : unsure).push(owner);
        }
    }
    return { kind, name, sure, unsure };
}
