/** Everything of a stack that runs pods, and which of it a label selector selects. */
import type { Node, ResourceGraph } from "../graph";
import { append } from "../multimap";
import type { Kind } from "../tokens";
import { UNKNOWN, type Maybe, type Unknown } from "../unknown";
import { inOrder, namespaceOf, sameNamespace } from "./kubernetes-names";
import { every, labelsAt, selects, type Labels, type Selector } from "./label-selector";

/** A kind of object that runs pods, by its Kubernetes name. */
export type PodOwnerKind = "Deployment" | "StatefulSet" | "ReplicaSet" | "DaemonSet" | "Job" | "CronJob" | "Pod";

/** An object whose pods are all alike. */
export interface PodOwner {
    readonly node: Node;
    readonly kind: PodOwnerKind;
    /** Name of the namespace, or the URN of the `Namespace` of this stack whose name is not known yet. */
    readonly namespace: string | Unknown;
    /** The labels of the pods. */
    readonly labels: Labels | Unknown;
    /** Where the pods' own specification is: "spec.template.spec". */
    readonly podSpec: string;
}

const TEMPLATES: readonly (readonly [Kind, PodOwnerKind, metadata: string, spec: string])[] = [
    ["deployment", "Deployment", "spec.template.metadata", "spec.template.spec"],
    ["statefulSet", "StatefulSet", "spec.template.metadata", "spec.template.spec"],
    ["replicaSet", "ReplicaSet", "spec.template.metadata", "spec.template.spec"],
    ["daemonSet", "DaemonSet", "spec.template.metadata", "spec.template.spec"],
    ["job", "Job", "spec.template.metadata", "spec.template.spec"],
    ["cronJob", "CronJob", "spec.jobTemplate.spec.template.metadata", "spec.jobTemplate.spec.template.spec"],
    ["pod", "Pod", "metadata", "spec"],
];

