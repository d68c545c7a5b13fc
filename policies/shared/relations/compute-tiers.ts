/**
 * The tiers of a stack that run copies of one thing: ECS services, Auto Scaling groups, the node groups of an EKS
 * cluster, Kubernetes workloads. Their floor, zones and what limits both are worked out here once, for every rule and
 * report that speaks of capacity.
 */
import type { ResourceGraph } from "../graph";
import { autoScalingTier } from "./auto-scaling-tiers";
import type { ComputeTier } from "./compute-tier";
import { ecsTier } from "./ecs-tiers";
import { kubernetesTier, zonalSets } from "./kubernetes-tiers";
import { nodeGroupPools, nodeGroupTier } from "./node-group-tiers";

const cache = new WeakMap<ResourceGraph, readonly ComputeTier[]>();

/** All tiers of a stack. */
export function computeTiers(graph: ResourceGraph): readonly ComputeTier[] {
    let tiers = cache.get(graph);
    if (tiers === undefined) {
        tiers = [
            ...graph.all("ecsService").flatMap((node) => ecsTier(graph, node)),
            ...graph.all("autoScalingGroup").flatMap((node) => autoScalingTier(graph, node)),
            ...nodeGroupPools(graph).flatMap((pool) => nodeGroupTier(graph, pool)),
            ...zonalSets(graph).map(kubernetesTier),
        ];
        cache.set(graph, tiers);
    }
    return tiers;
}

/** The tiers that are ECS services. */
export function ecsTiers(graph: ResourceGraph): readonly ComputeTier[] {
    return computeTiers(graph).filter(({ kind }) => kind === "ecs-service");
}

/** The tiers that are Auto Scaling groups, save those that ECS scales with the tasks on them. */
export function autoScalingTiers(graph: ResourceGraph): readonly ComputeTier[] {
    return computeTiers(graph).filter(({ kind }) => kind === "auto-scaling-group");
}

/** The tiers that are node groups: those of one cluster on which the same pods may run are one tier. */
export function nodeGroupTiers(graph: ResourceGraph): readonly ComputeTier[] {
    return computeTiers(graph).filter(({ kind }) => kind === "eks-node-groups");
}
