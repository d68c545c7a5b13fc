/** Which instances an ECS service's tasks run on: service → capacity provider → Auto Scaling group → zones. */
import type { Node, ResourceGraph, Zones } from "../graph";
import { elements, UNKNOWN, type Unknown } from "../unknown";
import { autoScalingFloor, zonesOfGroup } from "./auto-scaling-tiers";
import { union } from "./compute-tier";
import { strategyOf, usedItems } from "./ecs-strategy";
import { isNode, single } from "./reference";

/** Where the instances under a service are. */
export interface Hosts {
    readonly zones: Zones;
    /** The property that sets the zones, as a person finds it. */
    readonly property: string;
    /** Why the tasks may be in fewer zones than the instances can be, where they may. */
    readonly fewer: { readonly property: string; readonly problem: string } | undefined;
}

/** The instances that a service's tasks run on; nothing where they are not all of Auto Scaling groups of the stack. */
export function hostsOf(graph: ResourceGraph, service: Node, tasks: number | Unknown): Hosts | undefined {
    const groups = groupsOf(graph, service);
    if (groups === undefined) {
        return undefined;
    }
    const all = groups.map((group) => ({
        ...zonesOfGroup(graph, group),
        floor: autoScalingFloor(graph, group),
        group,
    }));
    const names = groups.map(({ name }) => name).join(", ");
    const property = `${all[0]?.property ?? "vpcZoneIdentifiers"} of ${names}`;
    const zones = union(all.map((each) => each.zones));
    const apart = runsApart(service) && tasks !== UNKNOWN ? tasks : 1;
    // A group spreads its instances evenly over its zones. Which of several groups a task comes to is not known.
    const sure = Math.min(
        ...all.map((each) =>
            Math.min(Math.max(1, apart, each.floor.floor === UNKNOWN ? 1 : each.floor.floor), each.zones.atLeast),
        ),
    );
    const narrowest = all.reduce((one, other) => (isFewer(other.floor.floor, one.floor.floor) ? other : one));
    const least = narrowest.floor.floor;
    const spread = spreadsOverZones(service);
    const fewer =
        spread !== true
            ? {
                  property: "orderedPlacementStrategies",
                  problem:
                      spread === UNKNOWN
                          ? "is not known in preview"
                          : "does not begin with `attribute:ecs.availability-zone`, so one zone may get all tasks",
              }
            : sure < zones.atLeast
              ? {
                    property: `${narrowest.floor.property} of ${narrowest.group.name}`,
                    problem:
                        least === UNKNOWN
                            ? "is not known, so all tasks may be on instances of one zone"
                            : `is ${least}, so all tasks may be on instances of ${sure === 1 ? "one zone" : `${sure} zones`}`,
                }
              : undefined;
    return { property, fewer, zones: { ...zones, atLeast: spread === true ? sure : Math.min(1, zones.atLeast) } };
}

function isFewer(one: number | Unknown, other: number | Unknown): boolean {
    return other !== UNKNOWN && (one === UNKNOWN || one < other);
}

/** The groups behind a service's capacity providers. */
function groupsOf(graph: ResourceGraph, service: Node): readonly Node[] | undefined {
    const { from, key, items } = strategyOf(graph, service);
    const groups = new Set<Node>();
    if (items === UNKNOWN || items === undefined) {
        return undefined;
    }
    for (const item of usedItems(items)) {
        const { nodes } = graph.resolveOne(from, key, item.str("capacityProvider"), "ecsCapacityProvider");
        const [provider, ...others] = nodes;
        const property = "autoScalingGroupProvider.autoScalingGroupArn";
        const group = provider === undefined ? "unset" : single(graph, provider, property, "autoScalingGroup");
        if (others.length > 0 || !isNode(group)) {
            return undefined;
        }
        groups.add(group);
    }
    return groups.size === 0 ? undefined : [...groups].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Whether each task has an instance of its own. */
export function runsApart(service: Node): boolean {
    return elements((service.inputs ?? service).list("placementConstraints")).some(
        (constraint) => constraint.get("type") === "distinctInstance",
    );
}

/**
 * Whether tasks are placed evenly over zones first, as they are where nothing is said.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-strategies.html
 */
function spreadsOverZones(service: Node): boolean | Unknown {
    const strategies = (service.inputs ?? service).list("orderedPlacementStrategies");
    const [first] = elements(strategies);
    if (strategies === UNKNOWN || first === undefined) {
        return strategies === UNKNOWN ? UNKNOWN : true;
    }
    const [type, field] = [first.str("type"), first.str("field")];
    return type === UNKNOWN || field === UNKNOWN
        ? UNKNOWN
        : type === "spread" && field === "attribute:ecs.availability-zone";
}
