/** Short answers about what a property refers to. */
import type { Report } from "../finding";
import type { Node, ResourceGraph } from "../graph";
import { append } from "../multimap";
import type { Kind } from "../tokens";
import { UNKNOWN } from "../unknown";
import { KEYS } from "./keys";

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

/** What belongs to a resource by a property of its own: for sure, and perhaps, where that property is not known. */
export interface Attached {
    readonly sure: readonly Node[];
    readonly perhaps: readonly Node[];
}

/**
 * The resources of a kind that say by a property to which one of others they belong, by that other. A value that is not known
 * may come from what belongs to the other as well, as an id that is taken from a version of a secret.
 */
export function attachments(graph: ResourceGraph, from: Kind, property: string, to: Kind): (node: Node) => Attached {
    const sure = new Map<Node, Node[]>();
    const perhaps = new Map<Node, Node[]>();
    const stray: Node[] = [];
    for (const holder of graph.all(from)) {
        const direct = graph.resolve(holder, property, to).nodes;
        const nodes = direct.length > 0 ? direct : throughOthers(holder, property, to);
        if (nodes.length === 0 && holder.get(property) === UNKNOWN) {
            stray.push(holder);
        }
        nodes.forEach((node) => {
            append(nodes.length === 1 ? sure : perhaps, node, holder);
        });
    }
    return (node) => ({ sure: sure.get(node) ?? [], perhaps: [...(perhaps.get(node) ?? []), ...stray] });
}

/** The resources behind those that a property takes its value from. */
function throughOthers(holder: Node, property: string, to: Kind): readonly Node[] {
    const between = holder.propertyDependencies.get(property) ?? [];
    return [...new Set(between.flatMap(({ dependencies }) => dependencies.filter((node) => node.is(to))))];
}

/** Whether a property names a KMS key. */
export type KeyReference = "unset" | "set" | "open";

/**
 * Whether a property names a key. A value that is not known yet names one if it depends on a key or an alias of the
 * stack; otherwise it may turn out empty. A key that AWS filled in where the program names none does not count.
 */
export function keyReference(graph: ResourceGraph, node: Node, property: string): KeyReference {
    const given = node.inputs?.get(property);
    const value = node.inputs === undefined || given === UNKNOWN ? node.get(property) : given;
    if (value === UNKNOWN) {
        return graph.dependenciesOf(node, property, ...KEYS).length > 0 ? "set" : "open";
    }
    return value === undefined || value === "" ? "unset" : "set";
}

/**
 * Reports a resource whose property names no KMS key of one's own: none, or one that AWS keeps for a service.
 * @param property path of the property: "kmsKeyId", "encryptionInfo.encryptionAtRestKmsKeyArn"
 */
export function requireKey(graph: ResourceGraph, node: Node, property: string, report: Report): void {
    switch (keyReference(graph, node, property)) {
        case "unset":
            report.violation(property, "is not set");
            break;
        case "open":
            report.undetermined(property);
            break;
        case "set": {
            const managed = managedAlias(node.get(property));
            if (managed !== undefined) {
                report.violation(property, `is ${managed}, a key that AWS keeps for the service`);
            }
            break;
        }
    }
}

/** The alias of a key that AWS keeps for a service, "alias/aws/rds", where a value is its name or ARN. */
export function managedAlias(value: unknown): string | undefined {
    return typeof value === "string" ? /(?:^|:)(alias\/aws\/[\w-]+)$/.exec(value)?.[1] : undefined;
}
