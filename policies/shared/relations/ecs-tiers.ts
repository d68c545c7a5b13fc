/** The tiers that are ECS services. */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Unknown } from "../unknown";
import { ANY_ZONES, type ComputeTier } from "./compute-tier";
import { hostsOf, runsApart } from "./ecs-hosts";
import { ecsFloor } from "./ecs-scaling";
import { strategyOf } from "./ecs-strategy";

/** Whether each task has a machine of its own, as on Fargate, or by constraint. */
function machinesOf(graph: ResourceGraph, service: Node): "own" | Unknown {
    if (runsApart(service)) {
        return "own";
    }
    // The program's own words: the provider fills in a type where a strategy decides.
    const launchType = (service.inputs ?? service).str("launchType");
    if (launchType !== undefined) {
        return launchType === "FARGATE" ? "own" : UNKNOWN;
    }
    const { items } = strategyOf(graph, service);
    const providers = items === UNKNOWN ? [UNKNOWN] : (items ?? []).map((item) => item.get("capacityProvider"));
    const fargate = providers.every((provider) => provider === "FARGATE" || provider === "FARGATE_SPOT");
    return fargate && providers.length > 0 ? "own" : UNKNOWN;
}

const SUBNETS = "networkConfiguration.subnets";

type Place = Pick<ComputeTier, "zones" | "zonesProperty" | "zonesOfHosts" | "fewerZones">;

/** Where tasks run: in the subnets of their own network, but only where there are instances for them. */
function placeOf(graph: ResourceGraph, service: Node, floor: number | Unknown): Place {
    const own: Place | undefined =
        service.get("networkConfiguration") === undefined
            ? undefined
            : { zones: graph.zonesOf(service, SUBNETS), zonesProperty: SUBNETS, zonesOfHosts: false };
    const hosts = hostsOf(graph, service, floor);
    if (hosts === undefined) {
        return own ?? { zones: ANY_ZONES, zonesProperty: SUBNETS, zonesOfHosts: true };
    }
    return own !== undefined && own.zones.atMost <= hosts.zones.atMost
        ? own
        : {
              zones: hosts.zones,
              zonesProperty: hosts.property,
              zonesOfHosts: false,
              ...(hosts.fewer === undefined ? {} : { fewerZones: hosts.fewer }),
          };
}

export function ecsTier(graph: ResourceGraph, node: Node): readonly ComputeTier[] {
    // A daemon runs once on each instance: its count is the instances', which is another tier.
    if (node.get("schedulingStrategy") === "DAEMON") {
        return [];
    }
    const { floor, property } = ecsFloor(graph, node);
    const place = placeOf(graph, node, floor);
    return [
        {
            node,
            kind: "ecs-service",
            members: [node],
            units: "tasks",
            floor,
            floorUncountable: false,
            floorProperty: property,
            ...place,
            parts: [{ floor, zones: place.zones }],
            machines: machinesOf(graph, node),
        },
    ];
}
