/** What scales an ECS service: its scaling targets, scheduled actions and policies. */
import type { Node, ResourceGraph } from "../graph";
import { append } from "../multimap";
import { UNKNOWN } from "../unknown";
import { lowest, type Floor } from "./compute-tier";

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

const openTargets = new WeakMap<ResourceGraph, ReadonlySet<Node> | "any">();

/** The clusters that scaling targets name whose id, beyond that, is not known; "any" where not even that is. */
function clustersOfOpenTargets(graph: ResourceGraph): ReadonlySet<Node> | "any" {
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
        const named = open.map((target) => graph.dependenciesOf(target, "resourceId", "ecsCluster"));
        clusters = named.some((each) => each.length === 0) ? "any" : new Set(named.flat());
        openTargets.set(graph, clusters);
    }
    return clusters;
}

/** Whether a target whose id is not known, beyond that it may name the service's cluster, may be for the service. */
function mayScale(graph: ResourceGraph, service: Node): boolean {
    const clusters = clustersOfOpenTargets(graph);
    return (
        clusters === "any" ||
        (clusters.size > 0 && graph.resolve(service, "cluster", "ecsCluster").nodes.some((each) => clusters.has(each)))
    );
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

export function ecsFloor(graph: ResourceGraph, node: Node): Floor {
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
