/**
 * The tiers of a stack that run copies of one thing: ECS services, Auto Scaling groups, EKS node groups. Their floor,
 * zones and what limits both are worked out here once, for every rule and report that speaks of capacity.
 */
import type { Node, ResourceGraph, Zones } from "../graph";
import { UNKNOWN, type Unknown } from "../unknown";

export interface ComputeTier {
    readonly node: Node;
    /** What it runs, in the plural: "tasks", "instances", "nodes". */
    readonly units: string;
    /** The fewest units that always run; `UNKNOWN` where that is not known yet. */
    readonly floor: number | Unknown;
    /** The property that sets the floor, as a person finds it. */
    readonly floorProperty: string;
    /** The property that sets the zones. */
    readonly zonesProperty: string;
    /** The zones. Any number where the tier's own properties do not decide them. */
    readonly zones: Zones;
    /** Whether the zones are those of the instances that a cluster has, which no property of the tier says. */
    readonly zonesOfHosts: boolean;
}

const cache = new WeakMap<ResourceGraph, readonly ComputeTier[]>();

/** All tiers of a stack. */
export function computeTiers(graph: ResourceGraph): readonly ComputeTier[] {
    let tiers = cache.get(graph);
    if (tiers === undefined) {
        tiers = [
            ...graph.all("ecsService").flatMap((node) => ecsTier(graph, node)),
            ...graph.all("autoScalingGroup").map((node) => autoScalingTier(graph, node)),
            ...graph.all("eksNodeGroup").map((node) => nodeGroupTier(graph, node)),
        ];
        cache.set(graph, tiers);
    }
    return tiers;
}

/** The tiers that are ECS services. */
export function ecsTiers(graph: ResourceGraph): readonly ComputeTier[] {
    return computeTiers(graph).filter(({ node }) => node.is("ecsService"));
}

const scalingTargets = new WeakMap<ResourceGraph, ReadonlyMap<Node, readonly Node[]>>();

/** The scaling targets of each ECS service. `resourceId` is "service/<cluster>/<service>", often unknown in preview. */
function scalingTargetsByService(graph: ResourceGraph): ReadonlyMap<Node, readonly Node[]> {
    let byService = scalingTargets.get(graph);
    if (byService === undefined) {
        const map = new Map<Node, Node[]>();
        for (const target of graph.all("scalingTarget")) {
            const namespace = target.str("serviceNamespace");
            // Tables, endpoints and the like scale too, and may bear a service's name.
            if (namespace === UNKNOWN || namespace === undefined || namespace === "ecs") {
                const services = servicesOf(graph, target);
                services.forEach((service) => map.set(service, [...(map.get(service) ?? []), target]));
            }
        }
        byService = map;
        scalingTargets.set(graph, byService);
    }
    return byService;
}

/** The services that a scaling target may be for. */
function servicesOf(graph: ResourceGraph, target: Node): readonly Node[] {
    const id = target.str("resourceId");
    if (typeof id !== "string") {
        return graph.resolveOne(target, "resourceId", id, "ecsService").nodes;
    }
    const parts = id.split("/");
    const { nodes } = graph.resolveOne(target, "resourceId", parts.at(-1), "ecsService");
    const cluster = parts.length === 3 ? parts[1] : undefined;
    return nodes.filter((service) => {
        // Given by name or by ARN, which ends with the name; unset is the account's default cluster.
        const own = service.str("cluster");
        return cluster === undefined || typeof own !== "string" || own.split("/").at(-1) === cluster;
    });
}

/** Whether a target whose id is not known, beyond that it names the service's cluster, may be for the service. */
function mayScale(graph: ResourceGraph, service: Node): boolean {
    const clusters = graph.resolve(service, "cluster", "ecsCluster").nodes;
    return graph.all("scalingTarget").some((target) => {
        const namespace = target.str("serviceNamespace");
        return (
            target.str("resourceId") === UNKNOWN &&
            (namespace === UNKNOWN || namespace === undefined || namespace === "ecs") &&
            graph.dependenciesOf(target, "resourceId", "ecsService").length === 0 &&
            graph.dependenciesOf(target, "resourceId", "ecsCluster").some((cluster) => clusters.includes(cluster))
        );
    });
}

const ANY_ZONES: Zones = { names: new Set(), atLeast: 1, atMost: Infinity };

function ecsTier(graph: ResourceGraph, node: Node): readonly ComputeTier[] {
    // A daemon runs once on each instance: its count is the instances', which is another tier.
    if (node.get("schedulingStrategy") === "DAEMON") {
        return [];
    }
    const targets = scalingTargetsByService(graph).get(node) ?? [];
    const [target] = targets;
    const unclear = target === undefined && mayScale(graph, node);
    const floor = unclear
        ? UNKNOWN
        : target === undefined
          ? (node.num("desiredCount") ?? 0)
          : targets.length > 1
            ? UNKNOWN
            : (target.num("minCapacity") ?? 0);
    const hasNetwork = node.get("networkConfiguration") !== undefined;
    return [
        {
            node,
            units: "tasks",
            floor,
            floorProperty: unclear
                ? "minCapacity"
                : target === undefined
                  ? "desiredCount"
                  : `minCapacity of the scaling target ${target.name}`,
            zonesProperty: "networkConfiguration.subnets",
            // Without a network of their own, tasks run in the zones of the cluster's instances.
            zones: hasNetwork ? graph.zonesOf(node, "networkConfiguration.subnets") : ANY_ZONES,
            zonesOfHosts: !hasNetwork,
        },
    ];
}

function autoScalingTier(graph: ResourceGraph, node: Node): ComputeTier {
    const bySubnet = node.get("vpcZoneIdentifiers") !== undefined;
    const named = node.strings("availabilityZones");
    const zones: Zones = bySubnet
        ? graph.zonesOf(node, "vpcZoneIdentifiers")
        : named === UNKNOWN || named === undefined
          ? { names: new Set(), atLeast: 0, atMost: Infinity }
          : {
                names: new Set(named.filter((zone) => zone !== UNKNOWN)),
                atLeast: new Set(named.filter((zone) => zone !== UNKNOWN)).size,
                atMost: new Set(named).size,
            };
    return {
        node,
        units: "instances",
        floor: node.num("minSize") ?? 0,
        floorProperty: "minSize",
        zonesProperty: bySubnet ? "vpcZoneIdentifiers" : "availabilityZones",
        zones,
        zonesOfHosts: false,
    };
}

function nodeGroupTier(graph: ResourceGraph, node: Node): ComputeTier {
    return {
        node,
        units: "nodes",
        floor: node.num("scalingConfig.minSize") ?? 0,
        floorProperty: "scalingConfig.minSize",
        zonesProperty: "subnetIds",
        zones: graph.zonesOf(node, "subnetIds"),
        zonesOfHosts: false,
    };
}
