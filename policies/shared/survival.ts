/**
 * What is left of a tier when one task, one node or one zone is lost.
 *
 * A scheduler spreads a tier's units evenly over its zones, so the fullest zone holds ⌈units / zones⌉ of them, and that
 * is what goes with it. The same holds for nodes. Everything is counted at the tier's floor, the smallest number of
 * units that autoscaling may leave running: that is what a failure at night meets.
 */
export interface Tier {
    /** Units (tasks, instances, pods) that always run: the autoscaling minimum, else the fixed count. */
    readonly floor: number;
    /** Availability zones the units are spread over. */
    readonly zones: number;
    /** Machines the units are spread over; unset where each unit has its own, as on Fargate. */
    readonly nodes?: number;
}

/** What a failure takes and what it leaves, in units. */
interface Loss {
    readonly lost: number;
    readonly left: number;
}

export interface Survival {
    readonly task: Loss;
    readonly node: Loss;
    readonly zone: Loss;
}

function lossOfLargest(units: number, groups: number): Loss {
    const lost = units === 0 ? 0 : Math.ceil(units / Math.max(1, groups));
    return { lost, left: units - lost };
}

/** What the loss of one task, one node and one zone takes from a tier and leaves of it. */
export function survival(tier: Tier): Survival {
    const floor = Math.max(0, Math.floor(tier.floor));
    return {
        task: lossOfLargest(floor, floor),
        node: lossOfLargest(floor, tier.nodes ?? floor),
        zone: lossOfLargest(floor, tier.zones),
    };
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
