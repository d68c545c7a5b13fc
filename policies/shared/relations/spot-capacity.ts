/** Whether capacity is Spot, which AWS may take back, or steady. */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Maybe, type Unknown } from "../unknown";
import { isNode, single } from "./reference";

export type Capacity = "steady" | "spot" | Unknown;

/**
 * What a capacity provider of ECS hands out, by its name. A provider of another program counts as steady: nothing here
 * says that it is not.
 */
export function capacityOf(graph: ResourceGraph, from: Node, property: string, provider: Maybe<string>): Capacity {
    if (provider === "FARGATE_SPOT") {
        return "spot";
    }
    if (provider === "FARGATE" || provider === undefined) {
        return "steady";
    }
    const { nodes } = graph.resolveOne(from, property, provider, "ecsCapacityProvider");
    const [own] = nodes;
    if (own === undefined) {
        return provider === UNKNOWN ? UNKNOWN : "steady";
    }
    const kinds = new Set(
        nodes.map((node): Capacity => {
            const group = single(graph, node, "autoScalingGroupProvider.autoScalingGroupArn", "autoScalingGroup");
            return isNode(group) ? capacityOfGroup(graph, group) : "steady";
        }),
    );
    return kinds.size === 1 ? ([...kinds][0] ?? UNKNOWN) : UNKNOWN;
}

/** What an Auto Scaling group launches: "spot" where not one instance is on demand. */
function capacityOfGroup(graph: ResourceGraph, group: Node): Capacity {
    const policy = "mixedInstancesPolicy.instancesDistribution";
    if (group.get("mixedInstancesPolicy") !== undefined) {
        const base = group.num(`${policy}.onDemandBaseCapacity`) ?? 0;
        // Everything above the base is on demand where the program says nothing else.
        const share = group.num(`${policy}.onDemandPercentageAboveBaseCapacity`) ?? 100;
        if ((base !== UNKNOWN && base > 0) || (share !== UNKNOWN && share > 0)) {
            return "steady";
        }
        return base === UNKNOWN || share === UNKNOWN ? UNKNOWN : "spot";
    }
    const template = single(graph, group, "launchTemplate.id", "launchTemplate");
    const named = isNode(template) ? template : single(graph, group, "launchTemplate.name", "launchTemplate");
    if (isNode(named)) {
        const market = named.str("instanceMarketOptions.marketType");
        return market === UNKNOWN ? UNKNOWN : market === "spot" ? "spot" : "steady";
    }
    const configuration = single(graph, group, "launchConfiguration", "launchConfiguration");
    return isNode(configuration) &&
        configuration.get("spotPrice") !== undefined &&
        configuration.get("spotPrice") !== ""
        ? "spot"
        : "steady";
}
