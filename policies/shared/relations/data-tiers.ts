/**
 * The tiers of a stack that hold data or carry traffic for others: databases, caches, brokers, file systems, load
 * balancers, NAT gateways. What each runs, where, and what takes over by itself when a part of it is lost.
 */
import type { ResourceGraph } from "../graph";
import { mskTier } from "./broker-tiers";
import { cacheClusterTier, replicationGroupTier } from "./cache-tiers";
import type { DataTier } from "./data-tier";
import { rdsClusterTier, rdsInstanceTier } from "./database-tiers";
import { fileSystemTier } from "./file-system-tiers";
import { loadBalancerTier, natTiers } from "./network-tiers";

const cache = new WeakMap<ResourceGraph, readonly DataTier[]>();

/** All tiers of data and traffic of a stack. */
export function dataTiers(graph: ResourceGraph): readonly DataTier[] {
    let tiers = cache.get(graph);
    if (tiers === undefined) {
        tiers = [
            ...graph.all("rdsInstance").flatMap((node) => rdsInstanceTier(graph, node)),
            ...graph.all("rdsCluster").map((node) => rdsClusterTier(graph, node)),
            ...graph.all("elasticacheReplicationGroup").map((node) => replicationGroupTier(graph, node)),
            ...graph.all("elasticacheCluster").flatMap((node) => cacheClusterTier(graph, node)),
            ...graph.all("mskCluster").map((node) => mskTier(graph, node)),
            ...graph.all("efsFileSystem").flatMap((node) => fileSystemTier(graph, node)),
            ...graph.all("loadBalancer").map((node) => loadBalancerTier(graph, node)),
            ...natTiers(graph),
        ];
        cache.set(graph, tiers);
    }
    return tiers;
}
