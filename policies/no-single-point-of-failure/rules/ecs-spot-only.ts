import { defineStackRule } from "../../shared/rule";
import type { Node, ResourceGraph } from "../../shared/graph";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN, type Maybe, type Values } from "../../shared/unknown";

export const ecsSpotOnly = defineStackRule({
    id: "ecs-spot-only",
    title: "A service keeps one task at least on capacity that is not taken back",
    severity: "high",
    frameworks: { wellArchitected: ["REL07-BP01", "REL11-BP02"] },
    why: "AWS may take all Spot capacity back with two minutes' notice, and give none for hours",
    fix: 'add `{ capacityProvider: "FARGATE", base: 1, weight: … }` to `capacityProviderStrategies`',
    url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html",
    tokens: TOKENS.ecsService,
    guards: ["capacityProviderStrategies"],
    check: (graph, on) => {
        for (const service of graph.all("ecsService")) {
            if (service.str("launchType") !== undefined) {
                continue;
            }
            const { property, strategy } = effectiveStrategy(graph, service);
            if (strategy === undefined || (strategy !== UNKNOWN && strategy.length === 0)) {
                continue;
            }
            if (strategy === UNKNOWN) {
                on(service).undetermined(property);
                continue;
            }
            const providers = strategy.map((item) => item.str("capacityProvider"));
            const spot = strategy.some((item) => item.str("capacityProvider") === "FARGATE_SPOT");
            if (!spot && !providers.includes(UNKNOWN)) {
                continue;
            }
            const steady = strategy.filter((item) => item.str("capacityProvider") !== "FARGATE_SPOT");
            const bases = steady.map((item) => item.num("base") ?? 0);
            if (bases.some((base) => base !== UNKNOWN && base >= 1) && !providers.includes(UNKNOWN)) {
                continue;
            }
            if (providers.includes(UNKNOWN) || bases.includes(UNKNOWN)) {
                on(service).undetermined(property);
            } else {
                on(service).violation(property, "holds Spot capacity and no other with a `base` of 1 or more");
            }
        }
    },
});

/** A service's own strategy, and else its cluster's default. */
function effectiveStrategy(
    graph: ResourceGraph,
    service: Node,
): { readonly property: string; readonly strategy: Maybe<readonly Values[]> } {
    const own = service.inputs?.list("capacityProviderStrategies") ?? service.list("capacityProviderStrategies");
    if (own !== undefined) {
        return { property: "capacityProviderStrategies", strategy: own };
    }
    const { nodes } = graph.resolve(service, "cluster", "ecsCluster");
    const [defaults] = nodes.flatMap((cluster) =>
        graph.referring(cluster, "ecsClusterCapacityProviders", "clusterName"),
    );
    const property = "defaultCapacityProviderStrategies";
    return {
        property: `${property} of its cluster`,
        strategy: defaults?.inputs?.list(property) ?? defaults?.list(property),
    };
}
