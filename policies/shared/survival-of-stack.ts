/** What every tier of a stack survives: the one computation behind the rules about capacity and the reports. */
import type { Node, ResourceGraph, Zones } from "./graph";
import type { ComputeTier } from "./relations/compute-tier";
import { computeTiers } from "./relations/compute-tiers";
import type { DataTier, ServingRange } from "./relations/data-tier";
import { dataTiers } from "./relations/data-tiers";
import {
    lossOfNode,
    lossOfUnit,
    lossOfZone,
    verdictOn,
    whole,
    type Failover,
    type LossRange,
    type Serving,
    type TierSurvival,
    type Verdict,
    type ZonesInUse,
} from "./survival";
import { DEFAULT_NEEDS, saidNeedOf, type Needs } from "./survival-need";
import { UNKNOWN } from "./unknown";

/** What every tier of a stack survives, sorted by name. */
export function survivalOf(graph: ResourceGraph, needs: Needs = DEFAULT_NEEDS): readonly TierSurvival[] {
    return [
        ...computeTiers(graph).map((tier) => survivalOfCompute(tier, needs)),
        ...dataTiers(graph).map(survivalOfData),
    ].sort((a, b) => (a.name < b.name || (a.name === b.name && a.urn < b.urn) ? -1 : 1));
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

/** What a tier is and where it runs, whatever it is a tier of. */
type Identity = Pick<
    TierSurvival,
    "urn" | "name" | "kind" | "units" | "floor" | "floorProperty" | "zones" | "zonesProperty"
>;

function identityOf(tier: ComputeTier | DataTier): Identity {
    return {
        urn: tier.node.urn,
        name: nameOf(tier.members),
        kind: tier.kind,
        units: tier.units,
        floor: tier.floor === UNKNOWN ? null : whole(tier.floor),
        floorProperty: tier.floorProperty,
        zones: plainZones(tier.zones),
        zonesProperty: tier.zonesProperty,
    };
}

/** What a compute tier survives. */
function survivalOfCompute(tier: ComputeTier, needs: Needs): TierSurvival {
    const identity = identityOf(tier);
    const { name, floor, zones } = identity;
    const need = needOf(tier, needs);
    const parts = tier.parts.flatMap(({ floor: units, zones: own, maxSkew = 1 }) =>
        units === UNKNOWN ? [] : [{ floor: units, zones: plainZones(own), maxSkew }],
    );
    const zone = floor === null ? null : lossOfZone(parts, zones.atMost);
    const verdict: Verdict =
        zone === null || need === undefined
            ? "undetermined"
            : verdictOn(need, { best: zone.best.left, worst: zone.worst.left });
    return {
        ...identity,
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

/** The logical name; of several resources that are one tier, all names. */
function nameOf(members: readonly Node[]): string {
    return members
        .map(({ name }) => name)
        .sort()
        .join(", ");
}

/** What a tier of data or traffic survives. */
function survivalOfData(tier: DataTier): TierSurvival {
    const identity = identityOf(tier);
    const { name, floor, zones } = identity;
    const zone = floor === null ? null : lossOfZone(tier.parts, zones.atMost);
    const unit = floor === null ? null : lossOfUnit(floor);
    const { need, beyond, failover = null } = tier;
    const [writers, readers] = [tier.writers, tier.readers].map((role) => withinWhatIsLeft(role, zone));
    return {
        ...identity,
        need: floor === null ? null : need,
        // Each unit is a machine of its own.
        losses: { unit, node: unit, zone },
        writers: floor === null || writers === undefined ? null : plainServing(writers),
        readers: floor === null || readers === undefined ? null : plainServing(readers),
        failover,
        verdict: zone === null ? "undetermined" : beyond === undefined ? verdictOnData(writers, need, zone) : "short",
        sentence:
            sentenceOf(
                name,
                tier.units,
                floor,
                zones,
                need,
                zone,
                servingClause(writers, readers, failover),
                writers === undefined ? "" : "writers",
            ) + (beyond === undefined ? "" : ` ${beyond}.`),
    };
}

function verdictOnData(writers: ServingRange | undefined, need: number, zone: LossRange): Verdict {
    const { best, worst } =
        writers === undefined ? { best: zone.best.left, worst: zone.worst.left } : writers.afterZone;
    const unit = writers?.afterUnit ?? Infinity;
    return verdictOn(need, { best: Math.min(best, unit), worst: Math.min(worst, unit) });
}

/** No more serve than are left: a standby in the zone that is lost takes nothing over. */
function withinWhatIsLeft(role: ServingRange | undefined, zone: LossRange | null): ServingRange | undefined {
    if (role === undefined || zone === null) {
        return role;
    }
    const { best, worst } = role.afterZone;
    return {
        ...role,
        afterZone: { best: Math.min(best, zone.best.left), worst: Math.min(worst, zone.worst.left) },
    };
}

/** The worst that what is known allows. */
function plainServing({ before, afterUnit, afterZone }: ServingRange): Serving {
    return { before, afterUnit, afterNode: afterUnit, afterZone: afterZone.worst };
}

/** ", then 1 of 1 writer and 1 of 2 readers serve, after a failover by itself (60–120 seconds)". */
function servingClause(
    writers: ServingRange | undefined,
    readers: ServingRange | undefined,
    failover: Failover | null,
): string {
    if (writers === undefined) {
        return "";
    }
    const role = ({ before, afterZone }: ServingRange, plural: string): string =>
        `${range(afterZone.worst, afterZone.best)} of ${counted(before, plural)}`;
    const reading = readers === undefined || readers.before === 0 ? [] : [role(readers, "readers")];
    const roles = [role(writers, "writers"), ...reading];
    const again =
        failover === null
            ? ""
            : !failover.automatic
              ? ", and nothing takes over by itself"
              : failover.typical === null
                ? ", once others have taken over by themselves"
                : `, once another has taken over by itself (typically ${failover.typical})`;
    return `; ${roles.join(" and ")} ${roles.length === 1 && writers.before === 1 ? "serves" : "serve"} then${again}`;
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
    if (names.length > atMost) {
        // A subnet group names the zones among which the cloud chooses.
        return ` over ${range(atLeast, atMost)} of the zones ${names.join(", ")}`;
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
    serving = "",
    role = "",
): string {
    if (floor === null || zone === null) {
        return `How many ${units} of ${name} always run is not known.`;
    }
    const whom = role === "" ? String(need) : counted(need ?? 0, role);
    const needed =
        need === undefined ? "how many are needed is not known" : `${whom} ${need === 1 ? "is" : "are"} needed`;
    return (
        `${name} ${name.includes(", ") ? "run" : "runs"} ${counted(floor, units)}${placesOf(zones)}, the loss of one zone takes ` +
        `${range(zone.best.lost, zone.worst.lost)} and leaves ${range(zone.worst.left, zone.best.left)}${serving}, and ${needed}.`
    );
}
