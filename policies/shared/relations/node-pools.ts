/** The node pools of Karpenter, which EKS Auto Mode has built in. */
import type { Node, ResourceGraph } from "../graph";
import { elements, UNKNOWN } from "../unknown";
import type { Capacity } from "./spot-capacity";

const REQUIREMENTS = "spec.template.spec.requirements";
const CAPACITY_TYPE = "karpenter.sh/capacity-type";

/** The property that says what a pool's nodes are, as a person finds it. */
export const CAPACITY_PROPERTY = `${REQUIREMENTS} for ${CAPACITY_TYPE}`;

/**
 * What a pool's nodes are: "spot" where it may take nothing else. Karpenter takes nodes on demand where a pool says nothing,
 * and where it may take both and there are no Spot nodes to be had.
 * https://karpenter.sh/docs/concepts/nodepools/#capacity-type
 */
export function capacityOfPool(pool: Node): Capacity {
    const requirements = (pool.inputs ?? pool).list(REQUIREMENTS);
    if (requirements === UNKNOWN) {
        return UNKNOWN;
    }
    const verdicts = elements(requirements).map((requirement): Capacity => {
        const key = requirement.str("key");
        const operator = requirement.str("operator");
        const values = requirement.strings("values") ?? [];
        if (key !== CAPACITY_TYPE) {
            return key === UNKNOWN ? UNKNOWN : "steady";
        }
        if (operator === UNKNOWN || values === UNKNOWN || values.includes(UNKNOWN)) {
            return UNKNOWN;
        }
        const allows = (type: string): boolean =>
            operator === "In" ? values.includes(type) : operator !== "NotIn" || !values.includes(type);
        return allows("on-demand") || allows("reserved") ? "steady" : "spot";
    });
    return verdicts.includes("spot") ? "spot" : verdicts.includes(UNKNOWN) ? UNKNOWN : "steady";
}

/**
 * Whether the clusters of a stack have nodes for every pod beside those of its own node pools, on capacity that is not taken
 * back: `UNKNOWN` where that is not known, as it is not without a cluster in the stack.
 */
export function hasOtherSteadyNodes(graph: ResourceGraph): boolean | typeof UNKNOWN {
    const clusters = graph.all("eksCluster");
    // Of the pools that Auto Mode brings along "system" has a taint; both are on demand.
    const brought = clusters.map((cluster) => cluster.strings("computeConfig.nodePools"));
    const types = graph.all("eksNodeGroup").map((group) => group.str("capacityType"));
    const steady =
        graph.all("eksFargateProfile").length > 0 ||
        types.some((type) => type !== "SPOT" && type !== UNKNOWN) ||
        brought.some((pools) => pools !== UNKNOWN && pools?.includes("general-purpose") === true);
    const open =
        clusters.length === 0 ||
        types.includes(UNKNOWN) ||
        brought.some((pools) => pools === UNKNOWN || pools?.includes(UNKNOWN) === true);
    return steady || (open ? UNKNOWN : false);
}