/** Labels that controllers give their pods, with values that no program knows. */
const GIVEN_LABELS: Readonly<Partial<Record<PodOwnerKind, readonly string[]>>> = {
    Deployment: ["pod-template-hash"],
    StatefulSet: ["statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "controller-revision-hash"],
    DaemonSet: ["controller-revision-hash", "pod-template-generation"],
};

function labelsOf(node: Node, kind: PodOwnerKind, metadata: string): Labels | Unknown {
    const labels = labelsAt(node, `${metadata}.labels`);
    const given = GIVEN_LABELS[kind] ?? [];
    return labels === UNKNOWN ? UNKNOWN : new Map([...labels, ...given.map((label) => [label, UNKNOWN] as const)]);
}

/** What a selector selects for sure, and what it may select. The same object for all selectors that are alike. */
export interface Selected<Owner> {
    readonly sure: readonly Owner[];
    readonly unsure: readonly Owner[];
}

const pairOf = (key: string, value: string): string => JSON.stringify([key, value]);

/** The pod owners of one namespace, by their labels. */
class Labelled {
    readonly owners: PodOwner[] = [];
    readonly #byPair = new Map<string, PodOwner[]>();
    /** Those with a label whose value is not known, by the label; and those whose labels are not known at all. */
    readonly #openByKey = new Map<string, PodOwner[]>();
    readonly #open: PodOwner[] = [];

    add(owner: PodOwner): void {
        this.owners.push(owner);
        if (owner.labels === UNKNOWN) {
            this.#open.push(owner);
            return;
        }
        for (const [key, value] of owner.labels) {
            if (value === UNKNOWN) {
                append(this.#openByKey, key, owner);
            } else {
                append(this.#byPair, pairOf(key, value), owner);
            }
        }
    }

    /** Those that a selector can select: by the label that fewest have. */
    candidates(selector: Selector): readonly PodOwner[] {
        let fewest: readonly PodOwner[] = this.owners;
        for (const { key, operator, values } of selector) {
            if (key === UNKNOWN || operator !== "In" || values === UNKNOWN) {
                continue;
            }
            const known = values.filter((value) => value !== UNKNOWN);
            if (known.length < values.length) {
                continue;
            }
            const lists = [...known.map((value) => this.#byPair.get(pairOf(key, value))), this.#openByKey.get(key)];
            const size = lists.reduce((sum, list) => sum + (list?.length ?? 0), this.#open.length);
            if (size < fewest.length) {
                fewest = [...new Set([...lists.flatMap((list) => list ?? []), ...this.#open])];
            }
        }
        return fewest;
    }
}

const NOBODY: Selected<PodOwner> = { sure: [], unsure: [] };

/** Finds what a selector selects without asking everything, and once for all that select alike. */
class PodIndex {
    readonly #byNamespace = new Map<string | Unknown, Labelled>();
    readonly #selected = new Map<string, Selected<PodOwner>>();

    constructor(readonly owners: readonly PodOwner[]) {
        for (const owner of owners) {
            const labelled = this.#byNamespace.get(owner.namespace) ?? new Labelled();
            this.#byNamespace.set(owner.namespace, labelled);
            labelled.add(owner);
        }
    }

    selected(selector: Maybe<Selector>, namespace: string | Unknown): Selected<PodOwner> {
        if (selector === undefined) {
            return NOBODY;
        }
        const key = JSON.stringify([namespace, selector], (_, value: unknown) => (value === UNKNOWN ? {} : value));
        let selected = this.#selected.get(key);
        if (selected === undefined) {
            selected = this.#find(selector, namespace);
            this.#selected.set(key, selected);
        }
        return selected;
    }

    #find(selector: Selector | Unknown, namespace: string | Unknown): Selected<PodOwner> {
        const places =
            namespace === UNKNOWN
                ? [...this.#byNamespace.values()]
                : [this.#byNamespace.get(namespace), this.#byNamespace.get(UNKNOWN)];
        const sure: PodOwner[] = [];
        const unsure: PodOwner[] = [];
        for (const place of places) {
            for (const owner of (selector === UNKNOWN ? place?.owners : place?.candidates(selector)) ?? []) {
                const verdict = every([sameNamespace(owner.namespace, namespace), selects(selector, owner.labels)]);
                if (verdict !== false) {
                    (verdict === true ? sure : unsure).push(owner);
                }
            }
        }
        return { sure, unsure };
    }
}

const cache = new WeakMap<ResourceGraph, PodIndex>();

function indexOf(graph: ResourceGraph): PodIndex {
    let index = cache.get(graph);
    if (index === undefined) {
        const owners = TEMPLATES.flatMap(([token, kind, metadata, podSpec]) =>
            graph.all(token).map((node): PodOwner => ({
                node,
                kind,
                namespace: namespaceOf(graph, node),
                labels: labelsOf(node, kind, metadata),
                podSpec,
            })),
        );
        index = new PodIndex(inOrder(owners));
        cache.set(graph, index);
    }
    return index;
}

/** Everything of the stack that runs pods. */
export function podOwners(graph: ResourceGraph): readonly PodOwner[] {
    return indexOf(graph).owners;
}

/** What a selector selects in a namespace. */
export function podsSelectedBy(
    graph: ResourceGraph,
    selector: Maybe<Selector>,
    namespace: string | Unknown,
): Selected<PodOwner> {
    return indexOf(graph).selected(selector, namespace);
}

/** Built-in API groups have no dot in their name or end with one of these; a chart's objects are in the stack. */
const OWN_GROUPS = /^kubernetes:(?:[^:/.]+|[^:/]+\.k8s\.io|helm\.sh|keda\.sh)(?:\/|:)/;

/**
 * Groups of custom resources that make no pods of an application: load balancing and nodes of EKS and of Karpenter, secrets
 * and certificates.
 */
const WITHOUT_PODS = new RegExp(
    `^kubernetes:(?:${[
        ...["eks.amazonaws.com", "elbv2.k8s.aws", "vpcresources.k8s.aws", "karpenter.sh", "karpenter.k8s.aws"],
        ...["external-secrets.io", "generators.external-secrets.io", "secrets-store.csi.x-k8s.io"],
        ...["cert-manager.io", "acme.cert-manager.io"],
    ]
        .map((group) => group.replaceAll(".", "\\."))
        .join("|")})/`,
);
const HELM_RELEASE = /^kubernetes:helm\.sh\/v3:Release$/;

/** Whether the stack holds what makes pods that are not in it: a Helm release, or a custom resource of an operator. */
export function hasPodsOfOthers(graph: ResourceGraph): boolean {
    return [...graph.types].some(
        (type) =>
            HELM_RELEASE.test(type) ||
            (type.startsWith("kubernetes:") && !OWN_GROUPS.test(type) && !WITHOUT_PODS.test(type)),
    );
}
