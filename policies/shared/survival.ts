/**
 * What is left of a tier when one unit, one node or one zone is lost: the arithmetic, and the plain data it ends in.
 *
 * A scheduler spreads a tier's units evenly over its zones, so the fullest zone holds ⌈units / zones⌉ of them, and that
 * is what goes with it. The same holds for nodes. Everything is counted at the tier's floor, the smallest number of
 * units that autoscaling may leave running: that is what a failure at night meets.
 *
 * Where the zones are not sure, what is lost lies between two figures: the best and the worst that what is known allows.
 */

/** What a failure takes and what it leaves, in units. Together they are the tier's floor. */
export interface Loss {
    readonly lost: number;
    readonly left: number;
}

/** The least and the most that a failure may take. They are equal where everything is known. */
export interface LossRange {
    readonly best: Loss;
    readonly worst: Loss;
}

/** Availability zones in plain data. */
export interface ZonesInUse {
    /** The names (or ids) that are known, sorted. */
    readonly names: readonly string[];
    readonly atLeast: number;
    /** `null`: nothing limits the number. */
    readonly atMost: number | null;
    /** Whether `names` are exactly the zones. */
    readonly sure: boolean;
}

/** Units that one thing spreads over its zones: the whole tier, or one of the groups that it consists of. */
export interface Part {
    readonly floor: number;
    readonly zones: Pick<ZonesInUse, "names" | "atLeast" | "atMost">;
    /** How many units a zone may have more than another; default 1, which is as even as it gets. */
    readonly maxSkew?: number;
}

export type TierKind =
    | "ecs-service"
    | "auto-scaling-group"
    | "eks-node-groups"
    | "kubernetes-workload"
    | "rds-instance"
    | "rds-cluster"
    | "elasticache-replication-group"
    | "elasticache-cluster"
    | "msk-cluster"
    | "nat-gateways"
    | "load-balancer"
    | "efs-file-system";

/** "short": less is left than is needed. "undetermined": what is known does not say. */
export type Verdict = "ok" | "short" | "undetermined";

/** Units that serve in one role (writers, readers), once what takes over by itself has done so. `null`: not known. */
export interface Serving {
    readonly before: number;
    readonly afterUnit: number | null;
    readonly afterNode: number | null;
    readonly afterZone: number | null;
}

/** How a data tier gets over the loss of the unit that takes the writes. */
export interface Failover {
    /** Whether another takes over without anybody's doing. */
    readonly automatic: boolean;
    /** How long that takes, as the vendor's documentation words it; `null` where it names no figure. */
    readonly typical: string | null;
    /** The page that says so. */
    readonly source: string;
}

/** What one tier survives, in plain data that can be written as JSON. */
export interface TierSurvival {
    /** The resource that stands for the tier. */
    readonly urn: string;
    /** Its logical name; of several groups that are one tier, all names. */
    readonly name: string;
    readonly kind: TierKind;
    /** What it runs, in the plural: "tasks", "instances", "brokers". */
    readonly units: string;
    /** The fewest units that always run; `null` where that is not known. */
    readonly floor: number | null;
    /** The property that sets the floor, as a person finds it. */
    readonly floorProperty: string;
    readonly zones: ZonesInUse;
    /** The property that sets the zones. */
    readonly zonesProperty: string;
    /** Units that carry the load; of a data tier, units that take writes. `null` where that is not known. */
    readonly need: number | null;
    /** The loss of one unit, one machine, one zone; `null` where nothing is known of it. */
    readonly losses: {
        readonly unit: Loss | null;
        readonly node: Loss | null;
        readonly zone: LossRange | null;
    };
    /** Of data tiers only. */
    readonly writers: Serving | null;
    readonly readers: Serving | null;
    readonly failover: Failover | null;
    readonly verdict: Verdict;
    /** The whole in one sentence. */
    readonly sentence: string;
}

function loss(units: number, lost: number): Loss {
    const taken = Math.min(units, Math.max(0, lost));
    return { lost: taken, left: units - taken };
}

