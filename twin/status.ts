import type { ServiceSnapshot, Snapshot, TaskSnapshot } from "./snapshot";

/** The whole screen: what is where, how it is, and the last events. As wide and as high as the terminal. */
export function renderScreen(
    snapshot: Snapshot,
    events: readonly string[],
    size: { readonly columns: number; readonly rows: number },
): string[] {
    const lines = [
        `Headroom twin · stack ${snapshot.stack} · ${snapshot.url} · Ctrl+C stops`,
        "",
        `traffic   ${traffic(snapshot)}`,
        `queue     ${queue(snapshot)}`,
        `database  ${database(snapshot)}`,
        `cache     ${cache(snapshot)}`,
        ...snapshot.services.flatMap((service) => ["", serviceLine(service), ...service.tasks.map(taskLine)]),
        "",
    ];
    const room = Math.max(0, size.rows - lines.length - 1);
    return [...lines, ...events.slice(-room || events.length)]
        .slice(0, size.rows - 1)
        .map((line) => cut(line, size.columns));
}

/** One line with what matters, for a log. */
export function renderLine(snapshot: Snapshot): string {
    const services = snapshot.services.map(({ name, running, desired }) => `${name} ${running}/${desired}`);
    return [...services, traffic(snapshot), `queue ${queue(snapshot)}`, `database ${database(snapshot)}`].join(" · ");
}

function traffic({ requestsPerSecond, latencyMs, errorPercent }: Snapshot): string {
    const latency = latencyMs ? `p50 ${number(latencyMs.p50)} ms, p99 ${number(latencyMs.p99)} ms` : "no requests";
    return `${number(requestsPerSecond)} requests/s, ${latency}, ${number(errorPercent)} % errors`;
}

function queue({ queue: depth }: Snapshot): string {
    if (depth === undefined) return "down";
    return `${depth.waiting} waiting, ${depth.inFlight} in flight, ${depth.deadLetters} dead letters`;
}

function database({ primaryRuns, replicas }: Snapshot): string {
    const parts = replicas.map(({ name, lagBytes }) =>
        lagBytes === undefined ? `${name} down` : `${name} ${bytes(lagBytes)} behind`,
    );
    return [`primary ${primaryRuns ? "up" : "down"}`, ...(parts.length > 0 ? parts : ["no replica"])].join(", ");
}

function cache({ cacheRuns, cacheHitPercent }: Snapshot): string {
    if (!cacheRuns) return "down";
    return cacheHitPercent === undefined ? "up" : `up, ${number(cacheHitPercent)} % hits`;
}

function serviceLine({ name, running, desired, minimum, maximum, metrics }: ServiceSnapshot): string {
    const measured = metrics.map(({ name: metric, value, target }) => {
        return `${metric} ${value === undefined ? "–" : number(value)} of ${number(target)}`;
    });
    return `${name.padEnd(8)}  ${running} of ${desired} run (${minimum} to ${maximum})   scaling: ${measured.join(", ")}`;
}

function taskLine(task: TaskSnapshot): string {
    const columns = [
        task.id.padEnd(10),
        task.state.padEnd(10),
        `cpu ${known(task.cpuPercent)} %`.padEnd(12),
        `${known(task.residentMib)} MiB`.padEnd(10),
        requests(task).padEnd(26),
        // What is needed least comes last: a narrow terminal cuts it off.
        task.zone.padEnd(15),
        `pid ${task.pid}`,
    ];
    return `  ${columns.join(" ").trimEnd()}`;
}

/** A worker has none. */
function requests({ requestsPerSecond, open = 0 }: TaskSnapshot): string {
    return requestsPerSecond === undefined ? "" : `${number(requestsPerSecond)} requests/s, ${open} open`;
}

function known(value: number | undefined): string {
    return value === undefined ? "–" : number(value);
}

function number(value: number): string {
    return String(value >= 100 ? Math.round(value) : Math.round(value * 10) / 10);
}

function bytes(count: number): string {
    return count < 1_024
        ? `${Math.round(count)} B`
        : count < 1_048_576
          ? `${number(count / 1_024)} KiB`
          : `${number(count / 1_048_576)} MiB`;
}

function cut(line: string, columns: number): string {
    return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}
