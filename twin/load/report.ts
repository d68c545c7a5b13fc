import type { Step } from "./measure";

/** A route's steps, in the order of rising concurrency. */
export interface RouteResult {
    readonly name: string;
    readonly steps: readonly Step[];
}

/** More connections that bring less than this much more throughput bring longer waits only. */
const WORTHWHILE = 1.1;

/** The step with the most answers a second. */
export function best({ steps }: RouteResult): Step | undefined {
    return steps.reduce<Step | undefined>(
        (most, step) => (most === undefined || step.perSecond > most.perSecond ? step : most),
        undefined,
    );
}

/** The number of connections from which on more of them brought nothing; undefined where the last step still did. */
export function saturation({ steps }: RouteResult): number | undefined {
    for (const [index, step] of steps.entries()) {
        const rest = steps.slice(index + 1);
        if (rest.length > 0 && rest.every((later) => later.perSecond < step.perSecond * WORTHWHILE)) {
            return step.connections;
        }
    }
    return undefined;
}

/** The results as a table and a few sentences. */
export function renderReport(results: readonly RouteResult[], limit: RouteResult): string[] {
    const rows = results.flatMap((result) =>
        result.steps.map((step) => [
            result.name,
            String(step.connections),
            step.perSecond.toFixed(0),
            milliseconds(step.p50),
            milliseconds(step.p95),
            milliseconds(step.p99),
            String(step.failures),
        ]),
    );
    const header = ["route", "connections", "answers/s", "p50 ms", "p95 ms", "p99 ms", "failures"];
    const most = best(limit)?.perSecond ?? 0;
    const sentences = results.map((result) => {
        const step = best(result);
        const at = saturation(result);
        const share = most === 0 ? "" : `, ${percent((step?.perSecond ?? 0) / most)} of the limit`;
        const end = at === undefined ? "not saturated by the most connections" : `saturated by ${at} connections`;
        return `${result.name}: ${(step?.perSecond ?? 0).toFixed(0)} answers a second at best${share}; ${end}`;
    });
    return [...table([header, ...rows]), "", ...sentences];
}

/** How many times as much the first gives as the second. */
export function ratio(of: RouteResult, to: RouteResult): string {
    const least = best(to)?.perSecond ?? 0;
    return least === 0 ? "–" : ((best(of)?.perSecond ?? 0) / least).toFixed(1);
}

function table(rows: readonly (readonly string[])[]): string[] {
    const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    return rows.map((row) =>
        row
            .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
            .join("  "),
    );
}

function milliseconds(value: number | undefined): string {
    return value === undefined ? "–" : value.toFixed(1);
}

function percent(share: number): string {
    return `${(100 * share).toFixed(0)} %`;
}
