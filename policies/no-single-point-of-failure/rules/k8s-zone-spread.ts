import type { ResourceGraph } from "../../shared/graph";
import { kubernetesWorkloads, type Workload } from "../../shared/relations/kubernetes-workloads";
import { selectorProblems } from "../../shared/relations/kubernetes-spread-selectors";
import { zonalSiblings } from "../../shared/relations/kubernetes-zonal-siblings";
import { isZonal, type SpreadTerm } from "../../shared/relations/kubernetes-zone-spread";
import { every } from "../../shared/relations/label-selector";
import { listed } from "../../shared/relations/zones";
import { defineStackRule, type ReportOn } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";
import { UNKNOWN, type Unknown } from "../../shared/unknown";

/**
 * The scheduler's own default does not count: it lets five more pods run in one zone than in another, and a cluster may
 * have another default.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#internal-default-constraints
 */
export const k8sZoneSpread = defineStackRule({
    id: "k8s-zone-spread",
    title: "The pods of a workload are spread over availability zones",
    severity: "medium",
    frameworks: { wellArchitected: ["REL10-BP01", "REL11-BP02"] },
    why: "all pods may run in one zone, and its failure is an outage until others have started elsewhere",
    fix:
        'add `{ maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway", labelSelector }` ' +
        "to `topologySpreadConstraints`, with the pods' own labels; the scheduler's default lets five pods more run in one zone",
    url: "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
    tokens: tokensOf("deployment", "statefulSet", "replicaSet"),
    guards: [
        "spec.template.spec.topologySpreadConstraints",
        "spec.template.spec.affinity",
        "spec.template.spec.nodeSelector",
        "spec.template.spec.nodeName",
    ],
    settings: {
        required: {
            type: "boolean",
            default: false,
            description:
                "Whether a spread that the scheduler may break (ScheduleAnyway, preferred anti-affinity) does not count. " +
                "One that it may not break leaves pods waiting where a zone has no room.",
        },
    },
    check: (graph, on, settings) => {
        for (const workload of kubernetesWorkloads(graph)) {
            const { floor, off } = workload;
            if (!off && (floor === UNKNOWN || floor > 1)) {
                checkWorkload(graph, workload, on, settings["required"] === true);
            }
        }
    },
});

function checkWorkload(graph: ResourceGraph, workload: Workload, on: ReportOn, required: boolean): void {
    const { node, podSpec, floor, floorProperty, spread } = workload;
    const property = `${podSpec}.topologySpreadConstraints`;
    if (spread.zonesProperty !== undefined && spread.zones.atMost < 2) {
        if (zonalSiblings(graph, workload).count === 0) {
            const names = listed(spread.zones);
            const zone = names === "" ? "one zone" : `one zone (${names})`;
            on(node).violation(
                spread.zonesProperty,
                `keeps all pods in ${zone}`,
                "allow at least two zones, or run a workload of its own for each zone behind one Service",
            );
        }
        return;
    }
    const verdicts = spread.terms.map((term) => spreads(term, floor, required));
    if (verdicts.includes(true)) {
        return;
    }
    const misses = selectorProblems(graph, workload).some(
        ({ term, kind }) => kind === "violation" && isZonal(term) === true,
    );
    if (misses) {
        // Meant to spread them, and mistaken in the selector: that is k8s-spread-selector's to say.
        return;
    }
    if (spread.open !== undefined || verdicts.includes(UNKNOWN)) {
        on(node).undetermined(spread.open ?? property);
    } else if (floor === UNKNOWN) {
        on(node).undetermined(floorProperty, "is not known in preview, and nothing spreads the pods over zones");
    } else {
        const fix = required
            ? 'add `{ maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule", labelSelector }` ' +
              "to `topologySpreadConstraints`, with the pods' own labels"
            : undefined;
        on(node).violation(property, problemOf(spread.terms, floor, required), fix);
    }
}

/** Whether a term keeps the pods from all being in one zone. */
function spreads(term: SpreadTerm, floor: number | Unknown, required: boolean): boolean | Unknown {
    return every([isZonal(term), term.selectsOwn, required ? term.required : true, isTight(term, floor)]);
}

/** Whether the skew that a constraint must keep to is less than all pods. One that may be broken only weighs zones. */
function isTight({ required, maxSkew }: SpreadTerm, floor: number | Unknown): boolean | Unknown {
    if (required === false || maxSkew === 1) {
        return true;
    }
    return required === UNKNOWN || maxSkew === UNKNOWN || floor === UNKNOWN ? UNKNOWN : maxSkew < floor;
}

/** What is wrong with the terms, the nearest miss first. */
function problemOf(terms: readonly SpreadTerm[], floor: number, required: boolean): string {
    const zonal = terms.filter((term) => isZonal(term) === true);
    const own = zonal.filter(({ selectsOwn }) => selectsOwn === true);
    const loose = own.find((term) => isTight(term, floor) === false);
    if (loose !== undefined) {
        return `allows a skew of ${String(loose.maxSkew)} over zones, and all ${floor} pods may run in one`;
    }
    if (own.length > 0 && required) {
        return "spreads over zones only where the scheduler finds it easy";
    }
    return zonal.length > 0
        ? "spreads other pods than the workload's own over zones"
        : `has nothing on zones for ${floor} pods`;
}
