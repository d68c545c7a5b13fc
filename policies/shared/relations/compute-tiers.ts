/**
 * The tiers of a stack that run copies of one thing: ECS services, Auto Scaling groups, the node groups of an EKS
 * cluster, Kubernetes workloads. Their floor, zones and what limits both are worked out here once, for every rule and
 * report that speaks of capacity.
 */
import type { Node, ResourceGraph, Zones } from "../graph";
import type { TierKind } from "../survival";
import { elements, UNKNOWN, type Maybe, type Unknown } from "../unknown";
import { servedBy, type Service } from "./kubernetes-services";
import { kubernetesWorkloads, type Workload } from "./kubernetes-workloads";
import { isZonal, type SpreadTerm } from "./kubernetes-zone-spread";
import { isNode, single } from "./reference";

/** What spreads its own units evenly over its own zones. */
interface TierPart {
    readonly floor: number | Unknown;
    readonly zones: Zones;
    /** How many units a zone may have more than another; default 1. */
    readonly maxSkew?: number;
}

export interface ComputeTier {
    /** The resource that findings name: of several groups the first by name. */
    readonly node: Node;
    readonly kind: TierKind;
    /** All resources that are the tier. More than one where the node groups of a cluster stand in for each other. */
    readonly members: readonly Node[];
    /** What it runs, in the plural: "tasks", "instances", "nodes". */
    readonly units: string;
    /** The fewest units that always run; `UNKNOWN` where that is not known yet. */
    readonly floor: number | Unknown;
    /** Whether the floor can never be told from the program: it is counted in something else than units. */
    readonly floorUncountable: boolean;
    /** The property that sets the floor, as a person finds it. */
    readonly floorProperty: string;
    /** The property that sets the zones. */
    readonly zonesProperty: string;
    /** The zones. Any number where the tier's own properties do not decide them. */
    readonly zones: Zones;
    /** Whether the zones are those of the machines that a cluster has, which no property of the tier says. */
    readonly zonesOfHosts: boolean;
    readonly parts: readonly TierPart[];
    /** Machines that the units are spread over: each unit has its own, or it is not known how many there are. */
    readonly machines: "own" | Unknown;
}

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

