/** Which capacity providers an ECS service's tasks come from. */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Maybe, type Values } from "../unknown";

const OWN = "capacityProviderStrategies";
const DEFAULT = "defaultCapacityProviderStrategies";

/** A capacity provider strategy, and where it is written. */
export interface Strategy {
    /** The resource and property that hold it. */
    readonly from: Node;
    readonly key: string;
    /** The property as a person finds it from the service. */
    readonly property: string;
    readonly items: Maybe<readonly Values[]>;
}

/** A service's own strategy, and else its cluster's default; no items where a launch type decides. */
export function strategyOf(graph: ResourceGraph, service: Node): Strategy {
    // The program's own words first: the provider fills in a launch type where a strategy decides.
    const said = service.inputs ?? service;
    const own = said.list(OWN) ?? service.list(OWN);
    // An empty list is none, and the cluster's default counts.
    if (own === UNKNOWN || (own !== undefined && own.length > 0) || said.str("launchType") !== undefined) {
        return { from: service, key: OWN, property: OWN, items: own };
    }
    const [defaults] = graph
        .resolve(service, "cluster", "ecsCluster")
        .nodes.flatMap((cluster) => graph.referring(cluster, "ecsClusterCapacityProviders", "clusterName"));
    const items = (defaults?.inputs ?? defaults)?.list(DEFAULT);
    return { from: defaults ?? service, key: DEFAULT, property: `${DEFAULT} of its cluster`, items };
}

/** The items to which tasks come: beside others that have a weight, one with neither weight nor base gets none. */
export function usedItems(items: readonly Values[]): readonly Values[] {
    const isWeighed = (item: Values): boolean => {
        const weight = item.num("weight");
        return typeof weight === "number" && weight !== 0;
    };
    return items.some(isWeighed)
        ? items.filter((item) => (item.num("weight") ?? 0) !== 0 || (item.num("base") ?? 0) !== 0)
        : items;
}
