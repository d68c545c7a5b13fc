import fc from "fast-check";
import {
    floorThatSurvivesZoneLoss,
    lossOfNode,
    lossOfUnit,
    lossOfZone,
    verdictOn,
    type LossRange,
    type Part,
} from "../../../policies/shared/survival";

const units = fc.integer({ min: 0, max: 5000 });
const zoneCount = fc.integer({ min: 1, max: 6 });
const letters = ["a", "b", "c", "d", "e", "f"];

/** A part whose zones are all known by name. */
function sure(floor: number, count: number, from = 0): Part {
    const names = letters.slice(from, from + count);
    return { floor, zones: { names, atLeast: names.length, atMost: names.length } };
}

/** A part of whose zones only the number is known, within bounds. */
function unsure(floor: number, atLeast: number, atMost: number | null): Part {
    return { floor, zones: { names: [], atLeast, atMost } };
}

const part: fc.Arbitrary<Part> = fc.oneof(
    fc
        .tuple(fc.integer({ min: 0, max: 40 }), fc.subarray(letters, { minLength: 1 }))
        .map(([floor, names]) => ({ floor, zones: { names, atLeast: names.length, atMost: names.length } })),
    fc
        .tuple(
            fc.integer({ min: 0, max: 40 }),
            fc.integer({ min: 0, max: 3 }),
            fc.option(fc.integer({ min: 3, max: 6 })),
        )
        .map(([floor, atLeast, atMost]) => unsure(floor, atLeast, atMost)),
);

function expectConsistent({ best, worst }: LossRange, floor: number): void {
    for (const { lost, left } of [best, worst]) {
        expect(lost + left).toBe(floor);
        expect(lost).toBeGreaterThanOrEqual(0);
        expect(left).toBeGreaterThanOrEqual(0);
    }
    expect(worst.lost).toBeGreaterThanOrEqual(best.lost);
}

test("nine tasks in three zones keep six when a zone is lost, and ten keep six too", () => {
    expect(lossOfZone([sure(9, 3)])).toEqual({ best: { lost: 3, left: 6 }, worst: { lost: 3, left: 6 } });
    expect(lossOfZone([sure(10, 3)])).toEqual({ best: { lost: 4, left: 6 }, worst: { lost: 4, left: 6 } });
});

test("three groups of one node in a zone each lose one of three together", () => {
    const groups = [sure(1, 1, 0), sure(1, 1, 1), sure(1, 1, 2)];
    expect(lossOfZone(groups)).toEqual({ best: { lost: 1, left: 2 }, worst: { lost: 1, left: 2 } });
});

test("two groups of one node over the same two zones may have both in one", () => {
    expect(lossOfZone([sure(1, 2), sure(1, 2)])).toEqual({ best: { lost: 1, left: 1 }, worst: { lost: 2, left: 0 } });
});

test("in three zones, two of four units are lost wherever the pairs of them are", () => {
    const pairs = [unsure(2, 2, 3), unsure(2, 2, 3)];
    expect(lossOfZone(pairs).best.lost).toBe(1);
    expect(lossOfZone(pairs, 3)).toEqual({ best: { lost: 2, left: 2 }, worst: { lost: 2, left: 2 } });
    expect(lossOfZone(pairs, 4).best.lost).toBe(1);
});

test("of zones that nobody knows, one unit is lost at best and all at worst", () => {
    expect(lossOfZone([unsure(4, 1, null)])).toEqual({ best: { lost: 1, left: 3 }, worst: { lost: 4, left: 0 } });
});

test("a zone may have as many units more than another as its skew allows", () => {
    const skewed = (floor: number, maxSkew: number): Part => ({ ...unsure(floor, 3, 3), maxSkew });
    expect(lossOfZone([skewed(9, 1)]).worst.lost).toBe(3);
    // 5 + 2 + 2
    expect(lossOfZone([skewed(9, 3)]).worst.lost).toBe(5);
    expect(lossOfZone([skewed(9, Infinity)]).worst.lost).toBe(9);
    expect(lossOfZone([{ ...unsure(4, 1, 1), maxSkew: Infinity }]).worst.lost).toBe(4);
});

test("what is no number of units counts for none", () => {
    for (const floor of [-3, NaN, -Infinity, Infinity]) {
        expect(lossOfZone([sure(floor, 2)]).worst).toEqual({ lost: 0, left: 0 });
        expect(lossOfUnit(floor)).toEqual({ lost: 0, left: 0 });
    }
    expect(lossOfZone([sure(3.9, 1)]).worst).toEqual({ lost: 3, left: 0 });
});

