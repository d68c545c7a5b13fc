/** The tiers that are Auto Scaling groups. */
import type { Node, ResourceGraph, Zones } from "../graph";
import { elements, UNKNOWN, type Maybe } from "../unknown";
import { lowest, type ComputeTier, type Floor } from "./compute-tier";

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

/** The fewest instances of a group that always run. */
export function autoScalingFloor(graph: ResourceGraph, group: Node): Floor {
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

/** What places a group as the program says it: the provider fills in whichever of the two it leaves out. */
export function placedBy(group: Node): "vpcZoneIdentifiers" | "availabilityZones" {
    return (group.inputs ?? group).get("vpcZoneIdentifiers") === undefined ? "availabilityZones" : "vpcZoneIdentifiers";
}

/** The zones of an Auto Scaling group, and the property that sets them. */
export function zonesOfGroup(graph: ResourceGraph, group: Node): { readonly zones: Zones; readonly property: string } {
    const property = placedBy(group);
    if (property === "vpcZoneIdentifiers") {
        return { zones: graph.zonesOf(group, property), property };
    }
    const named = group.strings(property);
    if (named === UNKNOWN || named === undefined) {
        return { zones: { names: new Set(), atLeast: 0, atMost: Infinity }, property };
    }
    const names = new Set(named.filter((zone) => zone !== UNKNOWN));
    const unknown = named.filter((zone) => zone === UNKNOWN).length;
    return { zones: { names, atLeast: Math.max(names.size, 1), atMost: names.size + unknown }, property };
}

export function autoScalingTier(graph: ResourceGraph, node: Node): readonly ComputeTier[] {
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
