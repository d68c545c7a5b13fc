/**
 * Failure domains: for every tier, what is lost and what is left when one unit, one zone or the region goes.
 *
 * A component describes its tier in plain numbers; {@link survival} does the arithmetic. Nothing here knows Pulumi.
 */

/** How a tier is spread. */
export interface FailureDomain {
    /** The component's logical name. */
    readonly tier: string;
    /** What a unit is called, singular: `task`, `instance`, `node`, `NAT gateway`. */
    readonly unit: string;
    /** How many units run at the least: a service's minimum, not its maximum. */
    readonly units: number;
    /** Over how many zones the units are spread evenly. */
    readonly zones: number;
    /** How many units carry the load that the stage was sized for. Default 1: the tier is down only when all is gone. */
    readonly needed?: number;
    /**
     * Whether a managed service spans zones by itself (SQS, S3, CloudFront): a lost unit or zone costs nothing.
     * Default false.
     */
    readonly managed?: boolean;
    /** Whether data has a copy outside the region. Default false. */
    readonly survivesRegion?: boolean;
}

/** What remains of a tier after one loss. */
export interface Remainder {
    readonly left: number;
    /** Whether what is left carries the load. */
    readonly enough: boolean;
}

/** What a tier survives. */
export interface Survival {
    readonly tier: string;
    readonly unit: string;
    readonly units: number;
    readonly needed: number;
    readonly afterUnit: Remainder;
    /** The zone with the most units is the one that is lost. */
    readonly afterZone: Remainder;
    readonly afterRegion: Remainder;
}

/** Computes what a tier survives. */
export function survival(domain: FailureDomain): Survival {
    const needed = domain.needed ?? 1;
    const zones = Math.max(1, Math.min(domain.zones, domain.units));
    const largestZone = Math.ceil(domain.units / zones);
    const remainder = (left: number): Remainder => ({ left, enough: left >= needed });
    return {
        tier: domain.tier,
        unit: domain.unit,
        units: domain.units,
        needed,
        afterUnit: remainder(domain.managed ? domain.units : Math.max(0, domain.units - 1)),
        afterZone: remainder(domain.managed ? domain.units : domain.units - largestZone),
        afterRegion: remainder(domain.survivesRegion ? domain.units : 0),
    };
}

/** A component whose tier can fail. */
export interface FailureTier {
    readonly failureDomain: FailureDomain;
}

/** One line of text about a tier: `web: 3 tasks; 2 left without a task, 2 without a zone, 0 without the region (needs 2)`. */
export function describeSurvival(s: Survival): string {
    const mark = (r: Remainder) => `${String(r.left)}${r.enough ? "" : " (not enough)"}`;
    const article = /^[aeiou]/i.test(s.unit) ? "an" : "a";
    return (
        `${String(s.units)} ${s.unit}${s.units === 1 ? "" : "s"}, needs ${String(s.needed)}; ` +
        `left without ${article} ${s.unit}: ${mark(s.afterUnit)}, without a zone: ${mark(s.afterZone)}, ` +
        `without the region: ${mark(s.afterRegion)}`
    );
}
