/** ARNs that a program puts together by hand. */
import type { Node, ResourceGraph } from "../graph";
import type { Kind } from "../tokens";
import type { Maybe } from "../unknown";

/**
 * What an ARN names that was put together by hand: it is known before the resource's own is, and ends with its name.
 * Only resources whose own ARN is not known are taken; the others are found by it.
 */
export function namedByArn(graph: ResourceGraph, arn: Maybe<string>, kind: Kind): readonly Node[] {
    if (typeof arn !== "string" || !arn.startsWith("arn:")) {
        return [];
    }
    const name = arn.split(":").at(-1) ?? "";
    return graph.identifiedBy(name, kind).filter((node) => typeof node.get("arn") !== "string");
}
