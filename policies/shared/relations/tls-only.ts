/** Whether the policies of a resource refuse requests without TLS. */
import type { Node, ResourceGraph } from "../graph";
import { deniesPlaintext, statements, type Statement } from "../policy-document";
import type { Report } from "../finding";
import type { Kind } from "../tokens";
import { UNKNOWN, type Unknown } from "../unknown";
import { attachments } from "./reference";

/** Why an attached policy is not taken for a resource's own. */
export const PERHAPS_OF_ANOTHER = "is that of this resource or of another, which is not known in preview";

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
    const policiesOf = attachments(graph, attached.kind, attached.property, kind);
    for (const node of graph.all(kind)) {
        const { sure, perhaps } = policiesOf(node);
        const documents = [node, ...sure].map((holder) =>
            // Outputs hold the empty policy of a resource that has none: what the program says counts.
            statements((holder.inputs ?? holder).json("policy")),
        );
        const known = documents.filter((list) => list !== undefined && list !== UNKNOWN);
        const denials = known.flatMap((list) => list.filter((statement) => deniesPlaintext(statement, everything)));
        const left = denials.length === 0 ? undefined : leftOut(kind, denials);
        if (denials.length > 0 && left === undefined) {
            continue;
        }
        if (documents.includes(UNKNOWN) || left === UNKNOWN) {
            on(node).undetermined("policy");
        } else if (perhaps.length > 0) {
            on(node).undetermined("policy", PERHAPS_OF_ANOTHER);
        } else if (left !== undefined) {
            on(node).violation("policy", `denies requests without TLS, but leaves out ${left}`);
        } else {
            on(node).violation(
                "policy",
                known.length === 0 ? "is not set" : "does not deny everything to requests without TLS",
            );
        }
    }
}

/**
 * What the denials' resources leave out: a bucket and its objects are named apart, by its ARN and by that with `/*`.
 * `UNKNOWN` where a name that is not known yet may be the missing one.
 */
function leftOut(kind: Kind, denials: readonly Statement[]): string | Unknown | undefined {
    const resources = denials.flatMap((denial) => denial.resources);
    const unlimited = denials.some((denial) => denial.resources.length === 0);
    if (kind !== "bucket" || unlimited) {
        return undefined;
    }
    const isObjects = (pattern: string | Unknown): boolean => typeof pattern === "string" && pattern.endsWith("*");
    const isBucket = (pattern: string | Unknown): boolean => typeof pattern === "string" && !pattern.includes("/");
    if (resources.some(isObjects) && resources.some(isBucket)) {
        return undefined;
    }
    if (resources.includes(UNKNOWN)) {
        return UNKNOWN;
    }
    return resources.some(isBucket)
        ? "its objects: name the bucket's ARN followed by `/*`, too"
        : "the bucket itself: name its ARN without `/*`, too";
}
