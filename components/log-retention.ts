import { Problems } from "./problems";

/** Days that CloudWatch Logs can keep logs, besides for ever. */
export const logRetentions: readonly number[] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/**
 * Asks for a number of days that CloudWatch Logs knows.
 *
 * @param example what a message says to write, which is the default of the component that asks
 */
export function requireLogRetention(problems: Problems, days: number, example = "30"): void {
    problems.require(
        logRetentions.includes(days),
        "logRetentionDays",
        days,
        `one of ${logRetentions.join(", ")}`,
        example,
    );
}
