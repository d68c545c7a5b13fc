/** Which alarms watch a resource, and whether they do anything. */
import type { Node, ResourceGraph } from "../graph";
import { append } from "../multimap";
import type { Kind } from "../tokens";
import { elements, UNKNOWN, type Maybe, type Readable } from "../unknown";

/** Whether an alarm does anything: "open" where that is not known yet. */
export type Acts = "acts" | "silent" | "open";

/** Whether an alarm does anything by itself. */
export function actsOnAlarm(alarm: Readable): Acts {
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

/** What reads the state of an alarm by itself: deployments that it stops or rolls back, and health checks. */
const READERS = [
    ["ecsService", "alarms.alarmNames"],
    ["codeDeployGroup", "alarmConfiguration.alarms"],
    ["autoScalingGroup", "instanceRefresh.preferences.alarmSpecification.alarms"],
    ["dnsHealthCheck", "cloudwatchAlarmName"],
] as const satisfies readonly (readonly [Kind, string])[];

/** Whether a deployment or a health check goes by an alarm, which needs no action for that. */
export function isReadByOthers(graph: ResourceGraph, alarm: Node): boolean {
    return READERS.some(([kind, property]) => graph.referring(alarm, kind, property).length > 0);
}

const told = new WeakMap<ResourceGraph, boolean>();

/** Whether an event rule of the stack hands on that an alarm goes off, whichever it is. */
export function eventsTellOfAlarms(graph: ResourceGraph): boolean {
    let tell = told.get(graph);
    if (tell === undefined) {
        tell = graph
            .all("eventTarget")
            .some((target) => graph.resolve(target, "rule", "eventRule").nodes.some(takesEveryAlarm));
        told.set(graph, tell);
    }
    return tell;
}

/** Whether an event rule matches the state changes of all alarms: it limits no more than that the new state is ALARM. */
function takesEveryAlarm(rule: Node): boolean {
    const pattern = rule.json("eventPattern");
    if (pattern === UNKNOWN || pattern === undefined || rule.get("state") === "DISABLED") {
        return false;
    }
    const matches = (path: string, value: string): boolean => {
        const list = pattern.strings(path);
        return list === undefined || (list !== UNKNOWN && list.includes(value));
    };
    const detail = pattern.get("detail");
    const limits = [
        ...pattern.keys().filter((key) => !["source", "detail-type", "detail"].includes(key)),
        ...(typeof detail === "object" && detail !== null ? Object.keys(detail).filter((key) => key !== "state") : []),
    ];
    return (
        limits.length === 0 &&
        pattern.get("source") !== undefined &&
        matches("source", "aws.cloudwatch") &&
        matches("detail-type", "CloudWatch Alarm State Change") &&
        matches("detail.state.value", "ALARM")
    );
}

const compositesByAlarm = new WeakMap<ResourceGraph, ReadonlyMap<Node, readonly Node[]>>();

/** The composite alarms whose rule names an alarm, or that it suppresses. */
export function compositesOf(graph: ResourceGraph, alarm: Node): readonly Node[] {
    let composites = compositesByAlarm.get(graph);
    if (composites === undefined) {
        const map = new Map<Node, Node[]>();
        for (const composite of graph.all("compositeAlarm")) {
            const named = new Set([
                ...namedInRule(graph, composite),
                ...graph.resolve(composite, "actionsSuppressor.alarm", "metricAlarm", "compositeAlarm").nodes,
            ]);
            named.forEach((child) => {
                append(map, child, composite);
            });
        }
        composites = map;
        compositesByAlarm.set(graph, composites);
    }
    return composites.get(alarm) ?? [];
}

/** The alarms in `ALARM(name) OR ALARM("arn")`: those whose names the text is made of, and those that it spells out. */
function namedInRule(graph: ResourceGraph, composite: Node): readonly Node[] {
    const kinds = ["metricAlarm", "compositeAlarm"] as const;
    const rule = composite.str("alarmRule");
    const spelt =
        typeof rule === "string"
            ? [...rule.matchAll(/\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*"?([^"()]+?)"?\s*\)/g)]
            : [];
    return [
        ...graph.dependenciesOf(composite, "alarmRule", ...kinds),
        ...spelt.flatMap(([, name]) => graph.identifiedBy(name ?? "", ...kinds)),
    ];
}

/** The alarm and the composite alarms that speak for it, at any depth. */
export function voicesOf(graph: ResourceGraph, alarm: Node): readonly Node[] {
    const voices = new Set([alarm]);
    // A set takes in what is added while it is walked, and each alarm once, even where rules name each other.
    for (const voice of voices) {
        compositesOf(graph, voice).forEach((composite) => voices.add(composite));
    }
    return [...voices];
}

/** Whether any of the alarms does anything. */
export function anyActs(alarms: readonly Node[]): Acts {
    const states = alarms.map(actsOnAlarm);
    return states.includes("acts") ? "acts" : states.includes("open") ? "open" : "silent";
}

/** Alarms by the resource that they watch. */
export interface AlarmsOn {
    readonly sure: ReadonlyMap<Node, readonly Node[]>;
    /** Alarms whose dimension is not known and that depend on more resources than it can name: not all are watched. */
    readonly unsure: ReadonlyMap<Node, readonly Node[]>;
    /** Alarms whose dimension is not known and depends on nothing: they may watch anything. */
    readonly stray: readonly Node[];
}

/** One metric that an alarm judges, by itself or in a formula. */
export interface AlarmMetric {
    readonly property: "dimensions" | "metricQueries";
    readonly name: Maybe<string>;
    readonly namespace: Maybe<string>;
    /** The value of a dimension. */
    readonly dimension: (name: string) => Maybe<string>;
    /** Whether it has no dimension at all. */
    readonly dimensionless: boolean;
}

function isEmpty(dimensions: unknown): boolean {
    return (
        dimensions === undefined ||
        (typeof dimensions === "object" && dimensions !== null && Object.keys(dimensions).length === 0)
    );
}

/** The metrics that an alarm judges. */
export function metricsOf(alarm: Node): readonly AlarmMetric[] {
    const own: AlarmMetric[] =
        alarm.get("metricName") === undefined && alarm.get("dimensions") === undefined
            ? []
            : [
                  {
                      property: "dimensions",
                      name: alarm.str("metricName"),
                      namespace: alarm.str("namespace"),
                      dimension: (name) => alarm.str(`dimensions.${name}`),
                      dimensionless: isEmpty(alarm.get("dimensions")),
                  },
              ];
    const list = alarm.list("metricQueries");
    if (list === UNKNOWN) {
        const unknown = (): typeof UNKNOWN => UNKNOWN;
        own.push({
            property: "metricQueries",
            name: UNKNOWN,
            namespace: UNKNOWN,
            dimension: unknown,
            dimensionless: false,
        });
    }
    const queries = elements(list)
        .filter((query) => query.get("metric") !== undefined)
        .map((query): AlarmMetric => ({
            property: "metricQueries",
            name: query.str("metric.metricName"),
            namespace: query.str("metric.namespace"),
            dimension: (name) => query.str(`metric.dimensions.${name}`),
            dimensionless: isEmpty(query.get("metric.dimensions")),
        }));
    return [...own, ...queries];
}

const cache = new WeakMap<ResourceGraph, Map<string, AlarmsOn>>();

/**
 * The alarms whose metrics have a dimension that names a resource of the kinds.
 * @param dimension name of the dimension, "QueueName"
 * @param metric the one metric that counts; default: any
 */
export function alarmsOn(
    graph: ResourceGraph,
    kinds: Kind | readonly Kind[],
    dimension: string,
    metric?: string,
): AlarmsOn {
    let byQuestion = cache.get(graph);
    if (byQuestion === undefined) {
        byQuestion = new Map();
        cache.set(graph, byQuestion);
    }
    const list = typeof kinds === "string" ? [kinds] : kinds;
    const key = `${list.join()} ${dimension} ${metric ?? ""}`;
    let result = byQuestion.get(key);
    if (result === undefined) {
        result = find(graph, list, dimension, metric);
        byQuestion.set(key, result);
    }
    return result;
}

function find(graph: ResourceGraph, kinds: readonly Kind[], dimension: string, metric: string | undefined): AlarmsOn {
    const sure = new Map<Node, Node[]>();
    const unsure = new Map<Node, Node[]>();
    const stray = new Set<Node>();
    const add = (alarm: Node, property: string, names: readonly Maybe<string>[]): void => {
        const known = new Set(names.flatMap((name) => (typeof name === "string" ? named(alarm, property, name) : [])));
        const unknown = names.filter((name) => name === UNKNOWN);
        const candidates = new Set(
            unknown.length === 0
                ? []
                : graph.dependenciesOf(alarm, property, ...kinds).filter((node) => !known.has(node)),
        );
        if (unknown.length > 0 && (alarm.propertyDependencies.get(property) ?? []).length === 0) {
            stray.add(alarm);
        }
        const watched = candidates.size > unknown.length ? unsure : sure;
        known.forEach((node) => {
            append(sure, node, alarm);
        });
        candidates.forEach((node) => {
            append(watched, node, alarm);
        });
    };
    const named = (alarm: Node, property: string, name: string): readonly Node[] => {
        const otherwise = byDimension(graph, name, kinds);
        return otherwise.length > 0 ? otherwise : graph.resolveOne(alarm, property, name, ...kinds).nodes;
    };
    for (const alarm of graph.all("metricAlarm")) {
        const metrics = metricsOf(alarm).filter(
            ({ name }) => metric === undefined || name === metric || name === UNKNOWN,
        );
        for (const property of ["dimensions", "metricQueries"] as const) {
            const names = metrics.filter((each) => each.property === property).map((each) => each.dimension(dimension));
            add(alarm, property, names);
        }
    }
    return { sure, unsure, stray: [...stray] };
}

const suffixes = new WeakMap<ResourceGraph, ReadonlyMap<string, Node>>();

/** What a dimension's value names in another way than by an id, ARN or name. */
function byDimension(graph: ResourceGraph, value: string, kinds: readonly Kind[]): readonly Node[] {
    let bySuffix = suffixes.get(graph);
    if (bySuffix === undefined) {
        const map = new Map<string, Node>();
        for (const node of graph.all("loadBalancer", "targetGroup")) {
            const suffix = node.str("arnSuffix");
            if (typeof suffix === "string") {
                map.set(suffix, node);
            }
        }
        bySuffix = map;
        suffixes.set(graph, bySuffix);
    }
    const suffixed = bySuffix.get(value);
    if (suffixed !== undefined) {
        return suffixed.is(...kinds) ? [suffixed] : [];
    }
    // The nodes of a replication group: "cache-001", or "cache-0001-001" in cluster mode.
    const group = value.replace(/(-\d{4})?-\d{3}$/, "");
    return kinds.includes("elasticacheReplicationGroup") && group !== value
        ? graph.identifiedBy(group, "elasticacheReplicationGroup")
        : [];
}
