/** The tiers that are databases: instances with their standby and replicas, and clusters. */
import type { Node, ResourceGraph } from "../graph";
import { lossOfZone, type Part } from "../survival";
import { UNKNOWN } from "../unknown";
import { always, inOneZone, leftOf, over, withinSubnetGroup, type DataTier } from "./data-tier";
import { auroraInstances } from "./aurora";
import { isAuroraMember, isReplica } from "./databases";

const RDS_FAILOVER = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.Failover.html";

/** An instance with its standby and its read replicas. A replica belongs to its source. */
export function rdsInstanceTier(graph: ResourceGraph, node: Node): readonly DataTier[] {
    if (isReplica(node) || isAuroraMember(node)) {
        return [];
    }
    const replicas = [...graph.referring(node, "rdsInstance", "replicateSourceDb")].sort((a, b) =>
        a.urn < b.urn ? -1 : 1,
    );
    const partOf = (instance: Node): Part =>
        // A standby is never in the zone of its primary.
        instance.bool("multiAz") === true ? over(2, 2, 2) : inOneZone(instance.str("availabilityZone"));
    const standby = node.bool("multiAz") ?? false;
    const alone = replicas.filter((replica) => replica.bool("multiAz") !== true);
    const kept = replicas.length - alone.length;
    const left = leftOf(lossOfZone(alone.map(partOf)));
    const parts = [node, ...replicas].map(partOf);
    const writers = standby === true ? 1 : 0;
    const unknown = standby === UNKNOWN || replicas.some((replica) => replica.bool("multiAz") === UNKNOWN);
    return [
        {
            node,
            members: [node],
            kind: "rds-instance",
            units: "instances",
            floor: unknown ? UNKNOWN : parts.reduce((sum, { floor }) => sum + floor, 0),
            floorProperty: "multiAz",
            zonesProperty: "availabilityZone",
            zones: withinSubnetGroup(graph, node, "dbSubnetGroupName", parts).zones,
            parts,
            writers: { before: 1, afterUnit: writers, afterZone: always(writers) },
            readers: {
                before: replicas.length,
                afterUnit: alone.length > 0 ? replicas.length - 1 : replicas.length,
                afterZone: { best: kept + left.best, worst: kept + left.worst },
            },
            need: 1,
            failover: {
                automatic: standby === true,
                typical: standby === true ? "60–120 seconds" : null,
                source: RDS_FAILOVER,
            },
        },
    ];
}

/** The most readers that a cluster of Aurora takes: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html */
const AURORA_READERS = 15;

/** A Multi-AZ DB cluster, which has a writer and two readers in three zones, or an Aurora cluster with its instances. */
export function rdsClusterTier(graph: ResourceGraph, node: Node): DataTier {
    const engine = node.str("engine");
    const multiAz = node.str("dbClusterInstanceClass") !== undefined && engine !== UNKNOWN;
    const base = { node, members: [node], kind: "rds-cluster", units: "instances", need: 1 } as const;
    if (multiAz && !(engine ?? "").startsWith("aurora")) {
        return {
            ...base,
            floor: 3,
            floorProperty: "dbClusterInstanceClass",
            zonesProperty: "availabilityZones",
            zones: { names: new Set(), atLeast: 3, atMost: 3 },
            parts: [over(3, 3, 3)],
            writers: { before: 1, afterUnit: 1, afterZone: always(1) },
            readers: { before: 2, afterUnit: 1, afterZone: always(1) },
            failover: {
                automatic: true,
                typical: "under 35 seconds",
                source: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts-failover.html",
            },
        };
    }
    const { instances, perhaps, scaledReaders } = auroraInstances(graph, node);
    const parts = instances.map((instance) => inOneZone(instance.str("availabilityZone")));
    if (scaledReaders !== UNKNOWN) {
        // Aurora counts the readers that are there towards the minimum of its autoscaling.
        const most = Math.min(scaledReaders, AURORA_READERS);
        for (let more = Math.max(0, instances.length - 1); more < most; more += 1) {
            parts.push(inOneZone(undefined));
        }
    }
    const count = parts.length;
    const left = leftOf(lossOfZone(parts));
    return {
        ...base,
        floor: count === 0 || perhaps.length > 0 || scaledReaders === UNKNOWN ? UNKNOWN : count,
        floorProperty: "the number of its instances",
        zonesProperty: "availabilityZone of its instances",
        zones: withinSubnetGroup(graph, node, "dbSubnetGroupName", parts).zones,
        parts,
        writers: {
            before: Math.min(1, count),
            afterUnit: Math.min(1, Math.max(0, count - 1)),
            afterZone: { best: Math.min(1, left.best), worst: Math.min(1, left.worst) },
        },
        readers: {
            before: Math.max(0, count - 1),
            afterUnit: Math.max(0, count - 2),
            afterZone: { best: Math.max(0, left.best - 1), worst: Math.max(0, left.worst - 1) },
        },
        failover: {
            automatic: count > 1,
            typical: count > 1 ? "less than 60 seconds" : null,
            source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
        },
    };
}
