/** Which alarms watch a resource, and whether anybody hears of them. */
import type { Node, ResourceGraph } from "../graph";
import type { Kind } from "../tokens";
import { elements, UNKNOWN, type Maybe, type Readable } from "../unknown";

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

/** The alarms on one metric, by the resource that their dimension names. */
export interface AlarmsOn {
    readonly sure: ReadonlyMap<Node, readonly Node[]>;
    /** Alarms whose dimension is not known and that depend on more resources than it can name: not all are watched. */
    readonly unsure: ReadonlyMap<Node, readonly Node[]>;
}

const cache = new WeakMap<ResourceGraph, Map<string, AlarmsOn>>();

/**
 * The alarms on one metric.
 * @param dimension name of the dimension, "QueueName"
 */
export function alarmsOn(graph: ResourceGraph, kind: Kind, metric: string, dimension: string): AlarmsOn {
    let byMetric = cache.get(graph);
    if (byMetric === undefined) {
        byMetric = new Map();
        cache.set(graph, byMetric);
    }
    const key = `${kind} ${metric} ${dimension}`;
    let result = byMetric.get(key);
    if (result === undefined) {
        result = find(graph, kind, metric, dimension);
        byMetric.set(key, result);
    }
    return result;
}

function find(graph: ResourceGraph, kind: Kind, metric: string, dimension: string): AlarmsOn {
    const sure = new Map<Node, Node[]>();
    const unsure = new Map<Node, Node[]>();
    const add = (alarm: Node, property: string, names: readonly Maybe<string>[]): void => {
        const resolved = (name: Maybe<string>): readonly Node[] => graph.resolveOne(alarm, property, name, kind).nodes;
        const known = new Set(names.filter((name) => name !== UNKNOWN).flatMap(resolved));
        const unknown = names.filter((name) => name === UNKNOWN);
        const candidates = new Set(unknown.flatMap(resolved).filter((node) => !known.has(node)));
        const watched = candidates.size > unknown.length ? unsure : sure;
        known.forEach((node) => sure.set(node, [...(sure.get(node) ?? []), alarm]));
        candidates.forEach((node) => watched.set(node, [...(watched.get(node) ?? []), alarm]));
    };
    for (const alarm of graph.all("metricAlarm")) {
        const isMetric = (name: Maybe<string>): boolean => name === metric || name === UNKNOWN;
        if (isMetric(alarm.str("metricName"))) {
            add(alarm, "dimensions", [alarm.str(`dimensions.${dimension}`)]);
        }
        const queries = elements(alarm.list("metricQueries")).filter((query) =>
            isMetric(query.str("metric.metricName")),
        );
        add(
            alarm,
            "metricQueries",
            queries.map((query) => query.str(`metric.dimensions.${dimension}`)),
        );
    }
    return { sure, unsure };
}
