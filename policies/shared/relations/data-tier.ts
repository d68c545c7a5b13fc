/** What a tier of data or traffic is: units in zones, of which some write and some read. */
import type { Node, ResourceGraph, Zones } from "../graph";
import type { Failover, LossRange, Part, TierKind } from "../survival";
import { UNKNOWN, type Maybe, type Unknown } from "../unknown";
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

/** Units over a number of zones whose names are not known. */
export function over(floor: number, atLeast: number, atMost: number | null): Part {
    return { floor, zones: { names: [], atLeast, atMost } };
}

/** One unit in one zone, known or not. */
export function inOneZone(zone: Maybe<string>): Part {
    const names = typeof zone === "string" ? [zone] : [];
    return { floor: 1, zones: { names, atLeast: 1, atMost: 1 } };
}

/** The zones of parts together. */
export function zonesOfParts(parts: readonly Part[]): Zones {
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
export function withinSubnetGroup(
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
            atLeast: Math.min(own.atLeast, atMost),
            atMost: Math.min(own.atMost, atMost),
        },
        atMost: atMost === Infinity ? null : atMost,
    };
}

/** What is left of a role that every unit of the parts has. */
export function leftOf(range: LossRange): { readonly best: number; readonly worst: number } {
    return { best: range.best.left, worst: range.worst.left };
}

/** The different values that are known. */
export function known(values: readonly (string | Unknown)[]): readonly string[] {
    return [...new Set(values.filter((value) => value !== UNKNOWN))];
}

export const always = (count: number): ServingRange["afterZone"] => ({ best: count, worst: count });