test("one unit is lost with one unit; on shared machines a node takes its share", () => {
    expect(lossOfUnit(8)).toEqual({ lost: 1, left: 7 });
    expect(lossOfUnit(0)).toEqual({ lost: 0, left: 0 });
    expect(lossOfNode(8, 8)).toEqual({ lost: 1, left: 7 });
    expect(lossOfNode(8, 3)).toEqual({ lost: 3, left: 5 });
});

test("what is lost and what is left are together what there was, and nothing is negative", () => {
    fc.assert(
        fc.property(units, zoneCount, fc.integer({ min: 1, max: 100 }), (floor, count, nodes) => {
            for (const { lost, left } of [lossOfUnit(floor), lossOfNode(floor, nodes)]) {
                expect(lost + left).toBe(floor);
                expect(Math.min(lost, left)).toBeGreaterThanOrEqual(0);
            }
            expectConsistent(lossOfZone([sure(floor, count)]), floor);
        }),
    );
    fc.assert(
        fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
            expectConsistent(
                lossOfZone(parts),
                parts.reduce((sum, { floor }) => sum + floor, 0),
            );
        }),
    );
});

test("another zone never leaves less, and another unit never leaves less", () => {
    fc.assert(
        fc.property(units, fc.integer({ min: 1, max: 5 }), (floor, count) => {
            const left = (parts: readonly Part[]): number => lossOfZone(parts).worst.left;
            expect(left([sure(floor, count + 1)])).toBeGreaterThanOrEqual(left([sure(floor, count)]));
            expect(left([sure(floor + 1, count)])).toBeGreaterThanOrEqual(left([sure(floor, count)]));
        }),
    );
});

test("knowing more never widens the range: the figures of known zones lie within those of unknown ones", () => {
    fc.assert(
        fc.property(units, zoneCount, (floor, count) => {
            const known = lossOfZone([sure(floor, count)]);
            const open = lossOfZone([unsure(floor, 1, null)]);
            expect(known.best.lost).toBeGreaterThanOrEqual(open.best.lost);
            expect(known.worst.lost).toBeLessThanOrEqual(open.worst.lost);
        }),
    );
});

test("every even placement that fits what is known loses as much as the range says", () => {
    const placed = part.chain((each) => {
        const { names, atLeast, atMost } = each.zones;
        const zones =
            names.length > 0
                ? fc.shuffledSubarray([...names], { minLength: names.length })
                : fc.shuffledSubarray(letters, { minLength: Math.max(1, atLeast), maxLength: atMost ?? 6 });
        return zones.map((order) => ({ each, order }));
    });
    fc.assert(
        fc.property(fc.array(placed, { minLength: 1, maxLength: 4 }), (parts) => {
            const inZone = new Map<string, number>();
            for (const { each, order } of parts) {
                // One by one over the zones in turn: even, with the larger shares wherever the order puts them.
                for (let unit = 0; unit < each.floor; unit += 1) {
                    const zone = order[unit % order.length] as string;
                    inZone.set(zone, (inZone.get(zone) ?? 0) + 1);
                }
            }
            const lost = Math.max(0, ...inZone.values());
            const used = parts.map(({ each }) => each);
            for (const { best, worst } of [lossOfZone(used), lossOfZone(used, inZone.size)]) {
                expect(lost).toBeGreaterThanOrEqual(best.lost);
                expect(lost).toBeLessThanOrEqual(worst.lost);
            }
        }),
    );
});

test("the floor that is advised is enough, and one less is not", () => {
    fc.assert(
        fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 2, max: 6 }), (need, count) => {
            const floor = floorThatSurvivesZoneLoss(need, count) as number;
            expect(lossOfZone([sure(floor, count)]).worst.left).toBeGreaterThanOrEqual(need);
            expect(lossOfZone([sure(floor - 1, count)]).best.left).toBeLessThan(need);
        }),
    );
});

test("no floor survives the loss of the only zone", () => {
    expect(floorThatSurvivesZoneLoss(1, 1)).toBeUndefined();
    expect(floorThatSurvivesZoneLoss(0, 1)).toBe(0);
});

test("too little at best is short, enough at worst is enough, and between them it is open", () => {
    expect(verdictOn(2, { best: 1, worst: 0 })).toBe("short");
    expect(verdictOn(2, { best: 3, worst: 2 })).toBe("ok");
    expect(verdictOn(2, { best: 2, worst: 1 })).toBe("undetermined");
});
