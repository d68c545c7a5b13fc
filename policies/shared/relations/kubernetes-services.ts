/** Which pods a Service sends requests to. */
import type { Node, ResourceGraph } from "../graph";
import { namespaceOf } from "./kubernetes-names";
import { podsSelectedBy, type PodOwner, type Selected } from "./kubernetes-pods";
import { relate, type Related } from "./kubernetes-related";
import { equalitySelectorAt } from "./label-selector";

/** A Service with what it sends requests to. */
export interface Service {
    readonly node: Node;
    readonly selected: Selected<PodOwner>;
}

const cache = new WeakMap<ResourceGraph, (node: Node) => Related<Service>>();

/** The Services of a stack that send requests to the pods of a resource, for sure and perhaps. */
export function servedBy(graph: ResourceGraph, node: Node): Related<Service> {
    let related = cache.get(graph);
    if (related === undefined) {
        const services = graph.all("kubernetesService").map((each) => ({
            node: each,
            selected: podsSelectedBy(graph, equalitySelectorAt(each, "spec.selector"), namespaceOf(graph, each)),
        }));
        related = relate(services, ({ selected }) => selected);
        cache.set(graph, related);
    }
    return related(node);
}
