import * as fc from "fast-check";
import { costPerResource, median, pairedRatio, summarize } from "../../bench/lib/statistics";

describe("median", () => {
    test("is the value in the middle, or the mean of the two in the middle", () => {
        expect(median([9, 1, 5])).toBe(5);
        expect(median([4, 1, 3, 2])).toBe(2.5);
    });

    test("leaves half of the values on each side, and its argument as it was", () => {
        fc.assert(
            fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), (values) => {
                const before = [...values];
                const middle = median(values);
                expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
                expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
                expect(values).toEqual(before);
            }),
        );
    });

    test("refuses an empty list", () => {
        expect(() => median([])).toThrow("no values");
    });
});

test("a summary names the extremes, so that a noisy machine shows", () => {
    expect(summarize([3, 1, 8])).toEqual({ runs: 3, median: 3, min: 1, max: 8 });
});

describe("the ratio of two programs", () => {
    test("is not moved by a round in which the whole machine was slow", () => {
        expect(pairedRatio([10, 50, 10], [20, 100, 20])).toBe(0.5);
    });

    test("refuses rounds that are not complete", () => {
        expect(() => pairedRatio([1, 2], [1])).toThrow("2 values cannot be paired with 1");
    });
});

describe("the cost per resource", () => {
    test("leaves out the fixed start, its time and its resources", () => {
        expect(costPerResource({ ms: 5000, resources: 450 }, { ms: 3000, resources: 50 })).toBe(5);
    });

    test("refuses a program that is no larger than the tiny one", () => {
        expect(() => costPerResource({ ms: 1, resources: 5 }, { ms: 1, resources: 5 })).toThrow("more resources");
    });
});
