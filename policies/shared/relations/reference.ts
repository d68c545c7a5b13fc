/** Short answers about what a property refers to. */
import type { Node, ResourceGraph } from "../graph";
import type { Kind } from "../tokens";
import { UNKNOWN } from "../unknown";

/** The one resource a property refers to, or why there is none to be had. */
export type Single = Node | "unset" | "outside" | "ambiguous";

/** The one resource of the kinds that a scalar property refers to. */
export function single(graph: ResourceGraph, node: Node, property: string, ...kinds: readonly Kind[]): Single {
    const value = node.get(property);
    // The provider writes the empty string where a program leaves some references out.
    if (value === undefined || value === "") {
        return "unset";
    }
    const { nodes, outside } = graph.resolve(node, property, ...kinds);
    const [first] = nodes;
    if (first === undefined) {
        return outside > 0 ? "outside" : "ambiguous";
    }
    return nodes.length === 1 ? first : "ambiguous";
}

export function isNode(candidate: Single): candidate is Node {
    return typeof candidate === "object";
}

const KEYS = ["kmsKey", "kmsReplicaKey", "kmsExternalKey", "kmsReplicaExternalKey", "kmsAlias"] as const;

/** Whether a property names a KMS key. */
export type KeyReference = "unset" | "set" | "open";

/**
 * Whether a property names a key. A value that is not known yet names one if it depends on a key or an alias of the
 * stack; otherwise it may turn out empty.
 */
export function keyReference(graph: ResourceGraph, node: Node, property: string): KeyReference {
    const value = node.get(property);
    if (value === UNKNOWN) {
        return graph.dependenciesOf(node, property, ...KEYS).length > 0 ? "set" : "open";
    }
    return value === undefined || value === "" ? "unset" : "set";
}
