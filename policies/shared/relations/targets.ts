/** Load balancers, their target groups and what is registered there. */
import type { Node, ResourceGraph } from "../graph";
import { elements, UNKNOWN, type Maybe } from "../unknown";
import { placedBy } from "./auto-scaling-tiers";
import { isNode, single } from "./reference";
import { ANYWHERE, placementBySubnets, placementByZones, type Placement } from "./zone-coverage";

/** The target groups that the actions of a listener or a listener rule forward to. */
export function forwardedTo(graph: ResourceGraph, node: Node, property: string): readonly Node[] {
    const actions = node.list(property);
    if (actions === UNKNOWN) {
        return graph.resolveValues(node, property, UNKNOWN, "targetGroup").nodes;
    }
    const arns = elements(actions)
        .flatMap((action): readonly Maybe<string>[] => [
            action.str("targetGroupArn"),
            ...elements(action.list("forward.targetGroups")).map((group) => group.str("arn")),
        ])
        .filter((arn) => arn !== undefined);
    return graph.resolveValues(node, property, arns, "targetGroup").nodes;
}

function add(map: Map<Node, Set<Node>>, key: Node, values: readonly Node[]): void {
    const set = map.get(key) ?? new Set();
    values.forEach((value) => set.add(value));
    map.set(key, set);
}

/** The target groups of each load balancer, by its listeners and their rules. */
export function targetGroupsByLoadBalancer(graph: ResourceGraph): ReadonlyMap<Node, ReadonlySet<Node>> {
    const groups = new Map<Node, Set<Node>>();
    for (const listener of graph.all("listener")) {
        const balancer = single(graph, listener, "loadBalancerArn", "loadBalancer");
        if (isNode(balancer)) {
            add(groups, balancer, forwardedTo(graph, listener, "defaultActions"));
        }
    }
    for (const rule of graph.all("listenerRule")) {
        const listener = single(graph, rule, "listenerArn", "listener");
        const balancer = isNode(listener) ? single(graph, listener, "loadBalancerArn", "loadBalancer") : "unset";
        if (isNode(balancer)) {
            add(groups, balancer, forwardedTo(graph, rule, "actions"));
        }
    }
    return groups;
}

/** One property of each object in a list, or `UNKNOWN` for the whole list. */
function valuesIn(node: Node, list: string, property: string): readonly Maybe<string>[] {
    const objects = node.list(list);
    return objects === UNKNOWN ? [UNKNOWN] : elements(objects).map((each) => each.str(property));
}

/** What is registered in each target group: ECS services, Auto Scaling groups, instances. */
export function targetsByGroup(graph: ResourceGraph): ReadonlyMap<Node, ReadonlySet<Node>> {
    const targets = new Map<Node, Set<Node>>();
    const register = (from: Node, property: string, arns: readonly Maybe<string>[], target: Node): void => {
        const set = arns.filter((arn) => arn !== undefined);
        for (const group of graph.resolveValues(from, property, set, "targetGroup").nodes) {
            add(targets, group, [target]);
        }
    };
    for (const service of graph.all("ecsService")) {
        register(service, "loadBalancers", valuesIn(service, "loadBalancers", "targetGroupArn"), service);
    }
    for (const group of graph.all("autoScalingGroup")) {
        const arns = group.strings("targetGroupArns");
        register(group, "targetGroupArns", arns === UNKNOWN ? [UNKNOWN] : (arns ?? []), group);
        register(group, "trafficSources", valuesIn(group, "trafficSources", "identifier"), group);
    }
    for (const attachment of graph.all("autoScalingAttachment")) {
        const group = single(graph, attachment, "autoscalingGroupName", "autoScalingGroup");
        if (isNode(group)) {
            register(attachment, "lbTargetGroupArn", [attachment.str("lbTargetGroupArn")], group);
        }
    }
    for (const attachment of graph.all("autoScalingTrafficSourceAttachment")) {
        const group = single(graph, attachment, "autoscalingGroupName", "autoScalingGroup");
        if (isNode(group)) {
            register(attachment, "trafficSource", [attachment.str("trafficSource.identifier")], group);
        }
    }
    for (const attachment of graph.all("targetGroupAttachment")) {
        const instance = single(graph, attachment, "targetId", "instance");
        if (isNode(instance)) {
            register(attachment, "targetGroupArn", [attachment.str("targetGroupArn")], instance);
        }
    }
    return targets;
}

/** Where a load balancer is, and the property that says so. */
export function placementOfBalancer(
    graph: ResourceGraph,
    balancer: Node,
): { readonly property: string; readonly placement: Placement } {
    const mappings = (balancer.inputs ?? balancer).list("subnetMappings");
    if (balancer.get("subnets") === undefined && mappings !== undefined) {
        const property = "subnetMappings";
        const values = mappings === UNKNOWN ? UNKNOWN : mappings.map((mapping) => mapping.str("subnetId") ?? UNKNOWN);
        return { property, placement: placementBySubnets(graph, balancer, property, values) };
    }
    const values = balancer.strings("subnets");
    const placement = values === undefined ? ANYWHERE : placementBySubnets(graph, balancer, "subnets", values);
    return { property: "subnets", placement };
}

/** Where a target runs; `undefined` where its own properties do not decide it. */
export function placementOfTarget(graph: ResourceGraph, target: Node): Placement | undefined {
    if (target.is("ecsService")) {
        // Without a network of their own, tasks run in the zones of the cluster's instances.
        const property = "networkConfiguration.subnets";
        return target.get("networkConfiguration") === undefined
            ? undefined
            : placementBySubnets(graph, target, property, target.strings(property));
    }
    if (target.is("autoScalingGroup")) {
        const property = placedBy(target);
        return property === "availabilityZones"
            ? placementByZones(target.strings(property))
            : placementBySubnets(graph, target, property, target.strings(property));
    }
    return (target.inputs ?? target).get("subnetId") === undefined
        ? placementByZones(target.strings("availabilityZone"))
        : placementBySubnets(graph, target, "subnetId", target.strings("subnetId"));
}
