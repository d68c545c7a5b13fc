/** Whether what runs in some subnets finds its counterpart (a load balancer, a mount target) in each of their zones. */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Maybe, type Unknown } from "../unknown";

/** "use1-az1", in place of a name such as "us-east-1a". */
const ZONE_ID = /-az\d+$/;

/** Where something is, as far as that is known. */
export interface Placement {
    /** Subnets of the stack. */
    readonly subnets: readonly Node[];
    /** Ids of subnets that are not of the stack. */
    readonly outside: ReadonlySet<string>;
    /** Availability zones that are named without a subnet. */
    readonly zones: ReadonlySet<string>;
    /** Whether it is, or may be, in other places besides. */
    readonly open: boolean;
}

export const NOWHERE: Placement = { subnets: [], outside: new Set(), zones: new Set(), open: false };
export const ANYWHERE: Placement = { ...NOWHERE, open: true };

/** The placement by the subnets that were read from inside a property. */
export function placementBySubnets(
    graph: ResourceGraph,
    node: Node,
    property: string,
    values: Maybe<readonly (string | Unknown)[]>,
): Placement {
    const { nodes, outside, count, exact } = graph.resolveValues(node, property, values, "subnet");
    // An unknown list is taken for all that it depends on; a choice among too many says nothing.
    if (!exact && outside === 0 && (count !== undefined || nodes.length === 0)) {
        return ANYWHERE;
    }
    const ids = values === undefined || values === UNKNOWN || outside === 0 ? [] : values;
    const foreign = ids.filter((id): id is string => id !== UNKNOWN && graph.identifiedBy(id, "subnet").length === 0);
    return { subnets: nodes, outside: new Set(foreign), zones: new Set(), open: outside > foreign.length };
}

/** The placement by zones that are named themselves. */
export function placementByZones(values: Maybe<readonly (string | Unknown)[]>): Placement {
    if (values === undefined || values === UNKNOWN) {
        return ANYWHERE;
    }
    const zones = new Set(values.filter((zone): zone is string => zone !== UNKNOWN));
    return { ...NOWHERE, zones, open: values.includes(UNKNOWN) };
}

/** All places together. */
export function together(placements: readonly Placement[]): Placement {
    return {
        subnets: [...new Set(placements.flatMap(({ subnets }) => subnets))],
        outside: new Set(placements.flatMap(({ outside }) => [...outside])),
        zones: new Set(placements.flatMap(({ zones }) => [...zones])),
        open: placements.some(({ open }) => open),
    };
}

/** The zones of a placement, and whether there may be more. */
function zonesOf(graph: ResourceGraph, placement: Placement): { names: ReadonlySet<string>; open: boolean } {
    const zones = placement.subnets.map((subnet) => graph.zoneOf(subnet));
    return {
        names: new Set([...placement.zones, ...zones.filter((zone): zone is string => zone !== UNKNOWN)]),
        open: placement.open || placement.outside.size > 0 || zones.includes(UNKNOWN),
    };
}

/** "us-east-1a, us-east-1b": the zones of a placement that are known. */
export function zoneNames(graph: ResourceGraph, placement: Placement): string {
    return [...zonesOf(graph, placement).names].sort().join(", ");
}

export interface Uncovered {
    /** Zones of the users in which there surely is no counterpart. */
    readonly missing: readonly string[];
    /** Whether there may be such zones among what is not known. */
    readonly open: boolean;
}

/** The zones of `users` in which `hosts` is not. */
export function uncovered(graph: ResourceGraph, users: Placement, hosts: Placement): Uncovered {
    const { names, open: hostsOpen } = zonesOf(graph, hosts);
    const missing = new Set<string>();
    let open = users.open || [...users.outside].some((id) => !hosts.outside.has(id));
    const judge = (zone: string, inside: boolean | Unknown): void => {
        if (inside === false && !hostsOpen) {
            missing.add(zone);
        } else if (inside !== true) {
            open = true;
        }
    };
    const own = new Set(hosts.subnets);
    for (const subnet of users.subnets.filter((each) => !own.has(each))) {
        const zone = graph.zoneOf(subnet);
        judge(zone === UNKNOWN ? subnet.name : zone, graph.isInZone(subnet, names));
    }
    for (const zone of users.zones) {
        // A name and an id may be those of one zone.
        const comparable = [...names].every((other) => ZONE_ID.test(other) === ZONE_ID.test(zone));
        judge(zone, names.has(zone) ? true : comparable ? false : UNKNOWN);
    }
    return { missing: [...missing].sort(), open };
}