function append(map: Map<Node, Node[]>, key: Node, value: Node): void {
    const list = map.get(key);
    if (list === undefined) {
        map.set(key, [value]);
    } else {
        list.push(value);
    }
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
                services.forEach((service) => {
                    append(map, service, target);
                });
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

const openTargets = new WeakMap<ResourceGraph, ReadonlySet<Node>>();

/** The clusters that scaling targets name whose id, beyond that, is not known. */
function clustersOfOpenTargets(graph: ResourceGraph): ReadonlySet<Node> {
    let clusters = openTargets.get(graph);
    if (clusters === undefined) {
        const open = graph.all("scalingTarget").filter((target) => {
            const namespace = target.str("serviceNamespace");
            return (
                target.str("resourceId") === UNKNOWN &&
                (namespace === UNKNOWN || namespace === undefined || namespace === "ecs") &&
                graph.dependenciesOf(target, "resourceId", "ecsService").length === 0
            );
        });
        clusters = new Set(open.flatMap((target) => graph.dependenciesOf(target, "resourceId", "ecsCluster")));
        openTargets.set(graph, clusters);
    }
    return clusters;
}

/** Whether a target whose id is not known, beyond that it names the service's cluster, may be for the service. */
function mayScale(graph: ResourceGraph, service: Node): boolean {
    const clusters = clustersOfOpenTargets(graph);
    return (
        clusters.size > 0 && graph.resolve(service, "cluster", "ecsCluster").nodes.some((each) => clusters.has(each))
    );
}

const ANY_ZONES: Zones = { names: new Set(), atLeast: 1, atMost: Infinity };

/** A floor and the property that sets it. */
interface Floor {
    readonly floor: number | Unknown;
    readonly property: string;
    /** Set where the floor is counted in something else than units. */
    readonly uncountable?: boolean;
}

/** The lowest of several floors that hold at different times; not known as long as one of them is not. */
function lowest(own: Floor, others: readonly Floor[]): Floor {
    const all = [own, ...others];
    const least = all.reduce((one, other) =>
        one.floor !== UNKNOWN && other.floor !== UNKNOWN && other.floor < one.floor ? other : one,
    );
    return all.find(({ floor }) => floor === UNKNOWN) ?? least;
}

const servicesByTarget = new WeakMap<ResourceGraph, ReadonlyMap<Node, readonly Node[]>>();

/** The services of a policy or scheduled action: those of the scaling target that it names, or whose id it has. */
function servicesScaledBy(graph: ResourceGraph, node: Node): readonly Node[] {
    let byTarget = servicesByTarget.get(graph);
    if (byTarget === undefined) {
        const map = new Map<Node, Node[]>();
        for (const [service, targets] of scalingTargetsByService(graph)) {
            targets.forEach((target) => {
                append(map, target, service);
            });
        }
        byTarget = map;
        servicesByTarget.set(graph, byTarget);
    }
    const namespace = node.str("serviceNamespace");
    if (typeof namespace === "string" && namespace !== "ecs") {
        return [];
    }
    const targets = graph.dependenciesOf(node, "resourceId", "scalingTarget");
    return [...new Set([...targets.flatMap((target) => byTarget.get(target) ?? []), ...servicesOf(graph, node)])];
}

const scheduledActions = new WeakMap<ResourceGraph, ReadonlyMap<Node, readonly Node[]>>();

/** The scheduled actions of each ECS service, which set another floor from a time on. */
function scheduledActionsByService(graph: ResourceGraph): ReadonlyMap<Node, readonly Node[]> {
    let byService = scheduledActions.get(graph);
    if (byService === undefined) {
        const map = new Map<Node, Node[]>();
        for (const action of graph.all("scalingScheduledAction")) {
            for (const service of servicesScaledBy(graph, action)) {
                append(map, service, action);
            }
        }
        byService = map;
        scheduledActions.set(graph, byService);
    }
    return byService;
}

/** What scales an ECS service. */
export interface ServiceScaling {
    readonly targets: readonly Node[];
    /** Policies and scheduled actions that change its count. */
    readonly causes: readonly Node[];
    /** Whether there is a target, policy or action of which it is not known whether it is for this service. */
    readonly targetsOpen: boolean;
    readonly causesOpen: boolean;
}

const scalingPolicies = new WeakMap<ResourceGraph, PoliciesByService>();

interface PoliciesByService {
    readonly byService: ReadonlyMap<Node, readonly Node[]>;
    /** Whether there are policies whose service is not known. */
    readonly open: boolean;
}

function policiesByService(graph: ResourceGraph): PoliciesByService {
    let policies = scalingPolicies.get(graph);
    if (policies === undefined) {
        const byService = new Map<Node, Node[]>();
        let open = false;
        for (const policy of graph.all("scalingPolicy")) {
            const services = servicesScaledBy(graph, policy);
            services.forEach((service) => {
                append(byService, service, policy);
            });
            open ||= services.length === 0 && policy.str("resourceId") === UNKNOWN;
        }
        policies = { byService, open };
        scalingPolicies.set(graph, policies);
    }
    return policies;
}

/** What scales a service, and whether that is all. */
export function scalingOf(graph: ResourceGraph, service: Node): ServiceScaling {
    const targets = scalingTargetsByService(graph).get(service) ?? [];
    const policies = policiesByService(graph);
    return {
        targets,
        causes: [...(policies.byService.get(service) ?? []), ...(scheduledActionsByService(graph).get(service) ?? [])],
        targetsOpen: targets.length === 0 && mayScale(graph, service),
        causesOpen: policies.open,
    };
}

function ecsFloor(graph: ResourceGraph, node: Node): Floor {
    const targets = scalingTargetsByService(graph).get(node) ?? [];
    const [target] = targets;
    if (target === undefined) {
        return mayScale(graph, node)
            ? { floor: UNKNOWN, property: "minCapacity" }
            : { floor: node.num("desiredCount") ?? 0, property: "desiredCount" };
    }
    const property = `minCapacity of the scaling target ${target.name}`;
    const own: Floor = { floor: targets.length > 1 ? UNKNOWN : (target.num("minCapacity") ?? 0), property };
    const scheduled = (scheduledActionsByService(graph).get(node) ?? []).flatMap((action): Floor[] => {
        const minimum = action.num("scalableTargetAction.minCapacity");
        return minimum === undefined
            ? []
            : [{ floor: minimum, property: `scalableTargetAction.minCapacity of the scheduled action ${action.name}` }];
    });
    return lowest(own, scheduled);
}

/** Whether each task has a machine of its own, as on Fargate, or by constraint. */
function machinesOf(graph: ResourceGraph, service: Node): "own" | Unknown {
    const constraints = elements(service.list("placementConstraints"));
    if (constraints.some((constraint) => constraint.get("type") === "distinctInstance")) {
        return "own";
    }
    const launchType = service.str("launchType");
    if (launchType !== undefined) {
        return launchType === "FARGATE" ? "own" : UNKNOWN;
    }
    const strategy = service.list("capacityProviderStrategies") ?? clusterDefault(graph, service);
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

function ecsTier(graph: ResourceGraph, node: Node): readonly ComputeTier[] {
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

/** Whether ECS sets the size of an Auto Scaling group by the tasks that have to run on it. */
type ScaledByEcs = "managed" | "unmanaged" | "open";

/** A group behind a capacity provider with managed scaling never shrinks below what its tasks occupy. */
function scaledByEcs(graph: ResourceGraph, group: Node): ScaledByEcs {
    const property = "autoScalingGroupProvider.autoScalingGroupArn";
    const states = graph.referring(group, "ecsCapacityProvider", property).map((provider): ScaledByEcs => {
        const managed = provider.get("autoScalingGroupProvider.managedScaling");
        const status = provider.get("autoScalingGroupProvider.managedScaling.status");
        return status === "ENABLED"
            ? "managed"
            : managed !== undefined && (status === UNKNOWN || status === undefined)
              ? "open"
              : "unmanaged";
    });
    return states.find((state) => state !== "unmanaged") ?? "unmanaged";
}

/** The most capacity that one instance of a group may count for. */
function weightOf(group: Node): Maybe<number> {
    const overrides = group.list("mixedInstancesPolicy.launchTemplate.overrides");
    if (overrides === UNKNOWN) {
        return UNKNOWN;
    }
    const weights = elements(overrides).map((override) => override.num("weightedCapacity") ?? 1);
    return weights.includes(UNKNOWN) ? UNKNOWN : Math.max(1, ...weights.filter((weight) => weight !== UNKNOWN));
}

function autoScalingFloor(graph: ResourceGraph, group: Node): Floor {
    const own: Floor = { floor: group.num("minSize") ?? 0, property: "minSize" };
    const scheduled = graph
        .referring(group, "autoScalingSchedule", "autoscalingGroupName")
        .flatMap((schedule): readonly Floor[] => {
            // The provider takes 0 where nothing is written, and −1 for "as it is".
            const minimum = schedule.num("minSize") ?? 0;
            return minimum !== UNKNOWN && minimum < 0
                ? []
                : [{ floor: minimum, property: `minSize of the schedule ${schedule.name}` }];
        });
    const { floor, property } = lowest(own, scheduled);
    const type = group.str("desiredCapacityType");
    if (type !== undefined && type !== "units") {
        // Counted in virtual CPUs or MiB: how many instances that is depends on what EC2 chooses.
        return floor === 0
            ? { floor, property }
            : { floor: UNKNOWN, property: `${property}, counted by desiredCapacityType,`, uncountable: true };
    }
    const weight = weightOf(group);
    if (floor === UNKNOWN || floor === 0 || weight === undefined) {
        return { floor, property };
    }
    if (weight === UNKNOWN) {
        return { floor: UNKNOWN, property };
    }
    return weight === 1
        ? { floor, property }
        : { floor: Math.ceil(floor / weight), property: `${property} by weightedCapacity` };
}

/** The zones of an Auto Scaling group, and the property that sets them. */
export function zonesOfGroup(graph: ResourceGraph, group: Node): { readonly zones: Zones; readonly property: string } {
    if (group.get("vpcZoneIdentifiers") !== undefined) {
        return { zones: graph.zonesOf(group, "vpcZoneIdentifiers"), property: "vpcZoneIdentifiers" };
    }
    const named = group.strings("availabilityZones");
    const property = "availabilityZones";
    if (named === UNKNOWN || named === undefined) {
        return { zones: { names: new Set(), atLeast: 0, atMost: Infinity }, property };
    }
    const names = new Set(named.filter((zone) => zone !== UNKNOWN));
    const unknown = named.filter((zone) => zone === UNKNOWN).length;
    return { zones: { names, atLeast: Math.max(names.size, 1), atMost: names.size + unknown }, property };
}

function autoScalingTier(graph: ResourceGraph, node: Node): readonly ComputeTier[] {
    const managed = scaledByEcs(graph, node);
    if (managed === "managed") {
        return [];
    }
    const { zones, property: zonesProperty } = zonesOfGroup(graph, node);
    const {
        floor,
        property,
        uncountable = false,
    }: Floor = managed === "open"
        ? { floor: UNKNOWN, property: "managedScaling.status of its capacity provider" }
        : autoScalingFloor(graph, node);
    return [
        {
            node,
            kind: "auto-scaling-group",
            members: [node],
            units: "instances",
            floor,
            floorUncountable: uncountable,
            floorProperty: property,
            zonesProperty,
            zones,
            zonesOfHosts: false,
            parts: [{ floor, zones }],
            machines: "own",
        },
    ];
}

/** Node groups on which the same pods may run: those of one cluster with the same taints. */
export interface NodeGroupPool {
    /** The cluster, where it is a resource of the stack. */
    readonly cluster: Node | undefined;
    /** What tells the cluster from others: its URN, or its name where it is not in the stack. */
    readonly owner: string;
    /** Sorted by name. */
    readonly groups: readonly Node[];
    /** Whether pods need a toleration to run there. */
    readonly tainted: boolean;
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
                tainted: taints !== "",
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

/** The zones of several groups together. */
function union(zones: readonly Zones[]): Zones {
    const names = new Set(zones.flatMap((each) => [...each.names]));
    const open = zones.reduce((sum, each) => sum + (each.atMost - each.names.size), 0);
    const exact = zones.every((each) => each.atLeast === each.names.size);
    return {
        names,
        atMost: names.size + open,
        atLeast: exact ? names.size : Math.max(0, ...zones.map(({ atLeast }) => atLeast)),
    };
}

/**
 * The node groups of a cluster that stand in for each other, as one tier. Nothing is said of a cluster in Auto Mode, which
 * makes nodes of its own in every zone, nor of tainted groups that are empty at rest and start for their pods alone.
 */
function nodeGroupTier(graph: ResourceGraph, { cluster, groups, tainted }: NodeGroupPool): readonly ComputeTier[] {
    const [node] = groups;
    const autoMode = cluster?.bool("computeConfig.enabled");
    const parts = groups.map((group): TierPart => ({
        floor: group.num("scalingConfig.minSize") ?? 0,
        zones: graph.zonesOf(group, "subnetIds"),
    }));
    const floors = parts.map(({ floor }) => floor);
    const known = floors.filter((floor) => floor !== UNKNOWN);
    const total = known.reduce((sum, floor) => sum + floor, 0);
    if (node === undefined || autoMode === true || (tainted && total === 0 && known.length === floors.length)) {
        return [];
    }
    const names = groups.length === 1 ? "" : ` of ${groups.map(({ name }) => name).join(", ")} together`;
    const running = parts.filter(({ floor }) => floor !== 0);
    return [
        {
            node,
            kind: "eks-node-groups",
            members: groups,
            units: "nodes",
            floorUncountable: false,
            floor: autoMode === UNKNOWN || known.length < floors.length ? UNKNOWN : total,
            floorProperty: autoMode === UNKNOWN ? "computeConfig of its cluster" : `scalingConfig.minSize${names}`,
            zonesProperty: `subnetIds${names}`,
            zones: union((running.length > 0 ? running : parts).map(({ zones }) => zones)),
            zonesOfHosts: false,
            parts,
            machines: "own",
        },
    ];
}

const HOSTNAME = "kubernetes.io/hostname";

/** Workloads that are one tier: those that a program keeps in one zone each, behind one Service. Others stand alone. */
function zonalSets(graph: ResourceGraph): readonly (readonly Workload[])[] {
    // What is switched off is no tier at all.
    const running = kubernetesWorkloads(graph).filter(({ off }) => !off);
    // Of Services that have workloads in common, one stands for all.
    const standIn = new Map<Node, Node>();
    const representative = (service: Node): Node => {
        let found = service;
        for (let next = standIn.get(found); next !== undefined; next = standIn.get(found)) {
            found = next;
        }
        if (found !== service) {
            standIn.set(service, found);
        }
        return found;
    };
    const pinned = running.map((workload) => ({
        workload,
        services: workload.spread.zones.atMost === 1 ? servedBy(graph, workload.node).sure : [],
    }));
    for (const [first, ...others] of new Set(pinned.map(({ services }) => services))) {
        for (const other of others) {
            const [one, two] = [representative((first as Service).node), representative(other.node)];
            if (one !== two) {
                standIn.set(two, one);
            }
        }
    }
    const sets = new Map<Node, Workload[]>();
    for (const { workload, services } of pinned) {
        const [service] = services;
        const key = service === undefined ? workload.node : representative(service.node);
        const set = sets.get(key);
        if (set === undefined) {
            sets.set(key, [workload]);
        } else {
            set.push(workload);
        }
    }
    return [...sets.values()].map((set) => set.sort((a, b) => (a.node.name < b.node.name ? -1 : 1)));
}

/** How many zones a workload's pods are in for sure, and how unevenly. */
function spreadOver({ floor, spread }: Workload): { readonly zones: Zones; readonly maxSkew: number } {
    let atLeast = 1;
    let maxSkew = 1;
    for (const term of requiredTerms(spread).filter((each) => isZonal(each) === true)) {
        if (term.kind === "antiAffinity") {
            atLeast = floor === UNKNOWN ? 1 : Math.max(atLeast, floor);
        } else if (typeof term.minDomains === "number") {
            atLeast = Math.max(atLeast, term.minDomains);
            maxSkew = term.maxSkew === UNKNOWN ? Infinity : term.maxSkew;
        }
    }
    return { zones: { ...spread.zones, atLeast: Math.min(atLeast, spread.zones.atMost) }, maxSkew };
}

/** What keeps a workload's own pods apart, come what may. */
function requiredTerms({ terms }: Workload["spread"]): readonly SpreadTerm[] {
    return terms.filter((term) => term.required === true && term.selectsOwn === true);
}

/** The pods of a workload, or of several. Which zones its cluster's nodes are in no property of a workload says. */
function kubernetesTier(set: readonly Workload[]): ComputeTier {
    const [first, ...others] = set as readonly [Workload, ...Workload[]];
    const members = set.map(({ node }) => node);
    const parts = set.map((workload): TierPart => ({ floor: workload.floor, ...spreadOver(workload) }));
    const known = parts.map(({ floor }) => floor).filter((floor) => floor !== UNKNOWN);
    const property = first.spread.zonesProperty;
    const alone = set.every(({ spread }) =>
        requiredTerms(spread).some(({ kind, topologyKey }) => kind === "antiAffinity" && topologyKey === HOSTNAME),
    );
    const together = others.length === 0 ? "" : ` of ${members.map(({ name }) => name).join(", ")} together`;
    return {
        node: first.node,
        kind: "kubernetes-workload",
        members,
        units: "pods",
        floor: known.length < parts.length ? UNKNOWN : known.reduce((sum, floor) => sum + floor, 0),
        floorUncountable: false,
        floorProperty: others.length === 0 ? first.floorProperty : `spec.replicas${together}`,
        zonesProperty: `${property ?? "spec.template.spec.topologySpreadConstraints"}${together}`,
        zones: union(parts.map(({ zones }) => zones)),
        zonesOfHosts: property === undefined,
        parts,
        machines: alone ? "own" : UNKNOWN,
    };
}
