/** What a tier of compute is: copies of one thing, with a floor and zones. */
import type { Node, Zones } from "../graph";
import type { TierKind } from "../survival";
import { UNKNOWN, type Unknown } from "../unknown";

/** What spreads its own units evenly over its own zones. */
export interface TierPart {
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
    /** Why its units may be in fewer zones than its machines can be, where they may. */
    readonly fewerZones?: { readonly property: string; readonly problem: string };
    readonly parts: readonly TierPart[];
    /** Machines that the units are spread over: each unit has its own, or it is not known how many there are. */
    readonly machines: "own" | Unknown;
}

export const ANY_ZONES: Zones = { names: new Set(), atLeast: 1, atMost: Infinity };

/** A floor and the property that sets it. */
export interface Floor {
    readonly floor: number | Unknown;
    readonly property: string;
    /** Set where the floor is counted in something else than units. */
    readonly uncountable?: boolean;
}

/** The lowest of several floors that hold at different times; not known as long as one of them is not. */
export function lowest(own: Floor, others: readonly Floor[]): Floor {
    const all = [own, ...others];
    const least = all.reduce((one, other) =>
        one.floor !== UNKNOWN && other.floor !== UNKNOWN && other.floor < one.floor ? other : one,
    );
    return all.find(({ floor }) => floor === UNKNOWN) ?? least;
}

/** The zones of several parts together. */
export function union(zones: readonly Zones[]): Zones {
    const names = new Set(zones.flatMap((each) => [...each.names]));
    const open = zones.reduce((sum, each) => sum + (each.atMost - each.names.size), 0);
    const exact = zones.every((each) => each.atLeast === each.names.size);
    return {
        names,
        atMost: names.size + open,
        atLeast: exact ? names.size : Math.max(0, ...zones.map(({ atLeast }) => atLeast)),
    };
}
