import { defineStackRule } from "../../shared/rule";
import type { Node, ResourceGraph } from "../../shared/graph";
import { strategyOf, usedItems } from "../../shared/relations/ecs-strategy";
import { capacityOf, type Capacity } from "../../shared/relations/spot-capacity";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN, type Unknown } from "../../shared/unknown";

export const ecsSpotOnly = defineStackRule({
    id: "ecs-spot-only",
    title: "A service keeps one task at least on capacity that is not taken back",
    severity: "high",
    frameworks: { wellArchitected: ["REL07-BP01", "REL11-BP02"] },
    why: "AWS may take all Spot capacity back with two minutes' notice, and give none for hours",
    fix: 'add `{ capacityProvider: "FARGATE", base: 1, weight: … }` to `capacityProviderStrategies`; on instances, set `onDemandBaseCapacity` in the `mixedInstancesPolicy` of the Auto Scaling group',
    url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html",
    tokens: TOKENS.ecsService,
    guards: [
        "capacityProviderStrategies",
        { tokens: TOKENS.ecsClusterCapacityProviders, property: "defaultCapacityProviderStrategies" },
        {
            tokens: TOKENS.autoScalingGroup,
            property: "mixedInstancesPolicy.instancesDistribution.onDemandBaseCapacity",
        },
        { tokens: TOKENS.launchTemplate, property: "instanceMarketOptions.marketType" },
    ],
    check: (graph, on) => {
        for (const service of graph.all("ecsService")) {
            // The program's own words: the provider fills in a type where a strategy decides.
            if ((service.inputs ?? service).str("launchType") !== undefined) {
                continue;
            }
            const { property, items: strategy, from, key } = strategyOf(graph, service);
            if (strategy === undefined && isOfForeignCluster(graph, service)) {
                on(service).open(
                    "capacityProviderStrategies",
                    "is not set, and the cluster whose default counts is not known to be of this stack",
                );
            }
            if (strategy === undefined || (strategy !== UNKNOWN && strategy.length === 0)) {
                continue;
            }
            if (strategy === UNKNOWN) {
                on(service).undetermined(property);
                continue;
            }
            const items = usedItems(strategy).map((item): Item => ({
                capacity: capacityOf(graph, from, key, item.str("capacityProvider")),
                base: item.num("base") ?? 0,
            }));
            if (items.every(({ capacity }) => capacity === "steady")) {
                continue;
            }
            const steady = items.filter(({ capacity }) => capacity === "steady");
            const unclear = items.some(({ capacity }) => capacity === UNKNOWN);
            if (!unclear && steady.some(({ base }) => base !== UNKNOWN && base >= 1)) {
                continue;
            }
            if (unclear || steady.some(({ base }) => base === UNKNOWN)) {
                on(service).undetermined(property);
            } else {
                on(service).violation(property, "holds Spot capacity and no other with a `base` of 1 or more");
            }
        }
    },
});

function isOfForeignCluster(graph: ResourceGraph, service: Node): boolean {
    return service.get("cluster") !== undefined && graph.resolve(service, "cluster", "ecsCluster").nodes.length === 0;
}

interface Item {
    readonly capacity: Capacity;
    readonly base: number | Unknown;
}
