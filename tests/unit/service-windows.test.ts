import * as fc from "fast-check";
import { Problems } from "../../components/problems";
import { checkWindows, windowsOverlap } from "../../components/service-windows";

const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const clock = (minute: number): string => {
    const inDay = ((minute % 1440) + 1440) % 1440;
    return `${String(Math.floor(inDay / 60)).padStart(2, "0")}:${String(inDay % 60).padStart(2, "0")}`;
};
const weekTime = (minute: number): string => {
    const inWeek = ((minute % 10080) + 10080) % 10080;
    return `${weekdays[Math.floor(inWeek / 1440)] ?? ""}:${clock(inWeek)}`;
};
const daily = (start: number, length: number): string => `${clock(start)}-${clock(start + length)}`;
const weekly = (start: number, length: number): string => `${weekTime(start)}-${weekTime(start + length)}`;

const problemsOf = (backup: string, maintenance: string): string[] => {
    const problems = new Problems();
    checkWindows(problems, { setting: "backup", value: backup }, { setting: "maintenance", value: maintenance }, 30);
    return problems.all.map(({ setting, allowed }) => `${setting}: ${allowed}`);
};

describe("the windows of a data store", () => {
    it.each([
        ["02:00-03:00", "sun:03:00-sun:04:00", false],
        ["02:00-03:00", "sun:02:59-sun:04:00", true],
        ["23:30-00:30", "mon:00:00-mon:01:00", true],
        ["23:30-00:30", "sun:23:00-mon:00:10", true],
        ["00:10-00:40", "sun:23:30-mon:00:10", false],
        ["12:00-13:00", "sat:01:00-sun:02:00", true],
    ])("%s and %s overlap: %p", (backup, maintenance, overlap) => {
        expect(windowsOverlap(backup, maintenance)).toBe(overlap);
    });

    it("overlap exactly where some minute of the week is in both", () => {
        const minute = fc.integer({ min: 0, max: 10079 });
        fc.assert(
            fc.property(
                minute,
                fc.integer({ min: 30, max: 300 }),
                minute,
                fc.integer({ min: 30, max: 2000 }),
                (a, aLength, b, bLength) => {
                    const inWeekly = (m: number) => (((m - b) % 10080) + 10080) % 10080 < bLength;
                    const inDaily = (m: number) => (((m - a) % 1440) + 1440) % 1440 < aLength;
                    const common = Array.from({ length: 10080 }, (_, m) => m).some((m) => inWeekly(m) && inDaily(m));
                    expect(windowsOverlap(daily(a, aLength), weekly(b, bLength))).toBe(common);
                },
            ),
            { numRuns: 60 },
        );
    });

    it("are accepted where they are long enough and apart", () => {
        expect(problemsOf("02:00-03:00", "sun:03:30-sun:04:30")).toEqual([]);
    });

    it.each([
        ["2:00-3:00", "sun:03:30-sun:04:30", "backup: a time of the day"],
        ["02:00-02:10", "sun:03:30-sun:04:30", "backup: a time of the day"],
        ["24:00-25:00", "sun:03:30-sun:04:30", "backup: a time of the day"],
        ["02:00-03:00", "Sun:03:30-Sun:04:30", "maintenance: a time of the week"],
        ["02:00-03:00", "03:30-04:30", "maintenance: a time of the week"],
        ["02:00-03:00", "sun:02:30-sun:04:30", "maintenance: a time apart from backup (02:00-03:00)"],
    ])("%s with %s is refused", (backup, maintenance, expected) => {
        expect(problemsOf(backup, maintenance)).toEqual([expect.stringContaining(expected)]);
    });
});
