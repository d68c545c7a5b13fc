/** Which KMS keys a property stands for, and what their policies say. */
import type { Node, ResourceGraph } from "../graph";
import { statements, type Statement } from "../policy-document";
import type { Kind } from "../tokens";
import { UNKNOWN, type Maybe } from "../unknown";

/** Keys that have a policy of their own: replicas of a key in another region have, too. */
const POLICY_HOLDERS = ["kmsKey", "kmsReplicaKey", "kmsExternalKey", "kmsReplicaExternalKey"] as const satisfies Kind[];

/** What can be named where a key is asked for. */
export const KEYS = [...POLICY_HOLDERS, "kmsAlias"] as const satisfies readonly Kind[];

/**
 * The keys of the stack that a property may stand for, through an alias too. None: it is a key of elsewhere, or cannot
 * be told. Several: an id that a key and its replicas share, or a value that is not known yet.
 */
export function keysOf(graph: ResourceGraph, node: Node, property: string): readonly Node[] {
    const behind = graph
        .resolve(node, property, ...KEYS)
        .nodes.flatMap((named) =>
            named.is("kmsAlias") ? graph.resolve(named, "targetKeyId", ...POLICY_HOLDERS).nodes : [named],
        );
    return [...new Set(behind)];
}

/** The statements of a key's own policy and of the policies that are attached to it, document by document. */
export function keyPolicies(graph: ResourceGraph, key: Node): readonly Maybe<readonly Statement[]>[] {
    return [key, ...graph.referring(key, "kmsKeyPolicy", "keyId")].map((holder) =>
        statements((holder.inputs ?? holder).json("policy")),
    );
}

/** Whether one of a key's policies has a statement of a kind; `UNKNOWN` where one that is not known may have it. */
export function someStatement(
    policies: readonly Maybe<readonly Statement[]>[],
    test: (statement: Statement) => boolean,
): boolean | typeof UNKNOWN {
    if (policies.some((list) => list !== undefined && list !== UNKNOWN && list.some(test))) {
        return true;
    }
    return policies.includes(UNKNOWN) ? UNKNOWN : false;
}
