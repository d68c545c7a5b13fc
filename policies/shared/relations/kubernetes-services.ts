/** Which pods a Service sends requests to. */
import type { Node, ResourceGraph } from "../graph";
import { namespaceOf } from "./kubernetes-names";
import { podsSelectedBy, type PodOwner, type Selected } from "./kubernetes-pods";
import { equalitySelectorAt } from "./label-selector";

/** The Services of a stack that send requests to a pod owner, for sure and perhaps. */
export interface ServedBy {
    readonly sure: readonly Node[];
    readonly unsure: readonly Node[];
}

interface Services {
    readonly selected: ReadonlyMap<Node, Selected<PodOwner>>;
    readonly sure: ReadonlyMap<Node, readonly Node[]>;
    readonly unsure: ReadonlyMap<Node, readonly Node[]>;
}

const cache = new WeakMap<ResourceGraph, Services>();

function services(graph: ResourceGraph): Services {
    let all = cache.get(graph);
    if (all === undefined) {
        const selected = new Map<Node, Selected<PodOwner>>();
        const sure = new Map<Node, Node[]>();
        const unsure = new Map<Node, Node[]>();
        for (const service of graph.all("kubernetesService")) {
            const pods = podsSelectedBy(
                graph,
                equalitySelectorAt(service, "spec.selector"),
                namespaceOf(graph, service),
            );
            selected.set(service, pods);
            for (const [index, owners] of [
                [sure, pods.sure],
                [unsure, pods.unsure],
            ] as const) {
                for (const { node } of owners) {
                    const list = index.get(node);
                    if (list === undefined) {
                        index.set(node, [service]);
                    } else {
                        list.push(service);
                    }
                }
            }
        }
        all = { selected, sure, unsure };
        cache.set(graph, all);
    }
    return all;
}

/** The Services that send requests to the pods of a resource. */
export function servedBy(graph: ResourceGraph, node: Node): ServedBy {
    const { sure, unsure } = services(graph);
    return { sure: sure.get(node) ?? [], unsure: unsure.get(node) ?? [] };
}

/** What one of the Services of a resource sends requests to besides, for sure. */
export function servedTogether(graph: ResourceGraph, node: Node): readonly PodOwner[] {
    const { selected, sure } = services(graph);
    const owners = (sure.get(node) ?? []).flatMap((service) => selected.get(service)?.sure ?? []);
    return [...new Set(owners)].filter((owner) => owner.node !== node);
}
