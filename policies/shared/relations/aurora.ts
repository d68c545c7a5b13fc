/** The instances of Aurora clusters. */
import type { Node, ResourceGraph } from "../graph";
import { append } from "../multimap";
import { UNKNOWN, type Unknown } from "../unknown";

export interface AuroraInstances {
    /** Instances of the cluster, by name. */
    readonly instances: readonly Node[];
    /** Instances that may belong to it, or to another cluster. */
    readonly perhaps: readonly Node[];
    /** Readers that a scaling target keeps at least, whoever creates them; 0 without one. */
    readonly scaledReaders: number | Unknown;
}

const cache = new WeakMap<ResourceGraph, ReadonlyMap<Node, AuroraInstances>>();

/** The instances of a cluster, those that autoscaling keeps included. */
export function auroraInstances(graph: ResourceGraph, cluster: Node): AuroraInstances {
    let byCluster = cache.get(graph);
    if (byCluster === undefined) {
        byCluster = find(graph);
        cache.set(graph, byCluster);
    }
    return byCluster.get(cluster) ?? { instances: [], perhaps: [], scaledReaders: 0 };
}

function find(graph: ResourceGraph): ReadonlyMap<Node, AuroraInstances> {
    const sure = new Map<Node, Node[]>();
    const perhaps = new Map<Node, Node[]>();
    for (const instance of graph.all("rdsClusterInstance")) {
        const unclear = instance.get("clusterIdentifier") === UNKNOWN && dependsOnNothing(instance);
        const nodes = unclear
            ? graph.all("rdsCluster")
            : graph.resolve(instance, "clusterIdentifier", "rdsCluster").nodes;
        const map = !unclear && nodes.length === 1 ? sure : perhaps;
        nodes.forEach((cluster) => {
            append(map, cluster, instance);
        });
    }
    const readers = scaledReaders(graph);
    const byUrn = (a: Node, b: Node): number => (a.urn < b.urn ? -1 : 1);
    return new Map(
        graph.all("rdsCluster").map((cluster) => [
            cluster,
            {
                instances: (sure.get(cluster) ?? []).sort(byUrn),
                perhaps: (perhaps.get(cluster) ?? []).sort(byUrn),
                scaledReaders: readers.get(cluster) ?? 0,
            },
        ]),
    );
}

function dependsOnNothing(instance: Node): boolean {
    return (instance.propertyDependencies.get("clusterIdentifier") ?? []).length === 0;
}

/** The fewest readers that Aurora Auto Scaling keeps: `resourceId` is "cluster:<identifier>". */
function scaledReaders(graph: ResourceGraph): ReadonlyMap<Node, number | Unknown> {
    const readers = new Map<Node, number | Unknown>();
    for (const target of graph.all("scalingTarget")) {
        if (target.str("serviceNamespace") !== "rds") {
            continue;
        }
        const id = target.str("resourceId");
        const identifier = typeof id === "string" ? id.replace(/^cluster:/, "") : id;
        for (const cluster of graph.resolveOne(target, "resourceId", identifier, "rdsCluster").nodes) {
            readers.set(cluster, target.num("minCapacity") ?? 0);
        }
    }
    return readers;
}
