/** How many units a tier needs at its quietest hour: what is left after a failure is held against it. */
import type { Node } from "./graph";
import { elements, UNKNOWN, Values, type Unknown } from "./unknown";

/** Where needs are said. They are settings of the rule az-loss-capacity; reports take the same. */
export interface Needs {
    /** Units by a tier's logical name. Goes before tag and annotation. */
    readonly neededCapacity: Readonly<Record<string, number>>;
    /** Name of the tag of a service or group that says it. */
    readonly neededCapacityTag: string;
    /** Name of the annotation of a Kubernetes workload that says it. */
    readonly neededCapacityAnnotation: string;
    /** Units that a tier needs where nothing says: at least one must be left. */
    readonly defaultNeed: number;
}

export const DEFAULT_NEEDS: Needs = {
    neededCapacity: {},
    neededCapacityTag: "NeededCapacity",
    neededCapacityAnnotation: "policies.headroom.dev/needed-capacity",
    defaultNeed: 1,
};

/** What was said of a resource's need. */
export interface SaidNeed {
    /** The property that says it. */
    readonly property: string;
    /** A number; `UNKNOWN`; a text that is no number; or nothing was said. */
    readonly value: number | Unknown | string | undefined;
}

/** What the configuration, a tag or an annotation says that a resource needs. */
export function saidNeedOf(node: Node, needs: Needs): SaidNeed {
    if (Object.hasOwn(needs.neededCapacity, node.name)) {
        return { property: `neededCapacity.${node.name}`, value: needs.neededCapacity[node.name] };
    }
    const onKubernetes = node.type.startsWith("kubernetes:");
    const name = onKubernetes ? needs.neededCapacityAnnotation : needs.neededCapacityTag;
    const text = onKubernetes ? annotationOf(node, name) : tagOf(node, name);
    const property = `${onKubernetes ? "metadata.annotations" : "tags"}.${name}`;
    return { property, value: typeof text === "string" && /^\d+$/.test(text) ? Number(text) : text };
}

function annotationOf(workload: Node, name: string): string | Unknown | undefined {
    const annotations = workload.get("metadata.annotations");
    return annotations === UNKNOWN
        ? UNKNOWN
        : typeof annotations === "object" && annotations !== null
          ? textOf([new Values(annotations).at(name)])
          : undefined;
}

function tagOf(tier: Node, name: string): string | Unknown | undefined {
    const tags = tier.list("tags");
    if (tags === UNKNOWN) {
        return UNKNOWN;
    }
    return textOf(
        tier.is("autoScalingGroup")
            ? elements(tags).flatMap((tag) => {
                  const key = tag.str("key");
                  return key === UNKNOWN ? [UNKNOWN] : key === name ? [tag.get("value")] : [];
              })
            : elements(tags).map((tag) => tag.at(name)),
    );
}

function textOf(values: readonly unknown[]): string | Unknown | undefined {
    const known = values.find((value) => value !== UNKNOWN && value !== undefined);
    if (known === undefined) {
        return values.includes(UNKNOWN) ? UNKNOWN : undefined;
    }
    return typeof known === "string" ? known : JSON.stringify(known);
}
