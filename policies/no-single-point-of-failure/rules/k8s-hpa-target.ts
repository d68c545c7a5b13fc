import type { Node, ResourceGraph } from "../../shared/graph";
import { append } from "../../shared/multimap";
import { annotation, given } from "../../shared/relations/kubernetes-annotations";
import { autoscalers, SCALABLE, type Autoscaler } from "../../shared/relations/kubernetes-autoscalers";
import { listedNames, NamespacedIndex, nameOf, namespaceOf } from "../../shared/relations/kubernetes-names";
import { hasPodsOfOthers, podOwners, type PodOwner } from "../../shared/relations/kubernetes-pods";
import { defineStackRule } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

const PROPERTY = "spec.scaleTargetRef";

export const k8sHpaTarget = defineStackRule({
    id: "k8s-hpa-target",
    title: "An autoscaler names a workload that exists and that nothing else scales",
    severity: "medium",
    frameworks: { wellArchitected: ["REL07-BP01"] },
    why: "nothing is scaled, and the workload keeps its own number of pods under any load",
    fix: "write `scaleTargetRef: { apiVersion, kind, name }` with `name: deployment.metadata.name`: Pulumi adds a suffix to the logical name",
    url: "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
    tokens: tokensOf("horizontalPodAutoscaler", "scaledObject"),
    guards: ["spec.scaleTargetRef"],
    check: (graph, on) => {
        const others = hasPodsOfOthers(graph);
        const namesakes = new Namesakes(graph);
        const rivals = rivalsOf(graph);
        for (const autoscaler of autoscalers(graph)) {
            const { node, target } = autoscaler;
            const report = on(node);
            if (target.sure.length > 0) {
                const all = rivals(autoscaler);
                if (all.length > 1) {
                    report.violation(
                        PROPERTY,
                        `names what ${listedNames(all, autoscaler)} scales, too`,
                        "keep one autoscaler of the workload; KEDA makes a HorizontalPodAutoscaler of its own",
                    );
                }
                continue;
            }
            if (target.kind === UNKNOWN || target.name === UNKNOWN || target.unsure.length > 0) {
                report.undetermined(PROPERTY, "names a workload that is not known in preview");
            } else if (target.name === undefined) {
                report.violation(`${PROPERTY}.name`, "is not set");
            } else if (target.kind !== undefined && UNSCALABLE.includes(target.kind)) {
                report.violation(`${PROPERTY}.kind`, `is ${target.kind}, which cannot be scaled`);
            } else if (SCALABLE.some((kind) => kind === target.kind)) {
                const problem = namesakes.problemOf(graph, autoscaler);
                if (others || !namesakes.hasWorkloadsBeside(graph, autoscaler)) {
                    report.open(`${PROPERTY}.name`, `${problem}; it may be one that others make`);
                } else {
                    report.violation(`${PROPERTY}.name`, problem);
                }
            }
            // Anything else is a custom resource with a scale of its own.
        }
    },
});

/** Kinds that run pods and have no number of them to set. */
const UNSCALABLE: readonly string[] = ["DaemonSet", "Job", "CronJob", "Pod"];

/** With this annotation KEDA takes over an autoscaler that is there. */
const TRANSFER = "scaledobject.keda.sh/transfer-hpa-ownership";

/**
 * All autoscalers of an autoscaler's workload, itself among them; none where KEDA takes them over. Kubernetes then scales by none of
 * several HorizontalPodAutoscalers. https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
function rivalsOf(graph: ResourceGraph): (autoscaler: Autoscaler) => readonly Autoscaler[] {
    const byWorkload = new Map<Node, Autoscaler[]>();
    for (const autoscaler of autoscalers(graph)) {
        for (const { node } of autoscaler.target.sure) {
            append(byWorkload, node, autoscaler);
        }
    }
    // Once for each workload, however many name it.
    for (const [workload, all] of byWorkload) {
        if (all.some(({ node }) => annotation(given(node), TRANSFER) === "true")) {
            byWorkload.set(workload, []);
        }
    }
    return ({ target }) => {
        const [workload, ...more] = target.sure;
        const all = workload === undefined ? [] : (byWorkload.get(workload.node) ?? []);
        return more.length === 0 ? all : [...new Set(target.sure.flatMap(({ node }) => byWorkload.get(node) ?? []))];
    };
}

/** What has the name that an autoscaler gives, and yet is not what it names. */
class Namesakes {
    readonly #byName = new NamespacedIndex<PodOwner>();
    readonly #namespaces = new Set<string | typeof UNKNOWN>();

    constructor(graph: ResourceGraph) {
        for (const owner of podOwners(graph).filter(({ kind }) => SCALABLE.includes(kind))) {
            const name = nameOf(owner.node);
            if (typeof name === "string") {
                this.#byName.add(owner.namespace, name, owner);
            }
            this.#namespaces.add(owner.namespace);
        }
    }

    /** Why a name that is known is not found. */
    problemOf(graph: ResourceGraph, { node, target }: Autoscaler): string {
        const kind = String(target.kind);
        const name = String(target.name);
        const other = this.#byName.first(namespaceOf(graph, node), name);
        if (other !== undefined) {
            return `is that of a ${other.kind}, not of a ${kind}`;
        }
        return this.#byName.has(name)
            ? "is that of a workload in another namespace only"
            : `is that of no ${kind} of this stack`;
    }

    /** Whether the stack has workloads in the autoscaler's namespace, so that its own is expected among them. */
    hasWorkloadsBeside(graph: ResourceGraph, { node }: Autoscaler): boolean {
        const namespace = namespaceOf(graph, node);
        return namespace === UNKNOWN
            ? this.#namespaces.size > 0
            : this.#namespaces.has(namespace) || this.#namespaces.has(UNKNOWN);
    }
}
