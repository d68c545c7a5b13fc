/**
 * The way from a failure to the person who hears of it: resource → alarms (and the composite alarms that speak for them)
 * → topics → subscriptions. Rules ask for one step of it each; it is walked here once.
 */
import type { Node, ResourceGraph } from "../graph";
import { anyActs, eventsTellOfAlarms, voicesOf, type Acts, type AlarmsOn } from "./alarms";
import { subscribersOf, topicsOfAlarm } from "./topics";

export interface AlertPath {
    /** Alarms that watch the resource. */
    readonly alarms: readonly Node[];
    /** Alarms that may watch it, or something else. */
    readonly perhaps: readonly Node[];
    /** Whether any of `alarms` does anything, by itself, through a composite alarm or as an event that a rule hands on. */
    readonly acts: Acts;
    /** Topics of the stack that they send to. */
    readonly topics: readonly Node[];
    /** Who listens to these topics. */
    readonly subscriptions: readonly Node[];
}

/** The way from a resource, by the alarms that count for it. */
export function alertPath(graph: ResourceGraph, watched: Node, { sure, unsure, stray }: AlarmsOn): AlertPath {
    const alarms = sure.get(watched) ?? [];
    const voices = [...new Set(alarms.flatMap((alarm) => voicesOf(graph, alarm)))];
    const topics = [...new Set(voices.flatMap((voice) => topicsOfAlarm(graph, voice)))];
    return {
        alarms,
        perhaps: [...(unsure.get(watched) ?? []), ...stray],
        acts: alarms.length > 0 && eventsTellOfAlarms(graph) ? "acts" : anyActs(voices),
        topics,
        subscriptions: [...new Set(topics.flatMap((topic) => subscribersOf(graph, topic).sure))],
    };
}
