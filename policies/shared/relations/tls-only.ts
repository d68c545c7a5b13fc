/** Whether the policies of a resource refuse requests without TLS. */
import type { Node, ResourceGraph } from "../graph";
import { deniesPlaintext, statements } from "../policy-document";
import type { Report } from "../finding";
import type { Kind } from "../tokens";
import { UNKNOWN } from "../unknown";

/**
 * Reports resources of a kind whose policies, their own and those attached, hold no such denial.
 * @param everything the action that a denial must cover: "s3:*"
 * @param attached the kind of a policy as a resource of its own, and the property that names what it belongs to
 */
export function requireTlsOnly(
    graph: ResourceGraph,
    on: (node: Node) => Report,
    kind: Kind,
    everything: string,
    attached: { readonly kind: Kind; readonly property: string },
): void {
    for (const node of graph.all(kind)) {
        const documents = [node, ...graph.referring(node, attached.kind, attached.property)].map((holder) =>
            // Outputs hold the empty policy of a resource that has none: what the program says counts.
            statements((holder.inputs ?? holder).json("policy")),
        );
        const known = documents.filter((list) => list !== undefined && list !== UNKNOWN);
        if (known.some((list) => list.some((statement) => deniesPlaintext(statement, everything)))) {
            continue;
        }
        if (documents.includes(UNKNOWN)) {
            on(node).undetermined("policy");
        } else {
            on(node).violation(
                "policy",
                known.length === 0 ? "is not set" : "does not deny everything to requests without TLS",
            );
        }
    }
}
