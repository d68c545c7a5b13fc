/** What every tier of a stack survives: the one computation behind the rules about capacity and the reports. */
import type { ResourceGraph, Zones } from "./graph";
import { computeTiers, type ComputeTier } from "./relations/compute-tiers";
import {
    lossOfNode,
    lossOfUnit,
    lossOfZone,
    verdictOn,
    type LossRange,
    type TierSurvival,
    type Verdict,
    type ZonesInUse,
} from "./survival";
import { DEFAULT_NEEDS, saidNeedOf, type Needs } from "./survival-need";
import { UNKNOWN } from "./unknown";

/** What every tier of a stack survives, sorted by name. */
export function survivalOf(graph: ResourceGraph, needs: Needs = DEFAULT_NEEDS): readonly TierSurvival[] {
    return computeTiers(graph)
        .map((tier) => survivalOfCompute(tier, needs))
        .sort((a, b) => (a.name < b.name || (a.name === b.name && a.urn < b.urn) ? -1 : 1));
}

/** Zones in plain data. */
function plainZones({ names, atLeast, atMost }: Zones): ZonesInUse {
    return {
        names: [...names].sort(),
        atLeast,
        atMost: atMost === Infinity ? null : atMost,
        sure: atLeast === atMost && names.size === atMost,
    };
}

/** What a tier needs: what was said of its members together, and else the default. `undefined`: not known. */
function needOf(tier: ComputeTier, needs: Needs): number | undefined {
    const said = tier.members.map((member) => saidNeedOf(member, needs).value).filter((value) => value !== undefined);
    if (said.length === 0) {
        return needs.defaultNeed;
    }
    const known = said.filter((value) => typeof value === "number");
    return known.length === said.length ? known.reduce((sum, value) => sum + value, 0) : undefined;
}

/** What a compute tier survives. */
function survivalOfCompute(tier: ComputeTier, needs: Needs): TierSurvival {
    const zones = plainZones(tier.zones);
    const need = needOf(tier, needs);
    const floor = tier.floor === UNKNOWN ? null : tier.floor;
    const parts = tier.parts.flatMap(({ floor: units, zones: own, maxSkew = 1 }) =>
        units === UNKNOWN ? [] : [{ floor: units, zones: plainZones(own), maxSkew }],
    );
    const zone = floor === null ? null : lossOfZone(parts);
    const verdict: Verdict =
        zone === null || need === undefined
            ? "undetermined"
            : verdictOn(need, { best: zone.best.left, worst: zone.worst.left });
    const name = tier.members
        .map((member) => member.name)
        .sort()
        .join(", ");
    return {
        urn: tier.node.urn,
        name,
        kind: tier.kind,
        units: tier.units,
        floor,
        floorProperty: tier.floorProperty,
        zones,
        zonesProperty: tier.zonesProperty,
        need: need ?? null,
        losses: {
            unit: floor === null ? null : lossOfUnit(floor),
            node: floor === null || tier.machines === UNKNOWN ? null : lossOfNode(floor, floor),
            zone,
        },
        writers: null,
        readers: null,
        failover: null,
        verdict,
        sentence: sentenceOf(name, tier.units, floor, zones, need, zone),
    };
}

function counted(count: number, plural: string): string {
    return `${count} ${count === 1 ? plural.replace(/s$/, "") : plural}`;
}

function range(from: number, to: number): string {
    return from === to ? String(from) : `${from} to ${to}`;
}

function placesOf({ names, atLeast, atMost }: ZonesInUse): string {
    if (atMost === null) {
        return "";
    }
    const count = atLeast === atMost ? counted(atMost, "zones") : `${range(atLeast, atMost)} zones`;
    return ` over ${count}${names.length === 0 ? "" : ` (${names.join(", ")})`}`;
}

function sentenceOf(
    name: string,
    units: string,
    floor: number | null,
    zones: ZonesInUse,
    need: number | undefined,
    zone: LossRange | null,
): string {
    if (floor === null || zone === null) {
        return `How many ${units} of ${name} always run is not known.`;
    }
    const needed =
        need === undefined ? "how many are needed is not known" : `${need} ${need === 1 ? "is" : "are"} needed`;
    return (
        `${name} ${name.includes(", ") ? "run" : "runs"} ${counted(floor, units)}${placesOf(zones)}, the loss of one zone takes ` +
        `${range(zone.best.lost, zone.worst.lost)} and leaves ${range(zone.worst.left, zone.best.left)}, and ${needed}.`
    );
}
