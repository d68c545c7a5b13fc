import fc from "fast-check";
import { floorThatSurvivesZoneLoss, survival } from "../../../policies/shared/survival";

const units = fc.integer({ min: 0, max: 5000 });
const zones = fc.integer({ min: 1, max: 6 });

test("nine tasks in three zones keep six when a zone is lost, and ten keep six too", () => {
    expect(survival({ floor: 9, zones: 3 }).zone).toEqual({ lost: 3, left: 6 });
    expect(survival({ floor: 10, zones: 3 }).zone).toEqual({ lost: 4, left: 6 });
});

test("one task is lost with one task; on shared machines a node takes its share", () => {
    expect(survival({ floor: 8, zones: 2 }).task).toEqual({ lost: 1, left: 7 });
    expect(survival({ floor: 8, zones: 2 }).node).toEqual({ lost: 1, left: 7 });
    expect(survival({ floor: 8, zones: 2, nodes: 3 }).node).toEqual({ lost: 3, left: 5 });
});

test("what is lost and what is left are together what there was, and nothing is negative", () => {
    fc.assert(
        fc.property(
            units,
            zones,
            fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
            (floor, count, nodes) => {
                const result = survival({ floor, zones: count, ...(nodes === undefined ? {} : { nodes }) });
                for (const { lost, left } of Object.values(result) as { lost: number; left: number }[]) {
                    expect(lost + left).toBe(floor);
                    expect(lost).toBeGreaterThanOrEqual(0);
                    expect(left).toBeGreaterThanOrEqual(0);
                }
            },
        ),
    );
});

test("another zone never leaves less", () => {
    fc.assert(
        fc.property(units, zones, (floor, count) => {
            const [fewer, more] = [survival({ floor, zones: count }), survival({ floor, zones: count + 1 })];
            expect(more.zone.left).toBeGreaterThanOrEqual(fewer.zone.left);
        }),
    );
});

test("the floor that is advised is enough, and one less is not", () => {
    fc.assert(
        fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 2, max: 6 }), (need, count) => {
            const floor = floorThatSurvivesZoneLoss(need, count) as number;
            expect(survival({ floor, zones: count }).zone.left).toBeGreaterThanOrEqual(need);
            expect(survival({ floor: floor - 1, zones: count }).zone.left).toBeLessThan(need);
        }),
    );
});

test("no floor survives the loss of the only zone", () => {
    expect(floorThatSurvivesZoneLoss(1, 1)).toBeUndefined();
    expect(floorThatSurvivesZoneLoss(0, 1)).toBe(0);
});
