/** Which alarms watch a resource, and whether anybody hears of them. */
import type { Node, ResourceGraph } from "../graph";
import type { Kind } from "../tokens";
import { elements, UNKNOWN, type Readable } from "../unknown";

/** Whether an alarm does anything: "open" where that is not known yet. */
export function actsOnAlarm(alarm: Readable): "acts" | "silent" | "open" {
    const enabled = alarm.bool("actionsEnabled");
    if (enabled === false) {
        return "silent";
    }
    const actions = alarm.strings("alarmActions");
    if (actions === UNKNOWN) {
        return "open";
    }
    if (actions === undefined || actions.length === 0) {
        return "silent";
    }
    return enabled === UNKNOWN ? "open" : "acts";
}

const cache = new WeakMap<ResourceGraph, Map<string, ReadonlyMap<Node, readonly Node[]>>>();

/**
 * The alarms on one metric, by the resource that their dimension names.
 * @param dimension name of the dimension, "QueueName"
 */
export function alarmsOn(
    graph: ResourceGraph,
    kind: Kind,
    metric: string,
    dimension: string,
): ReadonlyMap<Node, readonly Node[]> {
    let byMetric = cache.get(graph);
    if (byMetric === undefined) {
        byMetric = new Map();
        cache.set(graph, byMetric);
    }
    const key = `${kind} ${metric} ${dimension}`;
    let result = byMetric.get(key);
    if (result === undefined) {
        const watched = new Map<Node, Node[]>();
        const add = (alarm: Node, property: string, view: Readable, path: string): void => {
            const name = view.str(path);
            for (const node of graph.resolveOne(alarm, property, name, kind).nodes) {
                watched.set(node, [...(watched.get(node) ?? []), alarm]);
            }
        };
        for (const alarm of graph.all("metricAlarm")) {
            const name = alarm.str("metricName");
            if (name === metric || name === UNKNOWN) {
                add(alarm, "dimensions", alarm, `dimensions.${dimension}`);
            }
            for (const query of elements(alarm.list("metricQueries"))) {
                const queried = query.str("metric.metricName");
                if (queried === metric || queried === UNKNOWN) {
                    add(alarm, "metricQueries", query, `metric.dimensions.${dimension}`);
                }
            }
        }
        result = watched;
        byMetric.set(key, result);
    }
    return result;
}
