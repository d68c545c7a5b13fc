/** Annotations of Kubernetes objects, as the program writes them. */
import type { Node } from "../graph";
import { UNKNOWN, Values, type Maybe, type Readable } from "../unknown";

/** What the program says of a resource, for what the cluster fills in says nothing about the program. */
export function given(node: Node): Readable {
    return node.inputs ?? node;
}

/** An annotation as text; the empty one counts as not set. */
export function annotation(resource: Readable, name: string): Maybe<string> {
    const annotations = resource.get("metadata.annotations");
    if (typeof annotations !== "object" || annotations === null) {
        return annotations === UNKNOWN ? UNKNOWN : undefined;
    }
    const value = new Values(annotations).at(name);
    return value === UNKNOWN || (typeof value === "string" && value !== "") ? value : undefined;
}

/** The names of all annotations of a resource, none where they are not known. */
export function annotationNames(resource: Readable): readonly string[] {
    const annotations = resource.get("metadata.annotations");
    return typeof annotations === "object" && annotations !== null ? new Values(annotations).keys() : [];
}
