/** The tiers that are ECS services. */
import type { Node, ResourceGraph } from "../graph";
import { elements, UNKNOWN, type Unknown } from "../unknown";
import { ANY_ZONES, type ComputeTier } from "./compute-tier";
import { ecsFloor } from "./ecs-scaling";

/** Whether each task has a machine of its own, as on Fargate, or by constraint. */
function machinesOf(graph: ResourceGraph, service: Node): "own" | Unknown {
    // The program's own words: the provider fills in a type where a strategy decides.
    const said = service.inputs ?? service;
    const constraints = elements(said.list("placementConstraints"));
    if (constraints.some((constraint) => constraint.get("type") === "distinctInstance")) {
        return "own";
    }
    const launchType = said.str("launchType");
    if (launchType !== undefined) {
        return launchType === "FARGATE" ? "own" : UNKNOWN;
    }
    const strategy = said.list("capacityProviderStrategies") ?? clusterDefault(graph, service);
    const providers = strategy === UNKNOWN ? [UNKNOWN] : (strategy ?? []).map((item) => item.get("capacityProvider"));
    const fargate = providers.every((provider) => provider === "FARGATE" || provider === "FARGATE_SPOT");
    return fargate && providers.length > 0 ? "own" : UNKNOWN;
}

function clusterDefault(graph: ResourceGraph, service: Node): ReturnType<Node["list"]> {
    const [defaults] = graph
        .resolve(service, "cluster", "ecsCluster")
        .nodes.flatMap((cluster) => graph.referring(cluster, "ecsClusterCapacityProviders", "clusterName"));
    return defaults?.list("defaultCapacityProviderStrategies");
}

export function ecsTier(graph: ResourceGraph, node: Node): readonly ComputeTier[] {
    // A daemon runs once on each instance: its count is the instances', which is another tier.
    if (node.get("schedulingStrategy") === "DAEMON") {
        return [];
    }
    const { floor, property } = ecsFloor(graph, node);
    const hasNetwork = node.get("networkConfiguration") !== undefined;
    // Without a network of their own, tasks run in the zones of the cluster's instances.
    const zones = hasNetwork ? graph.zonesOf(node, "networkConfiguration.subnets") : ANY_ZONES;
    return [
        {
            node,
            kind: "ecs-service",
            members: [node],
            units: "tasks",
            floor,
            floorUncountable: false,
            floorProperty: property,
            zonesProperty: "networkConfiguration.subnets",
            zones,
            zonesOfHosts: !hasNetwork,
            parts: [{ floor, zones }],
            machines: machinesOf(graph, node),
        },
    ];
}
