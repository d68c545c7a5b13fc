import * as fc from "fast-check";
import { describeSurvival, FailureDomain, survival } from "../../components/failure-domain";

const web: FailureDomain = { tier: "web", unit: "task", units: 6, zones: 3, needed: 4 };

describe("what a tier survives", () => {
    it("loses the zone with the most units", () => {
        // Seven over three zones: 3, 2, 2.
        expect(survival({ ...web, units: 7 }).afterZone).toEqual({ left: 4, enough: true });
        expect(survival({ ...web, units: 7, needed: 5 }).afterZone).toEqual({ left: 4, enough: false });
    });

    it("has lost everything with its zone when all units are in one", () => {
        expect(survival({ ...web, zones: 1 }).afterZone).toEqual({ left: 0, enough: false });
    });

    it("loses one unit with a zone when there are fewer units than zones", () => {
        expect(survival({ ...web, units: 2, needed: 1 }).afterZone).toEqual({ left: 1, enough: true });
    });

    it("loses nothing but the region when the service is managed", () => {
        const queue = survival({ tier: "jobs", unit: "queue", units: 1, zones: 1, managed: true });
        expect(queue.afterUnit).toEqual({ left: 1, enough: true });
        expect(queue.afterZone).toEqual({ left: 1, enough: true });
        expect(queue.afterRegion).toEqual({ left: 0, enough: false });
    });

    it("keeps everything without the region when there is a copy elsewhere", () => {
        expect(survival({ ...web, survivesRegion: true }).afterRegion).toEqual({ left: 6, enough: true });
    });

    it("needs one unit where nothing else is said", () => {
        expect(survival({ tier: "cache", unit: "node", units: 2, zones: 2 }).needed).toBe(1);
    });

    it("is nothing when nothing runs", () => {
        expect(survival({ ...web, units: 0 }).afterZone).toEqual({ left: 0, enough: false });
        expect(survival({ ...web, units: 0 }).afterUnit).toEqual({ left: 0, enough: false });
    });

    const domain = fc.record({
        tier: fc.constant("web"),
        unit: fc.constant("task"),
        units: fc.integer({ min: 0, max: 500 }),
        zones: fc.integer({ min: 1, max: 6 }),
        needed: fc.integer({ min: 0, max: 500 }),
    });

    it("is never more without a zone than without a unit, and never negative", () => {
        fc.assert(
            fc.property(domain, (d) => {
                const { afterUnit, afterZone, afterRegion } = survival(d);
                return afterRegion.left <= afterZone.left && afterZone.left <= afterUnit.left && afterZone.left >= 0;
            }),
        );
    });

    it("grows with the number of zones", () => {
        fc.assert(
            fc.property(
                domain,
                (d) => survival({ ...d, zones: d.zones + 1 }).afterZone.left >= survival(d).afterZone.left,
            ),
        );
    });

    it("is described in one line that marks what is not enough", () => {
        expect(describeSurvival(survival({ ...web, needed: 5 }))).toBe(
            "6 tasks, needs 5; left without a task: 5, without a zone: 4 (not enough), without the region: 0 (not enough)",
        );
    });
});
