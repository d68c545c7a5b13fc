/** Workloads that a program spreads over zones by hand: one for each zone, all behind one Service. */
import type { ResourceGraph } from "../graph";
import { UNKNOWN } from "../unknown";
import { servedBy, type Service } from "./kubernetes-services";
import { workloadOf, type Workload } from "./kubernetes-workloads";

/** What runs behind the same Services as a workload, in other zones than its own. */
export interface ZonalSiblings {
    readonly count: number;
    /** The pods that always run there, as far as their numbers are known, and whether all are. */
    readonly floor: number;
    readonly floorKnown: boolean;
}

const NONE: ZonalSiblings = { count: 0, floor: 0, floorKnown: true };

function zoneOf({ spread: { zones } }: Workload): string | undefined {
    const [zone] = zones.names;
    return zones.atMost === 1 ? zone : undefined;
}

type ByZone = ReadonlyMap<string, ZonalSiblings>;

const cache = new WeakMap<readonly Service[], ByZone>();

/** What runs behind some Services in each zone, of what is kept in one. */
function byZone(graph: ResourceGraph, services: readonly Service[]): ByZone {
    let zones = cache.get(services);
    if (zones === undefined) {
        const owners = new Set([...new Set(services.map(({ selected }) => selected.sure))].flat());
        const map = new Map<string, ZonalSiblings>();
        for (const { node } of owners) {
            const workload = workloadOf(graph, node);
            const zone = workload === undefined ? undefined : zoneOf(workload);
            if (workload !== undefined && zone !== undefined) {
                map.set(zone, sum(map.get(zone) ?? NONE, counted(workload)));
            }
        }
        zones = map;
        cache.set(services, zones);
    }
    return zones;
}

function counted({ floor }: Workload): ZonalSiblings {
    return floor === UNKNOWN ? { count: 1, floor: 0, floorKnown: false } : { count: 1, floor, floorKnown: true };
}

function sum(one: ZonalSiblings, other: ZonalSiblings): ZonalSiblings {
    return {
        count: one.count + other.count,
        floor: one.floor + other.floor,
        floorKnown: one.floorKnown && other.floorKnown,
    };
}

/** The workloads behind the same Service that are kept in other zones. None where the workload itself is not kept in one. */
export function zonalSiblings(graph: ResourceGraph, workload: Workload): ZonalSiblings {
    const own = zoneOf(workload);
    return own === undefined
        ? NONE
        : [...byZone(graph, servedBy(graph, workload.node).sure)]
              .filter(([zone]) => zone !== own)
              .reduce((total, [, there]) => sum(total, there), NONE);
}
