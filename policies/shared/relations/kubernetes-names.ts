/**
 * Names and namespaces of Kubernetes objects, as far as they are known.
 *
 * Without `metadata.name` Pulumi makes a name up, by the provider's check where the cluster is known and later where it
 * is not. References to such a name are then edges of the graph.
 */
import type { Node, ResourceGraph } from "../graph";
import { append } from "../multimap";
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

/** Objects by their names, in each namespace. */
export class NamespacedIndex<T> {
    readonly #inNamespace = new Map<string, T[]>();
    /** By name, whatever the namespace. */
    readonly #anywhere = new Map<string, T[]>();

    add(namespace: string | Unknown, name: string, item: T): void {
        append(this.#inNamespace, keyOf(namespace, name), item);
        append(this.#anywhere, name, item);
    }

    /** Whether anything has the name, in whatever namespace. */
    has(name: string): boolean {
        return this.#anywhere.has(name);
    }

    /** What has a name in a namespace, and what has it in a namespace that may be the same. */
    find(namespace: string | Unknown, name: string): readonly T[] {
        if (namespace === UNKNOWN) {
            return this.#anywhere.get(name) ?? [];
        }
        const here = this.#inNamespace.get(keyOf(namespace, name)) ?? [];
        const perhaps = this.#inNamespace.get(keyOf(UNKNOWN, name));
        return perhaps === undefined ? here : [...here, ...perhaps];
    }

    /** The first of those. */
    first(namespace: string | Unknown, name: string): T | undefined {
        return namespace === UNKNOWN
            ? this.#anywhere.get(name)?.[0]
            : (this.#inNamespace.get(keyOf(namespace, name)) ?? this.#inNamespace.get(keyOf(UNKNOWN, name)))?.[0];
    }
}

function keyOf(namespace: string | Unknown, name: string): string {
    return JSON.stringify([namespace === UNKNOWN ? {} : namespace, name]);
}

/** How many names a message lists. */
const LISTED = 5;

const sortedNames = new WeakMap<readonly unknown[], readonly string[]>();

/**
 * The logical names of a few objects: "a, b, c", and how many more there are.
 *
 * @param except one of the objects, which is not named: the others of a group are not to be gathered for each of its members
 */
export function listedNames(objects: readonly { readonly node: Node }[], except?: { readonly node: Node }): string {
    let all = sortedNames.get(objects);
    if (all === undefined) {
        all = objects.map(({ node }) => node.name).sort();
        sortedNames.set(objects, all);
    }
    const first = all.slice(0, LISTED + 1);
    const own = except === undefined ? -1 : first.indexOf(except.node.name);
    if (own !== -1) {
        first.splice(own, 1);
    }
    const names = first.slice(0, LISTED);
    const more = all.length - (except === undefined ? 0 : 1) - names.length;
    return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Puts resources in an order that does not hang on that of the program: what is named first is then always the same. */
export function inOrder<T extends { readonly node: Node }>(objects: readonly T[]): readonly T[] {
    return [...objects].sort((one, other) => (one.node.urn < other.node.urn ? -1 : 1));
}
