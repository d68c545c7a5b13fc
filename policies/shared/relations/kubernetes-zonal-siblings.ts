/** Workloads that a program spreads over zones by hand: one for each zone, all behind one Service. */
import type { ResourceGraph } from "../graph";
import { servedTogether } from "./kubernetes-services";
import { workloadOf, type Workload } from "./kubernetes-workloads";

function zoneOf({ spread: { zones } }: Workload): string | undefined {
    const [zone] = zones.names;
    return zones.atMost === 1 ? zone : undefined;
}

/** The workloads behind the same Service that are kept in other zones. None where the workload itself is not kept in one. */
export function zonalSiblings(graph: ResourceGraph, workload: Workload): readonly Workload[] {
    const own = zoneOf(workload);
    if (own === undefined) {
        return [];
    }
    return servedTogether(graph, workload.node)
        .flatMap(({ node }) => workloadOf(graph, node) ?? [])
        .filter((other) => ![undefined, own].includes(zoneOf(other)));
}
