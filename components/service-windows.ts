import { Problems } from "./problems";

/**
 * The times at which AWS backs up and maintains a data store, in UTC. Nothing here knows Pulumi.
 */

/** A span of time that comes again, in minutes. */
interface Span {
    readonly start: number;
    readonly length: number;
}

const day = 24 * 60;
const week = 7 * day;
const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const time = "([01]\\d|2[0-3]):([0-5]\\d)";
const dailyPattern = new RegExp(`^${time}-${time}$`);
const weeklyPattern = new RegExp(`^(${weekdays.join("|")}):${time}-(${weekdays.join("|")}):${time}$`);

/** The time from one point of a circle to another, forwards. */
const forwards = (from: number, to: number, circle: number): number => (((to - from) % circle) + circle) % circle;

function parseDaily(text: string): Span | undefined {
    const match = dailyPattern.exec(text);
    if (match === null) {
        return undefined;
    }
    const [startHour = 0, startMinute = 0, endHour = 0, endMinute = 0] = match.slice(1).map(Number);
    const start = startHour * 60 + startMinute;
    return { start, length: forwards(start, endHour * 60 + endMinute, day) };
}

function parseWeekly(text: string): Span | undefined {
    const match = weeklyPattern.exec(text);
    if (match === null) {
        return undefined;
    }
    const [, startDay = "", startHour, startMinute, endDay = "", endHour, endMinute] = match;
    const minute = (name: string, hour: string | undefined, minutes: string | undefined): number =>
        weekdays.indexOf(name) * day + Number(hour) * 60 + Number(minutes);
    const start = minute(startDay, startHour, startMinute);
    return { start, length: forwards(start, minute(endDay, endHour, endMinute), week) };
}

/** Whether two spans of the week have a minute in common. */
function meet(a: Span, b: Span): boolean {
    return forwards(a.start, b.start, week) < a.length || forwards(b.start, a.start, week) < b.length;
}

/** Whether a daily window and a weekly one have a minute in common on any day. False where one of them is no window. */
export function windowsOverlap(daily: string, weekly: string): boolean {
    const [everyDay, onceAWeek] = [parseDaily(daily), parseWeekly(weekly)];
    return (
        everyDay !== undefined &&
        onceAWeek !== undefined &&
        weekdays.some((_, index) => meet({ ...everyDay, start: index * day + everyDay.start }, onceAWeek))
    );
}

/** A window as it was given, under the name of its argument. */
interface NamedWindow {
    readonly setting: string;
    readonly value: string;
}

/**
 * Adds what is wrong with a daily and a weekly window: AWS refuses windows that are too short or that overlap.
 *
 * @param shortest minutes that each must last at the least
 */
export function checkWindows(problems: Problems, daily: NamedWindow, weekly: NamedWindow, shortest: number): void {
    const lasts = (span: Span | undefined): boolean => span !== undefined && span.length >= shortest;
    const length = `${String(shortest)} minutes or more`;
    problems.require(
        lasts(parseDaily(daily.value)),
        daily.setting,
        daily.value,
        `a time of the day in UTC, hh:mm-hh:mm, ${length}`,
        "02:00-03:00",
    );
    problems.require(
        lasts(parseWeekly(weekly.value)),
        weekly.setting,
        weekly.value,
        `a time of the week in UTC, ddd:hh:mm-ddd:hh:mm in lower case, ${length}`,
        "sun:04:30-sun:05:30",
    );
    problems.require(
        !windowsOverlap(daily.value, weekly.value),
        weekly.setting,
        weekly.value,
        `a time apart from ${daily.setting} (${daily.value})`,
        "sun:04:30-sun:05:30",
    );
}
