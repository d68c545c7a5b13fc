/** The tiers that are node groups of EKS clusters. */
import type { Node, ResourceGraph } from "../graph";
import { elements, UNKNOWN, type Unknown } from "../unknown";
import { union, type ComputeTier, type TierPart } from "./compute-tier";
import { isNode, single } from "./reference";

/** Node groups on which the same pods may run: those of one cluster with the same taints. */
export interface NodeGroupPool {
    /** The cluster, where it is a resource of the stack. */
    readonly cluster: Node | undefined;
    /** What tells the cluster from others: its URN, or its name where it is not in the stack. */
    readonly owner: string;
    /** Sorted by name. */
    readonly groups: readonly Node[];
    /** Whether pods need a toleration to run there. */
    readonly tainted: boolean | Unknown;
}

const pools = new WeakMap<ResourceGraph, readonly NodeGroupPool[]>();

/** The node groups of a stack by cluster and taints. A group whose cluster is not known stands alone. */
export function nodeGroupPools(graph: ResourceGraph): readonly NodeGroupPool[] {
    let known = pools.get(graph);
    if (known === undefined) {
        const byKey = new Map<string, NodeGroupPool & { readonly groups: Node[] }>();
        for (const group of graph.all("eksNodeGroup")) {
            const cluster = single(graph, group, "clusterName", "eksCluster");
            const taints = taintsOf(group);
            const owner = clusterKeyOf(graph, group);
            const key = `${owner} ${taints === UNKNOWN ? group.urn : taints}`;
            const pool = byKey.get(key) ?? {
                cluster: isNode(cluster) ? cluster : undefined,
                owner,
                groups: [],
                tainted: taints === UNKNOWN ? UNKNOWN : taints !== "",
            };
            pool.groups.push(group);
            byKey.set(key, pool);
        }
        known = [...byKey.values()].map((pool) => ({
            ...pool,
            groups: pool.groups.sort((a, b) => (a.name < b.name || (a.name === b.name && a.urn < b.urn) ? -1 : 1)),
        }));
        pools.set(graph, known);
    }
    return known;
}

/** What tells the cluster that `clusterName` names from others; of an unknown one, the resource itself. */
export function clusterKeyOf(graph: ResourceGraph, node: Node): string {
    const cluster = single(graph, node, "clusterName", "eksCluster");
    const name = node.str("clusterName");
    return isNode(cluster) ? cluster.urn : typeof name === "string" ? name : node.urn;
}

/** Whether it is known which cluster `clusterName` names. */
export function isClusterKnown(graph: ResourceGraph, node: Node): boolean {
    return typeof node.str("clusterName") === "string" || isNode(single(graph, node, "clusterName", "eksCluster"));
}

/** The taints that keep pods away, as one text. Empty: none. */
function taintsOf(group: Node): string | Unknown {
    const taints = group.list("taints");
    if (taints === UNKNOWN) {
        return UNKNOWN;
    }
    const parts = elements(taints).map((taint) => ["key", "value", "effect"].map((key) => taint.get(key)));
    if (parts.some((taint) => taint.includes(UNKNOWN))) {
        return UNKNOWN;
    }
    return parts
        .filter(([, , effect]) => effect !== "PREFER_NO_SCHEDULE")
        .map((taint) => JSON.stringify(taint))
        .sort()
        .join();
}

/**
 * The node groups of a cluster that stand in for each other, as one tier. Nothing is said of a cluster in Auto Mode, which
 * makes nodes of its own in every zone, nor of tainted groups that are empty at rest and start for their pods alone.
 */
export function nodeGroupTier(
    graph: ResourceGraph,
    { cluster, groups, tainted }: NodeGroupPool,
): readonly ComputeTier[] {
    const [node] = groups;
    const autoMode = cluster?.bool("computeConfig.enabled");
    const parts = groups.map((group): TierPart => ({
        floor: group.num("scalingConfig.minSize") ?? 0,
        zones: graph.zonesOf(group, "subnetIds"),
    }));
    const floors = parts.map(({ floor }) => floor);
    const known = floors.filter((floor) => floor !== UNKNOWN);
    const total = known.reduce((sum, floor) => sum + floor, 0);
    const emptyAtRest = total === 0 && known.length === floors.length;
    if (node === undefined || autoMode === true || (tainted === true && emptyAtRest)) {
        return [];
    }
    const open =
        autoMode === UNKNOWN
            ? "computeConfig of its cluster"
            : tainted === UNKNOWN && emptyAtRest
              ? "taints"
              : undefined;
    const names = groups.length === 1 ? "" : ` of ${groups.map(({ name }) => name).join(", ")} together`;
    const running = parts.filter(({ floor }) => floor !== 0);
    return [
        {
            node,
            kind: "eks-node-groups",
            members: groups,
            units: "nodes",
            floorUncountable: false,
            floor: open !== undefined || known.length < floors.length ? UNKNOWN : total,
            floorProperty: open ?? `scalingConfig.minSize${names}`,
            zonesProperty: `subnetIds${names}`,
            zones: union((running.length > 0 ? running : parts).map(({ zones }) => zones)),
            zonesOfHosts: false,
            parts,
            machines: "own",
        },
    ];
}
