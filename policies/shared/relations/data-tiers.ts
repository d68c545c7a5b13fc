/**
 * The tiers of a stack that hold data or carry traffic for others: databases, caches, brokers, file systems, load
 * balancers, NAT gateways. What each runs, where, and what takes over by itself when a part of it is lost.
 */
import type { Node, ResourceGraph, Zones } from "../graph";
import { lossOfZone, whole, type Failover, type LossRange, type Part, type TierKind } from "../survival";
import { elements, UNKNOWN, type Maybe, type Unknown } from "../unknown";
import { auroraInstances } from "./aurora";
import { inReplicationGroup } from "./cache-clusters";
import { isAuroraMember, isReplica } from "./databases";
import { mountTargetsOf } from "./file-systems";
import { loadBalancerZones } from "./load-balancer-zones";
import { replicationOf } from "./msk";
import { subnetsByGateway, zonesServed } from "./nat-routes";
import { isNode, single } from "./reference";

/** Units that serve in one role, at best and at worst of what is known. */
export interface ServingRange {
    readonly before: number;
    readonly afterUnit: number;
    readonly afterZone: { readonly best: number; readonly worst: number };
}

export interface DataTier {
    readonly node: Node;
    /** Where several resources are the tier, all of them. */
    readonly members: readonly Node[];
    readonly kind: TierKind;
    readonly units: string;
    /** `UNKNOWN` where not everything that decides it is known. */
    readonly floor: number | Unknown;
    readonly floorProperty: string;
    readonly zonesProperty: string;
    readonly zones: Zones;
    readonly parts: readonly Part[];
    readonly writers?: ServingRange;
    readonly readers?: ServingRange;
    /** Units that have to be left, in the role that takes writes where there is one. */
    readonly need: number;
    readonly failover?: Failover;
    /** What else a lost zone takes, as a sentence. It is then not survived. */
    readonly beyond?: string;
}

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

/** Units over a number of zones whose names are not known. */
function over(floor: number, atLeast: number, atMost: number | null): Part {
    return { floor, zones: { names: [], atLeast, atMost } };
}

/** One unit in one zone, known or not. */
function inOneZone(zone: Maybe<string>): Part {
    const names = typeof zone === "string" ? [zone] : [];
    return { floor: 1, zones: { names, atLeast: 1, atMost: 1 } };
}

/** The zones of parts together. */
function zonesOfParts(parts: readonly Part[]): Zones {
    const names = new Set(parts.flatMap(({ zones }) => [...zones.names]));
    const sure = parts.every(({ zones }) => zones.names.length === zones.atMost);
    const most = parts.map(({ zones }) => (zones.atMost ?? Infinity) - zones.names.length);
    return {
        names,
        atLeast: Math.max(names.size, 0, ...parts.map(({ zones }) => zones.atLeast)),
        atMost: sure ? names.size : most.reduce((sum, open) => sum + open, names.size),
    };
}

/** The zones of parts that a subnet group leaves: RDS and ElastiCache choose among them. */
function withinSubnetGroup(
    graph: ResourceGraph,
    node: Node,
    property: string,
    parts: readonly Part[],
): { readonly zones: Zones; readonly atMost: number | null } {
    const own = zonesOfParts(parts);
    const group = single(graph, node, property, "rdsSubnetGroup", "elasticacheSubnetGroup");
    if (!isNode(group)) {
        return { zones: own, atMost: null };
    }
    const { names, atMost } = graph.zonesOf(group, "subnetIds");
    return {
        zones: {
            names: own.atMost === own.names.size ? own.names : names,
            atLeast: own.atLeast,
            atMost: Math.min(own.atMost, atMost),
        },
        atMost: atMost === Infinity ? null : atMost,
    };
}

/** What is left of a role that every unit of the parts has. */
function leftOf(range: LossRange): { readonly best: number; readonly worst: number } {
    return { best: range.best.left, worst: range.worst.left };
}

/** The different values that are known. */
function known(values: readonly (string | Unknown)[]): readonly string[] {
    return [...new Set(values.filter((value) => value !== UNKNOWN))];
}

const always = (count: number): ServingRange["afterZone"] => ({ best: count, worst: count });

const RDS_FAILOVER = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.Failover.html";

