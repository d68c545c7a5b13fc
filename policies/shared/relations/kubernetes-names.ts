/**
 * Names and namespaces of Kubernetes objects, as far as they are known.
 *
 * Without `metadata.name` Pulumi makes a name up, by the provider's check where the cluster is known and later where it
 * is not. References to such a name are then edges of the graph.
 */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Unknown } from "../unknown";

/** The namespace of objects that name none. A provider with another default fills it in when it checks the inputs. */
const DEFAULT_NAMESPACE = "default";

/** An object's name; `undefined` where it has none yet because Pulumi will make one up. */
export function nameOf(node: Node): string | Unknown | undefined {
    return node.str("metadata.name");
}

const cache = new WeakMap<Node, string | Unknown>();

/**
 * What tells an object's namespace from others: its name, or the URN of the `Namespace` of this stack whose name is not
 * known yet.
 */
export function namespaceOf(graph: ResourceGraph, node: Node): string | Unknown {
    let namespace = cache.get(node);
    if (namespace === undefined) {
        // Nothing can be told of objects that take their namespaces from each other.
        cache.set(node, UNKNOWN);
        const given = node.str("metadata.namespace");
        namespace = given === UNKNOWN ? namespaceReferred(graph, node) : (given ?? DEFAULT_NAMESPACE);
        cache.set(node, namespace);
    }
    return namespace;
}

/** The one namespace among what an object's metadata depend on: a `Namespace`, or objects that are in it themselves. */
function namespaceReferred(graph: ResourceGraph, node: Node): string | Unknown {
    const namespaces = new Set(
        (node.propertyDependencies.get("metadata") ?? [])
            .filter(({ type }) => type.startsWith("kubernetes:"))
            .map((other) => (other.is("kubernetesNamespace") ? identityOf(other) : namespaceOf(graph, other))),
    );
    const [only] = namespaces;
    return only === undefined || namespaces.size > 1 ? UNKNOWN : only;
}

/** What tells a `Namespace` of the stack from others. */
export function identityOf(namespace: Node): string {
    const name = nameOf(namespace);
    return typeof name === "string" ? name : namespace.urn;
}

/** Whether two objects are in one namespace. */
export function sameNamespace(one: string | Unknown, other: string | Unknown): boolean | Unknown {
    return one === UNKNOWN || other === UNKNOWN ? UNKNOWN : one === other;
}

/** How many names a message lists. */
const LISTED = 5;

/** The logical names of a few resources: "a, b, c", and how many more there are. */
export function listedNames(nodes: readonly Node[]): string {
    const names = nodes.map(({ name }) => name).sort();
    const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : "";
    return `${names.slice(0, LISTED).join(", ")}${more}`;
}
