/** The tiers that are caches. */
import type { Node, ResourceGraph } from "../graph";
import { lossOfZone, whole, type Part } from "../survival";
import { elements, UNKNOWN, type Maybe, type Unknown } from "../unknown";
import { known, leftOf, over, withinSubnetGroup, zonesOfParts, type DataTier } from "./data-tier";
import { inReplicationGroup } from "./cache-clusters";

/** ElastiCache takes no more in one group, which keeps a slip of the keyboard from filling the memory. */
const MOST_SHARDS = 500;

/** Nodes of each shard of a replication group: the primary and its replicas. */
function shardsOf(node: Node): readonly number[] | Unknown {
    const list = (node.inputs ?? node).list("nodeGroupConfigurations");
    const configured = elements(list).map((shard) => shard.num("replicaCount"));
    const replicas = node.num("replicasPerNodeGroup");
    const shards = node.num("numNodeGroups");
    const clusters = (node.inputs ?? node).num("numCacheClusters");
    if ([list, replicas, shards, clusters, ...configured].includes(UNKNOWN)) {
        return UNKNOWN;
    }
    const nodesWith = (count: Maybe<number>): number => 1 + (typeof count === "number" ? whole(count) : 0);
    if (configured.length > 0) {
        return configured.map(nodesWith);
    }
    if (replicas !== undefined || shards !== undefined) {
        const count = typeof shards === "number" ? Math.min(whole(shards), MOST_SHARDS) : 1;
        return new Array<number>(count).fill(nodesWith(replicas));
    }
    return [typeof clusters === "number" ? whole(clusters) : 1];
}

/** A cache with replicas. Without a replica, or without automatic failover, a shard is gone with its primary. */
export function replicationGroupTier(graph: ResourceGraph, node: Node): DataTier {
    const shards = shardsOf(node);
    const failover = node.bool("automaticFailoverEnabled") ?? false;
    const multiAz = node.bool("multiAzEnabled") ?? false;
    const sizes = shards === UNKNOWN ? [] : shards;
    // Multi-AZ puts a replica of each shard into another zone than its primary.
    const spread = multiAz === true ? 2 : 1;
    const shard = (nodes: number, atMost: number | null): Part => over(nodes, Math.min(spread, nodes), atMost);
    const { zones, atMost } = withinSubnetGroup(
        graph,
        node,
        "subnetGroupName",
        sizes.map((nodes) => shard(nodes, null)),
    );
    const parts = sizes.map((nodes) => shard(nodes, atMost));
    const total = sizes.reduce((sum, nodes) => sum + nodes, 0);
    const replicated = sizes.filter((nodes) => nodes > 1).length;
    const takesOver = failover === true;
    const afterUnit =
        sizes.length === 0 ? 0 : takesOver && replicated === sizes.length ? sizes.length : sizes.length - 1;
    const writersLeft = {
        best: takesOver && replicated > 0 ? Math.max(replicated, sizes.length - 1) : Math.max(0, sizes.length - 1),
        worst: takesOver && multiAz === true ? replicated : 0,
    };
    const zone = lossOfZone(parts, zones.atMost);
    return {
        node,
        members: [node],
        kind: "elasticache-replication-group",
        units: "nodes",
        floor: shards === UNKNOWN || failover === UNKNOWN || multiAz === UNKNOWN ? UNKNOWN : total,
        floorProperty: "replicasPerNodeGroup",
        zonesProperty: "multiAzEnabled",
        zones,
        parts,
        writers: { before: sizes.length, afterUnit, afterZone: writersLeft },
        readers: {
            before: total - sizes.length,
            afterUnit: Math.max(0, total - 1 - sizes.length),
            afterZone: {
                best: Math.max(0, zone.best.left - writersLeft.best),
                worst: Math.max(0, zone.worst.left - writersLeft.worst),
            },
        },
        need: sizes.length,
        failover: {
            automatic: takesOver && replicated > 0,
            typical: null,
            source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html",
        },
    };
}

/** Nodes without replicas: what one holds is gone with it, and comes back from the source of the data. */
export function cacheClusterTier(graph: ResourceGraph, node: Node): readonly DataTier[] {
    if (inReplicationGroup(graph, node) !== false) {
        return [];
    }
    const count = node.num("numCacheNodes") ?? 1;
    const mode = node.str("azMode");
    const preferred = (node.inputs ?? node).strings("preferredAvailabilityZones");
    const names = preferred === UNKNOWN || preferred === undefined ? [] : known(preferred);
    const across = mode === "cross-az";
    const units = count === UNKNOWN ? 0 : whole(count);
    const part: Part =
        names.length > 0
            ? { floor: units, zones: { names, atLeast: names.length, atMost: names.length } }
            : over(units, across ? 2 : 1, across ? null : 1);
    return [
        {
            node,
            members: [node],
            kind: "elasticache-cluster",
            units: "nodes",
            floor: mode === UNKNOWN ? UNKNOWN : count,
            floorProperty: "numCacheNodes",
            zonesProperty: "azMode",
            zones: zonesOfParts([part]),
            parts: [part],
            writers: {
                before: units,
                afterUnit: Math.max(0, units - 1),
                afterZone: leftOf(lossOfZone([part])),
            },
            need: 1,
            failover: {
                automatic: false,
                typical: null,
                source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/FaultTolerance.html",
            },
        },
    ];
}