/** An instance with its standby and its read replicas. A replica belongs to its source. */
function rdsInstanceTier(graph: ResourceGraph, node: Node): readonly DataTier[] {
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
function rdsClusterTier(graph: ResourceGraph, node: Node): DataTier {
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
function replicationGroupTier(graph: ResourceGraph, node: Node): DataTier {
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
    const zone = lossOfZone(parts);
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
function cacheClusterTier(graph: ResourceGraph, node: Node): readonly DataTier[] {
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

/** Brokers. A partition takes writes as long as enough of its copies are there. */
function mskTier(graph: ResourceGraph, node: Node): DataTier {
    const count = node.num("numberOfBrokerNodes") ?? 0;
    const zones = graph.zonesOf(node, "brokerNodeGroupInfo.clientSubnets");
    const brokers = count === UNKNOWN ? 0 : whole(count);
    const atMost = zones.atMost === Infinity ? null : zones.atMost;
    const part: Part = { floor: brokers, zones: { names: [...zones.names], atLeast: zones.atLeast, atMost } };
    const replication = replicationOf(graph, node);
    const [copies, inSync] =
        typeof replication === "string" ? [UNKNOWN, UNKNOWN] : [replication.factor.value, replication.minInSync.value];
    const left = leftOf(lossOfZone([part]));
    const known = typeof copies === "number" && typeof inSync === "number";
    // Copies are spread over zones as brokers are.
    const copiesLeft = known ? leftOf(lossOfZone([{ ...part, floor: copies }])) : undefined;
    const writing = (enough: boolean, units: number): number => (enough ? units : 0);
    const afterUnit = Math.max(0, brokers - 1);
    return {
        node,
        members: [node],
        kind: "msk-cluster",
        units: "brokers",
        floor: count,
        floorProperty: "numberOfBrokerNodes",
        zonesProperty: "brokerNodeGroupInfo.clientSubnets",
        zones,
        parts: [part],
        writers: {
            before: brokers,
            afterUnit: known ? writing(copies - 1 >= inSync, afterUnit) : afterUnit,
            afterZone:
                known && copiesLeft !== undefined
                    ? {
                          best: writing(copiesLeft.best >= inSync, left.best),
                          worst: writing(copiesLeft.worst >= inSync, left.worst),
                      }
                    : { best: left.best, worst: 0 },
        },
        readers: {
            before: brokers,
            afterUnit: known ? writing(copies > 1, afterUnit) : afterUnit,
            afterZone:
                copiesLeft === undefined
                    ? { best: left.best, worst: 0 }
                    : {
                          best: writing(copiesLeft.best > 0, left.best),
                          worst: writing(copiesLeft.worst > 0, left.worst),
                      },
        },
        need: 1,
        failover: {
            automatic: true,
            typical: null,
            source: "https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html",
        },
    };
}

/** The mount targets of a file system. One Zone storage is where its one zone is. */
function fileSystemTier(graph: ResourceGraph, node: Node): readonly DataTier[] {
    const targets = mountTargetsOf(graph, node);
    if (targets.length === 0) {
        return [];
    }
    const oneZone = node.str("availabilityZoneName");
    const parts = targets.map((target) => {
        const subnet = single(graph, target, "subnetId", "subnet");
        const zone = isNode(subnet) ? graph.zoneOf(subnet) : UNKNOWN;
        return inOneZone(typeof oneZone === "string" ? oneZone : zone);
    });
    const left = leftOf(lossOfZone(parts));
    return [
        {
            node,
            members: [node],
            kind: "efs-file-system",
            units: "mount targets",
            floor: targets.length,
            floorProperty: "the number of its mount targets",
            zonesProperty: "subnetId of its mount targets",
            zones: zonesOfParts(parts),
            parts,
            writers: { before: targets.length, afterUnit: targets.length - 1, afterZone: left },
            need: 1,
        },
    ];
}

/** A load balancer has nodes of its own in each of its zones. */
function loadBalancerTier(graph: ResourceGraph, node: Node): DataTier {
    const { zones, property } = loadBalancerZones(graph, node);
    const known = zones.atLeast === zones.atMost;
    const atMost = zones.atMost === Infinity ? null : zones.atMost;
    const floor = zones.atLeast;
    return {
        node,
        members: [node],
        kind: "load-balancer",
        units: "load balancer nodes",
        floor: known ? floor : UNKNOWN,
        floorProperty: property,
        zonesProperty: property,
        zones,
        parts: [{ floor, zones: { names: [...zones.names], atLeast: zones.atLeast, atMost } }],
        need: 1,
    };
}

/** The NAT gateways of a stack by VPC. A gateway of one zone that serves others takes them with it. */
function natTiers(graph: ResourceGraph): readonly DataTier[] {
    const gateways = [...graph.all("natGateway")]
        .filter((gateway) => zonesServed(graph, gateway) !== "everywhere")
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    const users = subnetsByGateway(graph, () => undefined);
    const byVpc = new Map<string, Node[]>();
    for (const gateway of gateways) {
        const subnet = single(graph, gateway, "subnetId", "subnet");
        const vpc = isNode(subnet) ? single(graph, subnet, "vpcId", "vpc") : "unset";
        const key = isNode(vpc) ? vpc.urn : isNode(subnet) ? String(subnet.str("vpcId")) : gateway.urn;
        byVpc.set(key, [...(byVpc.get(key) ?? []), gateway]);
    }
    return [...byVpc.values()].map((members): DataTier => {
        const parts = members.map((gateway): Part => {
            const served = zonesServed(graph, gateway);
            const names = typeof served === "object" ? [...served] : [];
            return {
                floor: 1,
                zones: { names, atLeast: Math.max(1, names.length), atMost: Math.max(1, names.length) },
            };
        });
        const elsewhere = members.flatMap((gateway) => {
            const served = zonesServed(graph, gateway);
            return typeof served === "object"
                ? (users.get(gateway) ?? []).filter((subnet) => graph.isInZone(subnet, served) === false)
                : [];
        });
        return {
            node: members[0] as Node,
            members,
            kind: "nat-gateways",
            units: "NAT gateways",
            floor: members.length,
            floorProperty: "the number of gateways",
            zonesProperty: "subnetId",
            zones: zonesOfParts(parts),
            parts,
            need: 1,
            ...(elsewhere.length === 0
                ? {}
                : { beyond: `${elsewhere.length} of the subnets behind them leave through a gateway in another zone` }),
        };
    });
}