function largestOf(units: number, groups: number): number {
    return units === 0 ? 0 : Math.ceil(units / Math.max(1, groups));
}

/** The fullest of the groups where one may have `maxSkew` units more than another: x + (groups − 1) × (x − maxSkew) = units. */
function fullestOf(units: number, groups: number, maxSkew: number): number {
    const others = Math.max(0, groups - 1);
    const more = Math.min(Math.max(1, maxSkew), units);
    return Math.min(units, Math.floor((units + others * more) / Math.max(1, groups)));
}

/** A number of units as programs may write it, as one that can be counted with. */
export function whole(units: number): number {
    return Number.isFinite(units) ? Math.max(0, Math.floor(units)) : 0;
}

/** What the loss of one unit takes. */
export function lossOfUnit(floor: number): Loss {
    return loss(whole(floor), 1);
}

/** What the loss of one machine takes of units that are spread evenly over so many. */
export function lossOfNode(floor: number, nodes: number): Loss {
    const units = whole(floor);
    return loss(units, largestOf(units, nodes));
}

/**
 * What the loss of one zone takes. Each part is spread evenly over its own zones; which of them get one unit more is
 * not known, so the parts' larger shares may or may not fall together.
 * @param zonesAtMost how many zones all parts together can be in; `null` where nothing limits them
 */
export function lossOfZone(parts: readonly Part[], zonesAtMost: number | null = null): LossRange {
    const spread = parts.map(({ floor, zones, maxSkew = 1 }) => {
        const units = whole(floor);
        const atMost = zones.atMost ?? Infinity;
        const sure = zones.names.length === atMost && zones.atLeast === atMost;
        return { units, sure, maxSkew, names: zones.names, atLeast: zones.atLeast, atMost: Math.min(atMost, units) };
    });
    const total = spread.reduce((sum, { units }) => sum + units, 0);
    const sure = spread.filter((part) => part.sure);
    const unsure = spread.filter((part) => !part.sure);

    const atMostIn = new Map<string, number>();
    const atLeastIn = new Map<string, number>();
    for (const { units, names, maxSkew } of sure) {
        for (const zone of names) {
            atMostIn.set(zone, (atMostIn.get(zone) ?? 0) + fullestOf(units, names.length, maxSkew));
            const fewest = maxSkew > 1 ? 0 : Math.floor(units / names.length);
            atLeastIn.set(zone, (atLeastIn.get(zone) ?? 0) + fewest);
        }
    }
    const anywhere = unsure.reduce((sum, part) => sum + fullestOf(part.units, part.atLeast, part.maxSkew), 0);
    const alone = Math.max(0, ...spread.map(({ units, atMost }) => largestOf(units, atMost)));
    // In however many zones they are together, one of these has its share of all.
    const places = unsure.length === 0 && atMostIn.size > 0 ? atMostIn.size : (zonesAtMost ?? Infinity);
    const together = places === Infinity ? 0 : largestOf(total, places);
    const fewest = Math.max(alone, together, ...atLeastIn.values());
    return {
        best: loss(total, fewest),
        worst: loss(total, Math.max(fewest, Math.max(0, ...atMostIn.values()) + anywhere)),
    };
}

/** Whether what is left is enough. */
export function verdictOn(need: number, left: { readonly best: number; readonly worst: number }): Verdict {
    return left.best < need ? "short" : left.worst < need ? "undetermined" : "ok";
}

/**
 * The smallest floor of which the loss of one zone leaves at least the need; `undefined` where no floor does, which is
 * so with one zone only.
 */
export function floorThatSurvivesZoneLoss(need: number, zones: number): number | undefined {
    if (need <= 0) {
        return 0;
    }
    if (zones < 2) {
        return undefined;
    }
    // floor − ⌈floor / zones⌉ = ⌊floor × (zones − 1) / zones⌋ ≥ need
    return Math.ceil((need * zones) / (zones - 1));
}
